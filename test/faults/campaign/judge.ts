import { type Channel, FUNCTION } from '#shared/names.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { httpCommandId } from '#shared/once/command-id.ts';
import type { ReceivedAnswer, Wish } from './clients.ts';
import type { Arrived, CommandRow, Facts, NotificationRow, OrderRow } from './facts.ts';
import { judgeArrived, judgeAttachments, judgeCancelled, judgePromised, promisedIn } from './judge-messages.ts';
import {
  aboutNotification,
  aboutWish,
  isAccepted,
  orderKey,
  type Report,
  type ReportReason,
  type Violation,
} from './violations.ts';

/** Every violation of the design's invariants. Faults excuse none. */
export function violationsIn(facts: Facts): Violation[] {
  const violations: Violation[] = [];
  const report: Report = (kind, about, why) => violations.push({ kind, about, why });
  judgeAnswers(facts, report);
  judgeCommands(facts, report);
  judgeOrders(facts, report);
  judgeRequested(facts, report);
  judgeNotifications(facts, report);
  judgeInbox(facts, report);
  judgePromised(facts, report);
  judgeCancelled(facts, report);
  judgeAttachments(facts, report);
  judgeMessages(facts, report);
  judgeReads(facts, report);
  judgeQueues(facts, report);
  judgeStatistics(facts, report);
  return violations;
}

const commandIdOf = ({ tenant, path, key }: Wish): string =>
  httpCommandId({ tenant, method: 'POST', path, idempotencyKey: key });

/** Tenant, path and key identify a command. Its id is a hash of them. */
const commandKey = (tenant: string, orderId: string, commandId: string): string => `${tenant} ${orderId} ${commandId}`;
const wishKey = (wish: Wish): string => commandKey(wish.tenant, wish.orderId, commandIdOf(wish));
/** A stored answer of the key: accepted, or rejected by the order. */
const isOutcome = (received: ReceivedAnswer): boolean => isAccepted(received) || received.status === 409;
const CONFLICT = 422;
/** The answer to a declaration contains an upload address, which is signed again for each repetition. */
const isRenewed = ({ kind }: Wish): boolean => kind === 'declare';

// ── Answers to clients ────────────────────────────────────────────────────────────────────────

function judgeAnswers({ wishes, received }: Facts, report: Report): void {
  const answersByWish = Map.groupBy(received, ({ wish }) => wish);
  for (const wish of wishes) judgeWish(wish, answersByWish.get(wish) ?? [], report);
  for (const same of Map.groupBy(wishes, wishKey).values()) {
    const [first] = same as [Wish];
    const outcomes = same.filter((wish) => answersByWish.get(wish)?.some(isOutcome));
    if (outcomes.length > 1) report('diverging', aboutWish(first), 'two bodies under one key were both answered');
    const kept = same.filter((wish) => !isRenewed(wish));
    const texts = new Set(
      kept.flatMap((wish) => (answersByWish.get(wish) ?? []).filter(isOutcome).map(({ text }) => text)),
    );
    if (texts.size > 1)
      report('diverging', aboutWish(first), `one key, ${texts.size} answers: ${[...texts].join(' | ')}`);
    const answers = same.flatMap((wish) => answersByWish.get(wish) ?? []);
    if (answers.length > 0 && answers.every(({ status }) => status === CONFLICT))
      report('lost', aboutWish(first), 'every body with this key was answered as a conflict');
  }
}

/** A late cancellation is answered as too late. */
const OUTCOMES: Record<Wish['kind'], readonly number[]> = {
  place: [201],
  item: [200],
  'too-much': [409],
  message: [202],
  cancel: [200, 409],
  declare: [201],
};

function judgeWish(wish: Wish, received: ReceivedAnswer[], report: Report): void {
  if (received.length === 0) report('unfinished', aboutWish(wish), 'it was never answered');
  const statuses = new Set(received.map(({ status }) => status));
  if (statuses.size > 1)
    report('diverging', aboutWish(wish), `the same request was answered ${[...statuses].join(' and ')}`);
  for (const status of statuses) {
    if (status === 0) report('unfinished', aboutWish(wish), 'its client stopped without an answer');
    else if (status === 404) report('lost', aboutWish(wish), 'its accepted subject is missing');
    else if (!OUTCOMES[wish.kind].includes(status) && status !== CONFLICT)
      report('diverging', aboutWish(wish), `answered ${status}`);
  }
}

/** Each accepted command is in the table once, with its client's answer, and there are no others. */
function judgeCommands({ received, wishes, commands }: Facts, report: Report): void {
  const stored = new Map(commands.map((row) => [commandKey(row.tenant, row.orderId, row.commandId), row]));
  const answered = new Map(received.filter(isOutcome).map((one) => [wishKey(one.wish), one]));
  for (const [key, one] of answered) {
    const row = stored.get(key);
    if (!row) report('lost', aboutWish(one.wish), 'it was answered, but its record is not in the table');
    else if (row.accepted !== isAccepted(one) || (row.accepted && row.answer !== one.text && !isRenewed(one.wish)))
      report('diverging', aboutWish(one.wish), `answered ${one.text}, stored ${row.answer}`);
  }
  const wished = new Set(wishes.map(wishKey));
  for (const [key] of stored)
    if (!wished.has(key)) report('phantom', key, 'a command in the table that no client sent');
}

// ── Orders ────────────────────────────────────────────────────────────────────────────────────────

const KINDS_ABOUT_ORDERS: readonly Wish['kind'][] = ['place', 'item', 'too-much'];

function judgeOrders({ received, wishes, orders, commands, shown }: Facts, report: Report): void {
  const rows = new Map(orders.map((row) => [orderKey(row), row]));
  const shownBy = new Map(shown.map((one) => [orderKey(one), one]));
  const about = received.filter(({ wish }) => KINDS_ABOUT_ORDERS.includes(wish.kind));
  const accepted = Map.groupBy(about.filter(isAccepted), ({ wish }) => orderKey(wish));
  const committed = Map.groupBy(
    commands.filter((row) => row.accepted),
    orderKey,
  );
  const wished = new Set(wishes.map(orderKey));
  for (const [key] of rows) if (!wished.has(key)) report('phantom', key, 'an order that no client placed');
  for (const [key, answers] of accepted) {
    const row = rows.get(key);
    if (!row) {
      report('lost', key, 'its client got 201, but there is no such order');
      continue;
    }
    judgeLines(key, row, answers, committed.get(key) ?? [], report);
    const view = shownBy.get(key);
    const same = view?.version === row.version && view.skus.join() === row.skus.join();
    if (!same)
      report(
        'diverging',
        key,
        `the API shows version ${view?.version} with ${view?.skus}, the table ${row.version} with ${row.skus}`,
      );
  }
}

/** The lines are those of the accepted body and of each acknowledged item, each once. */
function judgeLines(
  key: string,
  row: OrderRow,
  answers: ReceivedAnswer[],
  committed: CommandRow[],
  report: Report,
): void {
  const bodies = new Map(answers.map(({ wish }) => [wishKey(wish), wish.body]));
  const expected = [...bodies.values()]
    .flatMap((body) => (body.lines ?? [body]) as { sku: string }[])
    .map(({ sku }) => sku);
  if (row.skus.toSorted().join() !== expected.toSorted().join())
    report('diverging', key, `its lines are ${row.skus}, acknowledged were ${expected}`);
  if (row.version !== committed.length)
    report('diverging', key, `version ${row.version} after ${committed.length} accepted commands`);
}

// ── Notifications ─────────────────────────────────────────────────────────────────────────────────

const REQUESTS: readonly Wish['kind'][] = ['place', 'message'];

/** Each channel of an accepted order or message has a notification, and there are no others. */
function judgeRequested({ received, notifications }: Facts, report: Report): void {
  const rows = Map.groupBy(notifications, orderKey);
  const placed = new Map(
    received
      .filter((one) => REQUESTS.includes(one.wish.kind) && isAccepted(one))
      .map((one) => [orderKey(one.wish), one]),
  );
  for (const [key, { wish }] of placed) {
    const channels = (rows.get(key) ?? []).map(({ notification }) => notification.channel);
    if (channels.toSorted().join() !== wish.channels.toSorted().join())
      report('lost', key, `its channels are ${wish.channels}, but its notifications are ${channels.join() || 'none'}`);
  }
  for (const [key] of rows)
    if (!placed.has(key)) report('phantom', key, 'a notification about something that was not accepted');
}

/** The allowed reasons of HELD. Other notifications end as SENT, or as refused by the provider. */
const HELD_FOR: Record<Channel, readonly string[]> = {
  sms: ['POLICY'],
  email: ['UNKNOWN_AGAIN', 'FEED_SILENT', 'FEED_BACKLOG'],
};

function judgeNotifications(facts: Facts, report: Report): void {
  const arrived = arrivals(facts);
  const refused = new Set(facts.wishes.filter((wish) => wish.refused).map(orderKey));
  const shown = new Map(facts.shown.flatMap((order) => order.notifications.map((one) => [one.notificationId, one])));
  for (const row of facts.notifications) {
    const own = arrived.get(row) ?? [];
    judgeNotification(row, own, refused.has(orderKey(row)), report);
    const view = shown.get(row.notificationId);
    if (view?.status !== row.notification.status)
      report(
        'diverging',
        aboutNotification(row),
        `the API shows ${view?.status}, the table ${row.notification.status}`,
      );
  }
}

function judgeNotification(row: NotificationRow, arrived: Arrived[], refused: boolean, report: Report): void {
  const { notification } = row;
  const ids = arrived.map(({ providerMessageId }) => providerMessageId);
  const reportReason: ReportReason = (kind, why) =>
    report(kind, aboutNotification(row), `${why}: ${JSON.stringify({ ...notification, arrived: ids })}`);
  judgeCount(row, arrived, reportReason);
  if (refused && ids.length > 0) reportReason('diverging', 'the provider refuses its recipient, and has taken it');
  judgeEnd(row, ids, refused, reportReason);
}

/** At most one call was accepted. The mark `doubled` is no excuse here, because the feed keeps its margin. */
function judgeCount({ notification }: NotificationRow, arrived: Arrived[], reportReason: ReportReason): void {
  if (arrived.length > 1) {
    const said = notification.doubled ? 'the row says so' : 'the row does not say so';
    reportReason('doubled', `${arrived.length} calls were accepted, and ${said}`);
  } else if (notification.doubled) reportReason('diverging', 'the row says that it was doubled, and it was not');
  if (new Set(arrived.map(({ body }) => body)).size > 1) reportReason('diverging', 'it was sent in two wordings');
}

function judgeEnd(
  { notification }: NotificationRow,
  ids: string[],
  refused: boolean,
  reportReason: ReportReason,
): void {
  switch (notification.status) {
    case 'PENDING':
    case 'SENDING':
    case 'UNKNOWN':
      reportReason('unfinished', 'it is not finished');
      break;
    case 'SENT':
      if (ids.length === 0) reportReason('lost', 'SENT, and never taken by the provider');
      else if (!ids.includes(notification.providerMessageId ?? ''))
        reportReason('diverging', 'SENT as a message that was not taken');
      break;
    case 'FAILED':
      if (ids.length > 0) reportReason('diverging', 'FAILED, and taken by the provider');
      if (!refused || !notification.reason) reportReason('lost', 'FAILED without a refusal');
      break;
    case 'HELD':
      judgeHeld(notification, ids, reportReason);
      break;
    case 'CANCELLED':
      // Evidence of an earlier call would have made it SENT.
      if (ids.length > 0) reportReason('diverging', 'CANCELLED, and taken by the provider');
      break;
    case 'SUPPRESSED':
      reportReason('diverging', 'SUPPRESSED without a suppression');
      break;
    default:
      notification satisfies never;
  }
}

/** HELD requires an unknowable outcome: a call was made, and its event did not arrive. */
function judgeHeld(
  { channel, attempts, reason }: Extract<Notification, { status: 'HELD' }>,
  ids: string[],
  reportReason: ReportReason,
): void {
  if (!HELD_FOR[channel].includes(reason)) reportReason('lost', `HELD for ${reason || 'no reason'}`);
  if (!attempts.some(({ outcome }) => outcome === 'unknown'))
    reportReason('lost', 'HELD without any call of unknown outcome');
  if (channel === 'email' && ids.length > 0)
    reportReason('diverging', 'HELD, although an event of the provider reports its acceptance');
}

// ── The inbox ─────────────────────────────────────────────────────────────────────────────────────

/** The received messages of each notification. */
export function arrivals({ notifications, emails, texts }: Facts): Map<NotificationRow, Arrived[]> {
  const byId = Map.groupBy(emails, ({ tags }) => `${tags?.tenant} ${tags?.notification}`);
  const byNumber = Map.groupBy(texts, ({ to }) => to[0] ?? '');
  return new Map(
    notifications.map((row) => [
      row,
      (row.notification.channel === 'email'
        ? byId.get(`${row.tenant} ${row.notificationId}`)
        : byNumber.get(row.recipients[0] ?? '')) ?? [],
    ]),
  );
}

/** Every message in the inbox belongs to an accepted command, with its recipients and its content. */
function judgeInbox(facts: Facts, report: Report): void {
  const promised = promisedIn(facts);
  const expected = new Map([...arrivals(facts)].flatMap(([row, own]) => own.map((one) => [one, row])));
  for (const one of [...facts.emails, ...facts.texts]) {
    const row = expected.get(one);
    const about = `message ${one.providerMessageId} ${JSON.stringify(one.tags ?? {})}`;
    if (!row) report('phantom', about, 'it was sent, and there is no notification of it');
    else if (one.to.join() !== row.recipients.join())
      report('diverging', about, 'it went to others than its notification names');
    else judgeArrived(one, row, promised.get(orderKey(row)), (kind, why) => report(kind, about, why));
  }
}

// ── Messages ──────────────────────────────────────────────────────────────────────────────────────

const REQUESTED = /^counterfoil\.notification\.requested\./;

/** Every message of the outbox was published unchanged, and no other message except reminders of existing rows. */
function judgeMessages({ messages, overheard, notifications }: Facts, report: Report): void {
  const stored = new Map(messages.map((message) => [message.id, message]));
  for (const { id, type, about, state } of messages) {
    if (state === 'due') report('unfinished', `${type} ${id} of ${about}`, 'it was not published');
    if (state === 'buried') report('lost', `${type} ${id} of ${about}`, 'it was set aside and never published');
  }
  const known = new Set(notifications.map(({ tenant, notificationId }) => `${tenant} ${notificationId}`));
  for (const { id, type, tenant, notificationId, bodies } of overheard) {
    const own = stored.get(id);
    if (bodies.size > 1 || (own && !bodies.has(own.body)))
      report('diverging', `${type} ${id}`, `it was published in ${bodies.size} wordings: ${[...bodies].join(' | ')}`);
    const isReminder = REQUESTED.test(type) && known.has(`${tenant} ${notificationId}`);
    if (!own && !isReminder) report('phantom', `${type} ${id} of ${tenant}`, 'it was published, but is in no outbox');
  }
}

// ── Other reads ────────────────────────────────────────────────────────────────────────────

function judgeReads({ seen }: Facts, report: Report): void {
  for (const { path, byStranger, status } of seen) {
    if (status === 0) report('unfinished', path, 'its reader gave up');
    else if (byStranger && status !== 404)
      report('diverging', path, `another tenant asked for it and was answered ${status}`);
    else if (!byStranger && status !== 200) report('lost', path, `read after it was accepted: ${status}`);
  }
}

function judgeQueues({ queues }: Facts, report: Report): void {
  for (const { name, depth } of queues) {
    if (!name.endsWith(', dead')) report('unfinished', `queue of ${name}`, `${depth} messages are left`);
  }
}

/** The statistics of a tenant match its rows, unless a message about one waits in a dead-letter queue. */
function judgeStatistics({ counted, notifications, queues }: Facts, report: Report): void {
  if (queues.some(({ name }) => name === `${FUNCTION.projectStatistics}, dead`)) return;
  for (const { tenant, statuses } of counted) {
    const own = notifications.filter((row) => row.tenant === tenant).map(({ notification }) => notification.status);
    for (const status of new Set([...own, ...Object.keys(statuses)])) {
      const [rows, figure] = [own.filter((one) => one === status).length, statuses[status] ?? 0];
      if (rows !== figure)
        report('diverging', `statistics of ${tenant}`, `${figure} are ${status}, the table has ${rows}`);
    }
  }
}
