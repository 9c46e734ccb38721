import { FUNCTION, ORDER_CONFIRMED } from '#shared/names.ts';
import { type Facts, type NotificationRow, neverHandled, type OrderRow } from './facts.ts';
import { requestKey } from './judge-commands.ts';
import { isOn, possibleVersions, type SettingsVersion, settingsVersions } from './judge-settings.ts';
import type { PlannedRequest } from './requests.ts';
import { isAccepted, orderKey, type Report } from './violations.ts';

/** Checks which notifications exist. `judge-processes.ts` has the fallbacks. */

/** How often a subject has a notification of one purpose on one channel. */
type Bounds = { least: number; most: number };
type Expected = Map<string, Bounds>;

const REQUESTS: readonly PlannedRequest['kind'][] = ['register', 'place', 'message', 'step'];

/** Longest time until a process has handled a message, or a row that is due. */
const PROCESS_MS = 600_000;

/** Everything that was accepted has its notifications, and there are no others. */
export function judgeRequested(facts: Facts, report: Report): void {
  const rows = Map.groupBy(facts.notifications.filter(isNoFallback), orderKey);
  const orders = new Map(facts.orders.map((order) => [orderKey(order), order]));
  const settings = settingsVersions(facts);
  const commands = new Map(
    facts.answers
      .filter((one) => REQUESTS.includes(one.request.kind) && isAccepted(one))
      .map(({ request }) => [requestKey(request), request]),
  );
  // One command may have several answers, and one order several commands.
  const accepted = Map.groupBy(commands.values(), orderKey);
  for (const [key, requests] of accepted) {
    const expected: Expected = new Map();
    const order = orders.get(key);
    const versions = settings.get((requests[0] as PlannedRequest).tenant) ?? [];
    for (const request of requests) addRequested(request, order, versions, expected);
    if (order && facts.reminderAfterMs !== undefined && requests.some(hasEmail))
      addReminder(order, facts.reminderAfterMs, versions, expected);
    excuseInvoice(key, facts, expected);
    compare(key, rows.get(key) ?? [], expected, report);
  }
  for (const [key] of rows)
    if (!accepted.has(key)) report('phantom', key, 'a notification of a request that was not accepted');
}

/** The message about the confirmation is a dead letter that an operator has discarded. */
function excuseInvoice(key: string, facts: Facts, expected: Expected): void {
  const isDiscarded = neverHandled(facts, FUNCTION.requestWebhooks).some(
    ({ tenant, subject, messageType }) => messageType === ORDER_CONFIRMED && `${tenant} ${subject}` === asSubject(key),
  );
  const invoice = expected.get(INVOICE);
  if (isDiscarded && invoice) expected.set(INVOICE, { ...invoice, least: 0 });
}

const INVOICE = 'invoice by webhook';

/** @param key of an order. */
const asSubject = (key: string): string => key.replace(' ', ' order/');

const isNoFallback = ({ notification }: NotificationRow): boolean => notification.purpose !== 'fallback';
const hasEmail = ({ kind, channels }: PlannedRequest): boolean => kind === 'place' && channels.includes('email');

function compare(key: string, rows: readonly NotificationRow[], expected: Expected, report: Report): void {
  const found = Map.groupBy(rows, ({ notification: { purpose, channel } }) => `${purpose} by ${channel}`);
  for (const what of new Set([...expected.keys(), ...found.keys()])) {
    const { least, most } = expected.get(what) ?? { least: 0, most: 0 };
    const count = found.get(what)?.length ?? 0;
    if (count < least) report('lost', key, `${what}: there are ${count}, expected were ${least}`);
    if (count > most) report(most === 0 ? 'phantom' : 'doubled', key, `${what}: there are ${count}, at most ${most}`);
  }
}

function add(expected: Expected, what: string, { least, most }: Bounds): void {
  const before = expected.get(what) ?? { least: 0, most: 0 };
  expected.set(what, { least: before.least + least, most: before.most + most });
}

/** What a command requests, at once or through a process. */
function addRequested(
  request: PlannedRequest,
  order: OrderRow | undefined,
  versions: readonly SettingsVersion[],
  expected: Expected,
): void {
  const purpose = purposeOf(request);
  const [from, to] = timeOf(purpose, order);
  for (const channel of request.channels)
    add(expected, `${purpose} by ${channel}`, bounds(possibleVersions(versions, from, to), purpose, channel));
}

function purposeOf({ kind, path }: PlannedRequest): string {
  if (kind === 'register') return 'greeting';
  if (kind === 'message') return 'direct';
  if (kind === 'place') return 'order-confirmation';
  if (path.endsWith('/confirm')) return 'invoice';
  return path.endsWith('/approve') ? 'approval' : 'order-cancellation';
}

/** When it was decided whether the message is on. The others are always on. */
function timeOf(purpose: string, order: OrderRow | undefined): [from: number, to: number] {
  if (!order) return [0, Number.POSITIVE_INFINITY];
  const { state } = order;
  const approvedAt = state.status === 'approved' ? state.approvedAt : state.placedAt;
  const at = Date.parse(purpose === 'approval' ? approvedAt : state.placedAt);
  return [at, purpose === 'approval' ? at + PROCESS_MS : at];
}

/** One if all settings that may have been used have it on, none if no settings have. */
function bounds(possible: readonly SettingsVersion[], purpose: string, channel: string): Bounds {
  const on = possible.filter((one) => isOn(one, purpose, channel));
  return { least: on.length === possible.length ? 1 : 0, most: possible.length > 0 && on.length === 0 ? 0 : 1 };
}

/** An order that is still placed has its reminder. Another one may have got it before its next step. */
function addReminder(
  { state }: OrderRow,
  reminderAfterMs: number,
  versions: readonly SettingsVersion[],
  expected: Expected,
): void {
  const dueAt = Date.parse(state.placedAt) + reminderAfterMs;
  const { least, most } = bounds(possibleVersions(versions, dueAt, dueAt + PROCESS_MS), 'reminder', 'email');
  add(expected, 'reminder by email', { least: state.status === 'placed' ? least : 0, most });
}
