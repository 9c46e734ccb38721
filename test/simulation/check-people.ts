import type { Erasure, ErasureScope } from '#shared/erasure/erasure.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { Order } from '#shared/order/order.ts';
import { nameOf } from '#test/support/judge/messages.ts';
import { stateKey } from '#test/support/memory/memory-store.ts';
import type { Check } from './invariants.ts';
import type { Erasing, People } from './people.ts';
import { keyOf } from './recipients.ts';
import { type NotificationRow, notificationsOf } from './rows.ts';
import type { World } from './world.ts';

/**
 * After a cancellation, no call begins for the notification. After an erasure, no call begins to the erased recipient.
 * A call that reaches a provider later began before. Only the simulation knows the true times: the campaign compares the
 * times in the rows (`judgeCancelled`), and a small case counts the attempts.
 */
export function checkEnds(world: World, check: Check): void {
  const { cancelled, forgotten } = world.witness;
  if (cancelled.size + forgotten.size === 0) return;
  const rows = new Map(notificationsOf(world).map((row) => [row.name, row.notification]));
  for (const channel of ['email', 'sms'] as const) {
    for (const { tenant, notificationId, recipients, at } of world[channel].begun) {
      const name = nameOf(tenant, notificationId);
      const end = cancelled.get(name) ?? at;
      check(end >= at, 'nothing is sent after it was cancelled', () => `${name}: at ${at}, cancelled at ${end}`);
      const keys = rows.get(name)?.recipients ?? [];
      const isErased = (address: string): boolean =>
        (forgotten.get(name)?.get(keys.indexOf(keyOf(tenant, channel, address))) ?? at) < at;
      check(
        !recipients.some(isErased),
        'nothing is sent to an erased recipient',
        () => `${name}: ${recipients} at ${at}`,
      );
    }
  }
}

/** After an erasure, the data from before its request is gone and is not sent any more. */
export async function checkErasures(world: World, { erasing }: People, check: Check): Promise<void> {
  for (const one of erasing) {
    const { tenant, erasureId, askedAt } = one;
    if (askedAt === undefined) continue;
    const key = stateKey({ tenant, type: 'erasure', id: erasureId });
    const erasure = world.store.states.get(key)?.stored.state as Erasure | undefined;
    check(erasure?.status === 'DONE', 'nothing is left unfinished', () => `${erasureId}: ${JSON.stringify(erasure)}`);
    for (const row of notificationsOf(world).filter((own) => isAffected(own, one, world))) {
      const left = await leftBehind(row, one.scope, world);
      check(left === undefined, 'no personal data is left after an erasure', () => {
        const created = world.witness.created.get(row.name);
        return `${row.name} of ${created}, ${left}, ${erasureId} of ${askedAt} ${JSON.stringify([erasure, row.notification])}`;
      });
    }
  }
}

const isAffected = (
  { key, name, notification }: NotificationRow,
  { tenant, scope, askedAt = 0 }: Erasing,
  world: World,
) => key.tenant === tenant && (world.witness.created.get(name) ?? 0) < askedAt && isWithin(scope, notification);

const isWithin = (scope: ErasureScope, { customerId, recipients = [] }: Notification): boolean =>
  'customerId' in scope ? customerId === scope.customerId : recipients.includes(scope.recipient);

/** Personal data that is still stored. */
async function leftBehind(
  { key, notification }: NotificationRow,
  scope: ErasureScope,
  { store }: World,
): Promise<string | undefined> {
  const { tenant, type, id } = key;
  const content = (await store.readWithContent(key))?.content as { recipients: readonly string[] } | undefined;
  const { recipients = [] } = notification;
  const isWhole = type === 'order' || 'customerId' in scope;
  const named = isWhole
    ? content?.recipients
    : content?.recipients.filter((_, position) => recipients[position] === scope.recipient);
  if (isWhole && content) return `its content: ${JSON.stringify(content)}`;
  if (named?.some((address) => address !== '')) return `an address: ${named}`;
  const order = store.states.get(stateKey({ tenant, type, id }))?.stored.state as Order | undefined;
  if (type === 'order' && order?.contact) return 'the contact of its order';
  return undefined;
}
