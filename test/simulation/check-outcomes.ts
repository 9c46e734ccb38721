import { isDeepStrictEqual } from 'node:util';
import type { Notification } from '#shared/notification/notification.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import { nameOf } from '#test/support/judge/messages.ts';
import type { Check } from './invariants.ts';
import { keyOf } from './recipients.ts';
import { notificationsOf } from './rows.ts';
import type { Accepted, OutcomeEvent } from './services.ts';
import type { World } from './world.ts';

/**
 * Each recipient's row has the outcomes that the provider reported, and the notification has their summary. Only the
 * simulation knows each event; the campaign's provider reports one outcome of each message (`judgeExpectedMessages`).
 */
export async function checkOutcomes(world: World, check: Check): Promise<void> {
  const acceptedBy = Map.groupBy(world.email.accepted, ({ tenant, notificationId }) => nameOf(tenant, notificationId));
  for (const { key, name, notification } of notificationsOf(world)) {
    const [accepted, ...others] = acceptedBy.get(name) ?? [];
    // With two accepted calls, an event about all recipients does not show its call.
    if (!accepted?.outcomeEvents || others.length > 0) continue;
    const events = await world.store.readOutcomes(key);
    const expected = expectedEvents(accepted, notification);
    check(
      isDeepStrictEqual(events, expected),
      'the outcomes of a recipient are those that the provider reported',
      () => `${name}: ${JSON.stringify(events)}, not ${JSON.stringify(expected)}`,
    );
    const summary = expectedSummary(expected, accepted.recipients.length);
    check(
      isDeepStrictEqual([...(notification.outcomes ?? [])].sort(), summary),
      'the outcomes of a message follow from its recipients',
      () => `${name}: ${notification.outcomes}, not ${summary}; ${JSON.stringify(expected)}`,
    );
  }
}

const KINDS: Record<Exclude<OutcomeEvent['eventType'], 'Bounce'>, string> = {
  Delivery: 'DELIVERED',
  Complaint: 'COMPLAINED',
  DeliveryDelay: 'DELAYED',
  Reject: 'REJECTED',
};
const kindOf = ({ eventType, type }: OutcomeEvent): string => {
  if (eventType !== 'Bounce') return KINDS[eventType];
  return type === 'Permanent' ? 'BOUNCED' : 'SOFT_BOUNCED';
};

/** By time, as in the store. The provider reports one time for each recipient and kind. */
function expectedEvents(
  { tenant, outcomeEvents = [], recipients, at }: Accepted,
  { recipients: keys = [] }: Notification,
) {
  const positionOf = (address: string): number => keys.indexOf(keyOf(tenant, 'email', address));
  const events = outcomeEvents.flatMap((one): RecipientEvent[] => {
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

/** Outcomes of the whole message. `recipients` is their number. */
function expectedSummary(events: readonly RecipientEvent[], recipients: number): string[] {
  const has = (...kinds: string[]): boolean => events.some(({ kind }) => kinds.includes(kind));
  const settled = new Set(events.filter(({ kind }) => kind !== 'DELAYED').map(({ position }) => position));
  return [
    ...(has('BOUNCED') ? ['bounced'] : []),
    ...(has('COMPLAINED') ? ['complained'] : []),
    ...(settled.size === recipients && has('DELIVERED', 'COMPLAINED') ? ['delivered'] : []),
    ...(has('REJECTED') ? ['rejected'] : []),
  ];
}

/** Only a permanent bounce and a complaint suppress, and nothing is sent to a suppressed recipient. */
export async function checkSuppressions(world: World, check: Check): Promise<void> {
  const expected = new Set<string>();
  for (const { tenant, outcomeEvents = [] } of world.email.accepted) {
    for (const one of outcomeEvents) {
      if (one.recipient !== undefined && ['BOUNCED', 'COMPLAINED'].includes(kindOf(one)))
        expected.add(nameOf(tenant, keyOf(tenant, 'email', one.recipient)));
    }
  }
  const found = [...world.witness.suppressedSince.keys()].sort();
  check(
    isDeepStrictEqual(found, [...expected].sort()),
    'exactly the recipients that bounced or complained are suppressed',
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
