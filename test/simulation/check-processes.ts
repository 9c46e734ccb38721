import type { Notification } from '#shared/notification/notification.ts';
import { ORDER, type Order } from '#shared/order/order.ts';
import { judgeFallbacks } from '#test/support/judge/fallbacks.ts';
import { nameOf } from '#test/support/judge/messages.ts';
import type { PlannedRequest } from './clients.ts';
import type { Check } from './invariants.ts';
import { type NotificationRow, notificationsOf } from './rows.ts';
import { PROCESS_TIMES, TIMES } from './settings.ts';
import type { World } from './world.ts';

/** Reminders, approvals and fallbacks. The campaign has the same rules (`judge-processes.ts`). */
export function checkProcesses(world: World, requests: readonly PlannedRequest[], check: Check): void {
  if (!world.hasProcesses) return;
  const orders = ordersOf(world);
  const rows = notificationsOf(world);
  const own = Map.groupBy(rows, subjectOf);
  const steps = Map.groupBy(requests, ({ tenant, orderId }) => nameOf(tenant, orderId));
  for (const [about, order] of orders) {
    const notifications = (own.get(about) ?? []).map(({ notification }) => notification);
    checkReminder(about, order, notifications, steps.get(about) ?? [], check);
    const approvals = notifications.filter(({ purpose }) => purpose === 'approval').length;
    const expected = order.status === 'approved' && order.contact?.email !== undefined ? 1 : 0;
    check(approvals === expected, 'an approved order has one approval', () => `${about}: ${approvals}`);
  }
  checkFallbacks(world, orders, rows, check);
}

const subjectOf = ({ key }: NotificationRow): string => nameOf(key.tenant, key.id);

function ordersOf({ store }: World): Map<string, Order> {
  const orders = [...store.states.values()].filter(({ key }) => key.type === ORDER.name && key.part === undefined);
  return new Map(orders.map(({ key, stored }) => [nameOf(key.tenant, key.id), stored.state as Order]));
}

const ENDS: readonly string[] = ['ConfirmOrder', 'CancelOrder'];

function checkReminder(
  about: string,
  order: Order,
  notifications: readonly Notification[],
  requests: readonly PlannedRequest[],
  check: Check,
): void {
  const reminders = notifications.filter(({ purpose }) => purpose === 'reminder');
  const most = order.contact?.email === undefined ? 0 : 1;
  const least = order.status === 'placed' ? most : 0;
  check(
    reminders.length >= least && reminders.length <= most,
    'an order that stays placed has one reminder',
    () => `${about}, ${order.status}: ${reminders.length}`,
  );
  const ends = requests.filter(({ command, answers }) => {
    return ENDS.includes(command.type) && answers.some((one) => 'text' in one && one.accepted);
  });
  for (const { createdAt } of reminders)
    check(
      ends.every(({ answeredAt = 0 }) => Date.parse(createdAt) <= answeredAt + 2 * TIMES.skewMs),
      'no reminder follows a confirmation or a cancellation',
      () => `${about}: ${createdAt}`,
    );
}

function checkFallbacks(
  world: World,
  orders: ReadonlyMap<string, Order>,
  rows: readonly NotificationRow[],
  check: Check,
): void {
  const findings = judgeFallbacks({
    rows: rows.map((row) => ({ ...row, tenant: row.key.tenant, notificationId: row.key.notificationId })),
    events: eventsOf(world),
    isReached: (row) => {
      const contact = orders.get(subjectOf(row))?.contact;
      return (row.notification.channel === 'email' ? contact?.phone : contact?.email) !== undefined;
    },
    orderOf: (row) => orders.get(subjectOf(row)),
    afterMs: PROCESS_TIMES.afterMinutes * 60_000,
    skewMs: 2 * TIMES.skewMs,
    // An environment may freeze between its decision and the commit.
    commitMs: Number.POSITIVE_INFINITY,
  });
  for (const { what, row, fallback } of findings)
    check(
      false,
      'what did not arrive has one fallback, and nothing else has',
      () => `${row.name}: ${what}: ${JSON.stringify([row.notification, fallback?.notification])}`,
    );
}

/** Messages about notifications, by their name. */
function eventsOf({ store }: World): Map<string, { type: string; at: string }[]> {
  const events = new Map<string, { type: string; at: string }[]>();
  for (const body of [...store.outbox.values()].flatMap(({ messages }) => messages)) {
    const { type, tenantid, time, data } = JSON.parse(body) as {
      type: string;
      tenantid: string;
      time: string;
      data: { notificationId?: string };
    };
    const name = nameOf(tenantid, data.notificationId ?? '');
    events.set(name, [...(events.get(name) ?? []), { type, at: time }]);
  }
  return events;
}
