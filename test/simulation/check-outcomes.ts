import { isDeepStrictEqual } from 'node:util';
import type { Notification } from '#shared/notification/notification.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import { nameOf } from '#test/support/judge/messages.ts';
import type { Check } from './invariants.ts';
import { keyOf } from './recipients.ts';
import { notificationsOf } from './rows.ts';
import type { Accepted, Told } from './services.ts';
import type { World } from './world.ts';

/**
 * Each recipient's row says what the provider told of them, and the message says what follows from it. Only here each
 * event is known; the campaign's provider tells one outcome of each message (`judgePromised`).
 */
export async function checkOutcomes(world: World, check: Check): Promise<void> {
  const acceptedBy = Map.groupBy(world.email.accepted, ({ tenant, notificationId }) => nameOf(tenant, notificationId));
  for (const { key, name, notification } of notificationsOf(world)) {
    const [accepted, ...others] = acceptedBy.get(name) ?? [];
    // Of two accepted calls nothing says which one an event that means everybody is about.
    if (!accepted?.told || others.length > 0) continue;
    const events = await world.store.readOutcomes(key);
    const expected = expectedEvents(accepted, notification);
    check(
      isDeepStrictEqual(events, expected),
      'what became of a recipient is what the provider said',
      () => `${name}: ${JSON.stringify(events)}, not ${JSON.stringify(expected)}`,
    );
    const said = expectedNews(expected, accepted.recipients.length);
    check(
      isDeepStrictEqual([...(notification.outcomes ?? [])].sort(), said),
      'what is said of a message is what became of its recipients',
      () => `${name}: ${notification.outcomes}, not ${said}; ${JSON.stringify(expected)}`,
    );
  }
}

const KINDS: Record<Exclude<Told['eventType'], 'Bounce'>, string> = {
  Delivery: 'DELIVERED',
  Complaint: 'COMPLAINED',
  DeliveryDelay: 'DELAYED',
  Reject: 'REJECTED',
};
const kindOf = ({ eventType, type }: Told): string => {
  if (eventType !== 'Bounce') return KINDS[eventType];
  return type === 'Permanent' ? 'BOUNCED' : 'SOFT_BOUNCED';
};

/** By time, as the store keeps them; of each recipient and kind the provider tells one moment. */
function expectedEvents({ tenant, told = [], recipients, at }: Accepted, { recipients: keys = [] }: Notification) {
  const positionOf = (address: string): number => keys.indexOf(keyOf(tenant, 'email', address));
  const events = told.flatMap((one): RecipientEvent[] => {
    const moment = new Date(one.recipient === undefined ? at : one.at).toISOString();
    const code = one.eventType === 'DeliveryDelay' ? one.type : one.subType;
    const concerned = one.recipient === undefined ? recipients : [one.recipient];
    return concerned.map((address) => ({
      position: positionOf(address),
      kind: kindOf(one),
      at: moment,
      ...(code !== undefined && { code }),
    }));
  });
  return events.sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
}

const sortKey = ({ at, position = -1, kind }: RecipientEvent): string =>
  `${at} ${String(position).padStart(5)} ${kind}`;

/** Said of the whole message; `recipients` is how many it was sent to. */
function expectedNews(events: readonly RecipientEvent[], recipients: number): string[] {
  const has = (...kinds: string[]): boolean => events.some(({ kind }) => kinds.includes(kind));
  const settled = new Set(events.filter(({ kind }) => kind !== 'DELAYED').map(({ position }) => position));
  return [
    ...(has('BOUNCED') ? ['bounced'] : []),
    ...(has('COMPLAINED') ? ['complained'] : []),
    ...(settled.size === recipients && has('DELIVERED', 'COMPLAINED') ? ['delivered'] : []),
    ...(has('REJECTED') ? ['rejected'] : []),
  ];
}

/** A bounce for good and a complaint suppress, nothing else does, and who is suppressed is written to no more. */
export async function checkSuppressions(world: World, check: Check): Promise<void> {
  const expected = new Set<string>();
  for (const { tenant, told = [] } of world.email.accepted) {
    for (const one of told) {
      if (one.recipient !== undefined && ['BOUNCED', 'COMPLAINED'].includes(kindOf(one)))
        expected.add(nameOf(tenant, keyOf(tenant, 'email', one.recipient)));
    }
  }
  const found = [...world.witness.suppressedSince.keys()].sort();
  check(
    isDeepStrictEqual(found, [...expected].sort()),
    'who bounced or complained is suppressed, and no one else',
    () => `${found}, not ${[...expected]}`,
  );
  for (const { tenant, notificationId, recipients, bornAt } of world.email.begun) {
    for (const address of recipients) {
      const since = world.witness.suppressedSince.get(nameOf(tenant, keyOf(tenant, 'email', address)));
      check(
        since === undefined || since >= bornAt,
        'nothing is sent to a suppressed recipient',
        () =>
          `${nameOf(tenant, notificationId)}: ${address}, suppressed at ${since}, sent by an invocation of ${bornAt}`,
      );
    }
  }
}
