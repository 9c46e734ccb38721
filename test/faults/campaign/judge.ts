import { type Channel, FUNCTION } from '#shared/names.ts';
import { httpCommandId } from '#shared/once/command-id.ts';
import { judgeAnswers, judgeOrder } from '#test/support/judge/commands.ts';
import { eventsByNotification, judgeMessages, type MessageFinding, nameOf } from '#test/support/judge/messages.ts';
import { judgeNotification, type NotificationFinding } from '#test/support/judge/notification.ts';
import type { PlannedRequest, ReceivedAnswer } from './clients.ts';
import type { Arrived, CommandRow, Facts, NotificationRow, OrderRow } from './facts.ts';
import {
  expectedMessagesIn,
  GREETING_WORDS,
  isGreeting,
  judgeArrived,
  judgeAttachments,
  judgeCancelled,
  judgeExpectedMessages,
} from './judge-messages.ts';
import {
  aboutNotification,
  aboutRequest,
  isAccepted,
  orderKey,
  type Report,
  type ReportOne,
  type Violation,
  type ViolationKind,
} from './violations.ts';

/** All violations of the design's invariants. Faults are no excuse. */
export function violationsIn(facts: Facts): Violation[] {
  const violations: Violation[] = [];
  const report: Report = (kind, about, why) => violations.push({ kind, about, why });
  judgeClients(facts, report);
  judgeCommands(facts, report);
  judgeOrders(facts, report);
  judgeRequested(facts, report);
  judgeNotifications(facts, report);
  judgeInbox(facts, report);
  judgeExpectedMessages(facts, report);
  judgeCancelled(facts, report);
  judgeAttachments(facts, report);
  judgeOutbox(facts, report);
  judgeReads(facts, report);
  judgeQueues(facts, report);
  judgeStatistics(facts, report);
  judgeOrderList(facts, report);
  return violations;
}

const commandIdOf = ({ tenant, path, key }: PlannedRequest): string =>
  httpCommandId({ tenant, method: 'POST', path, idempotencyKey: key });

/** Tenant, path and key identify a command; its id is a hash of them. */
const commandKey = (tenant: string, orderId: string, commandId: string): string => `${tenant} ${orderId} ${commandId}`;
const requestKey = (request: PlannedRequest): string =>
  commandKey(request.tenant, request.orderId, commandIdOf(request));
/** Whether a key keeps this answer for ever: the command was accepted, or rejected by the order. */
const isOutcome = (answers: ReceivedAnswer): boolean => isAccepted(answers) || answers.status === 409;
const CONFLICT = 422;
/** The answer of a declaration contains the upload URL, which is signed again for each repetition. */
const isRenewed = ({ kind }: PlannedRequest): boolean => kind === 'declare';

// ── Answers to clients ────────────────────────────────────────────────────────────────────────

function judgeClients({ requests, answers }: Facts, report: Report): void {
  const answersBy = Map.groupBy(answers, ({ request }) => request);
  for (const request of requests) judgeStatuses(request, answersBy.get(request) ?? [], report);
  const outcomes = answers
    .filter(isOutcome)
    .map(({ request, text }) => ({ key: requestKey(request), request, ...(!isRenewed(request) && { text }) }));
  const byKey = Map.groupBy(requests, requestKey);
  for (const { key, what, why } of judgeAnswers(outcomes)) {
    const [first] = byKey.get(key) as [PlannedRequest];
    report('diverging', aboutRequest(first), `one key, ${what}: ${why}`);
  }
  for (const same of byKey.values()) {
    const [first] = same as [PlannedRequest];
    const own = same.flatMap((request) => answersBy.get(request) ?? []);
    if (own.length > 0 && own.every(({ status }) => status === CONFLICT))
      report('lost', aboutRequest(first), 'every body under this key was answered as a conflict, so none was accepted');
  }
}

/** The statuses that each kind of request may end with. A cancellation that is too late is answered with 409. */
const OUTCOMES: Record<PlannedRequest['kind'], readonly number[]> = {
  register: [201],
  place: [201],
  item: [200],
  'too-much': [409],
  step: [200],
  message: [202],
  cancel: [200, 409],
  declare: [201],
};

function judgeStatuses(request: PlannedRequest, answers: ReceivedAnswer[], report: Report): void {
  if (answers.length === 0) report('unfinished', aboutRequest(request), 'it has no answer');
  const statuses = new Set(answers.map(({ status }) => status));
  if (statuses.size > 1)
    report('diverging', aboutRequest(request), `the same request was answered ${[...statuses].join(' and ')}`);
  for (const status of statuses) {
    if (status === 0) report('unfinished', aboutRequest(request), 'its client gave up');
    else if (status === 404) report('lost', aboutRequest(request), 'it was accepted, but is missing');
    else if (!OUTCOMES[request.kind].includes(status) && status !== CONFLICT)
      report('diverging', aboutRequest(request), `answered ${status}`);
  }
}

/** The table contains each answered command once, with the answer that its client received, and no other commands. */
function judgeCommands({ answers, requests, commands }: Facts, report: Report): void {
  const stored = new Map(commands.map((row) => [commandKey(row.tenant, row.orderId, row.commandId), row]));
  const answered = new Map(answers.filter(isOutcome).map((one) => [requestKey(one.request), one]));
  for (const [key, one] of answered) {
    const row = stored.get(key);
    if (!row) report('lost', aboutRequest(one.request), 'it was answered, but its record is not in the table');
    else if (row.accepted !== isAccepted(one) || (row.accepted && row.answer !== one.text && !isRenewed(one.request)))
      report('diverging', aboutRequest(one.request), `answered ${one.text}, stored ${row.answer}`);
  }
  const requested = new Set(requests.map(requestKey));
  for (const [key] of stored)
    if (!requested.has(key)) report('phantom', key, 'a command in the table that no client sent');
}

// ── Orders ────────────────────────────────────────────────────────────────────────────────────────

const KINDS_ABOUT_ORDERS: readonly PlannedRequest['kind'][] = ['place', 'item', 'too-much', 'step'];

function judgeOrders({ answers, requests, orders, commands, shown }: Facts, report: Report): void {
  const rows = new Map(orders.map((row) => [orderKey(row), row]));
  const shownBy = new Map(shown.map((one) => [orderKey(one), one]));
  const about = answers.filter(({ request }) => KINDS_ABOUT_ORDERS.includes(request.kind));
  const accepted = Map.groupBy(about.filter(isAccepted), ({ request }) => orderKey(request));
  const committed = Map.groupBy(
    commands.filter((row) => row.accepted),
    orderKey,
  );
  const requested = new Set(requests.map(orderKey));
  for (const [key] of rows) if (!requested.has(key)) report('phantom', key, 'an order that no client placed');
  for (const [key, own] of accepted) {
    const row = rows.get(key);
    if (!row) {
      report('lost', key, 'its client received 201, but there is no such order');
      continue;
    }
    judgeLines(key, row, own, committed.get(key) ?? [], report);
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

/** The order contains the lines of the accepted body and of each acknowledged item, each once. */
function judgeLines(
  key: string,
  row: OrderRow,
  answers: ReceivedAnswer[],
  committed: CommandRow[],
  report: Report,
): void {
  const withLines = answers.filter(({ request }) => request.kind !== 'step');
  const bodies = new Map(withLines.map(({ request }) => [requestKey(request), request.body]));
  const faults = judgeOrder({
    lines: row.skus,
    version: row.version,
    acknowledged: [...bodies.values()]
      .flatMap((body) => (body.lines ?? [body]) as { sku: string }[])
      .map(({ sku }) => sku),
    // Every client tries until it is answered. A client that gave up is a separate violation.
    unanswered: [],
    committed: committed.length,
  });
  for (const why of faults) report('diverging', key, why);
}

// ── Notifications ─────────────────────────────────────────────────────────────────────────────────

const REQUESTS: readonly PlannedRequest['kind'][] = ['register', 'place', 'message', 'step'];

/** Each channel of an accepted order or message has its notification, and there are no other notifications. */
function judgeRequested({ answers, notifications }: Facts, report: Report): void {
  const rows = Map.groupBy(notifications, orderKey);
  // One command may have several answers, and one order several commands.
  const commands = new Map(
    answers
      .filter((one) => REQUESTS.includes(one.request.kind) && isAccepted(one))
      .map(({ request }) => [requestKey(request), request]),
  );
  const placed = Map.groupBy(commands.values(), orderKey);
  for (const [key, requests] of placed) {
    const requested = requests.flatMap((request) => request.channels);
    const channels = (rows.get(key) ?? []).map(({ notification }) => notification.channel);
    if (channels.toSorted().join() !== requested.toSorted().join())
      report('lost', key, `requested by ${requested}, but its notifications are by ${channels.join() || 'no channel'}`);
  }
  for (const [key] of rows)
    if (!placed.has(key)) report('phantom', key, 'a notification of a request that was not accepted');
}

/** Reasons for which a notification may be held. */
const HELD_FOR: Record<Channel, readonly string[]> = {
  sms: ['POLICY'],
  email: ['UNKNOWN_AGAIN', 'FEED_SILENT', 'FEED_BACKLOG'],
  webhook: ['REPEATS_ENDED', 'UNKNOWN_AGAIN'],
};

const KIND: Record<NotificationFinding, ViolationKind> = {
  'sent twice': 'doubled',
  'doubled, but its row has no mark': 'diverging',
  'not doubled, but its row has the mark': 'diverging',
  'sent with different contents': 'diverging',
  'sent again after it was accepted': 'phantom',
  'sent again more than once': 'phantom',
  'left unfinished': 'unfinished',
  'SENT, but never accepted': 'lost',
  'SENT with the id of another message': 'diverging',
  'accepted and reported, but not SENT': 'diverging',
  'accepted, but not SENT': 'diverging',
  'HELD without a call of unknown outcome': 'lost',
  'a sent event without an accepted call': 'diverging',
  'a failed event, but accepted': 'diverging',
  'not exactly one sent event for SENT': 'diverging',
};

function judgeNotifications(facts: Facts, report: Report): void {
  const arrived = arrivals(facts);
  const refused = new Set(facts.requests.filter((request) => request.refused).map(orderKey));
  const shown = new Map(facts.shown.flatMap((order) => order.notifications.map((one) => [one.notificationId, one])));
  const events = eventsByNotification(facts.messages);
  for (const row of facts.notifications) {
    const own = arrived.get(row) ?? [];
    judgeRow(row, own, events.get(nameOf(row.tenant, row.notificationId)) ?? [], report);
    judgeReason(row, own, refused.has(orderKey(row)), report);
    const view = shown.get(row.notificationId);
    if (view?.status !== row.notification.status)
      report(
        'diverging',
        aboutNotification(row),
        `the API shows ${view?.status}, the table ${row.notification.status}`,
      );
  }
}

/** What is no fault of a webhook: its receiver knows a repetition by its id. */
const REPEATED: readonly NotificationFinding[] = ['sent twice', 'sent again more than once'];

function judgeRow(row: NotificationRow, arrived: Arrived[], events: string[], report: Report): void {
  const { notification } = row;
  const findings = judgeNotification({
    notification,
    accepted: arrived.map(({ providerMessageId, tags }) => ({
      providerMessageId,
      ...(tags?.attempt !== undefined && { nonce: tags.attempt }),
      // The feed keeps its margin and loses no event. Text messages have no feed that settles them.
      isReported: notification.channel === 'email',
    })),
    contents: new Set(arrived.map(({ body }) => body)),
    events,
  });
  // HELD is a valid end if the outcome cannot be known. A webhook of unknown outcome is repeated under its id.
  const isExcused = (what: NotificationFinding): boolean =>
    (what === 'accepted, but not SENT' && notification.status === 'HELD') ||
    (notification.channel === 'webhook' && REPEATED.includes(what) && arrived.length <= notification.attempts.length);
  for (const { what, why } of findings)
    if (!isExcused(what)) report(KIND[what], aboutNotification(row), `${what}: ${why}`);
}

/** A notification may end without being sent only if the provider rejected it, or with a reason to hold it. */
function judgeReason(row: NotificationRow, arrived: Arrived[], refused: boolean, report: Report): void {
  const { notification } = row;
  const reportOne: ReportOne = (kind, why) =>
    report(kind, aboutNotification(row), `${why}: ${JSON.stringify(notification)}`);
  if (refused && arrived.length > 0) reportOne('diverging', 'the provider rejects its recipient, but accepted it');
  const { status } = notification;
  if (status === 'FAILED' && !(refused && notification.reason))
    reportOne('lost', 'FAILED, but the provider did not reject it');
  if (status === 'SUPPRESSED') reportOne('diverging', 'SUPPRESSED, but its recipient is not suppressed');
  if (status === 'HELD' && !HELD_FOR[notification.channel].includes(notification.reason))
    reportOne('lost', `HELD for ${notification.reason || 'no reason'}`);
}

// ── The inbox ─────────────────────────────────────────────────────────────────────────────────────

/** The accepted calls of each notification. A new customer's number receives the message of the order and a greeting. */
export function arrivals({ notifications, emails, texts, webhooks }: Facts): Map<NotificationRow, Arrived[]> {
  const byId = Map.groupBy([...emails, ...webhooks], ({ tags }) => `${tags?.tenant} ${tags?.notification}`);
  const byNumber = Map.groupBy(texts, ({ to }) => to[0] ?? '');
  return new Map(
    notifications.map((row) => [
      row,
      (row.notification.channel !== 'sms'
        ? byId.get(`${row.tenant} ${row.notificationId}`)
        : byNumber
            .get(row.recipients[0] ?? '')
            ?.filter(({ body }) => isGreeting(row) === body.includes(GREETING_WORDS))) ?? [],
    ]),
  );
}

/** Each message in the inbox belongs to a notification, and has its recipients and content. */
function judgeInbox(facts: Facts, report: Report): void {
  const expected = expectedMessagesIn(facts);
  const rows = new Map([...arrivals(facts)].flatMap(([row, own]) => own.map((one) => [one, row])));
  for (const one of [...facts.emails, ...facts.texts, ...facts.webhooks]) {
    const row = rows.get(one);
    const about = `message ${one.providerMessageId} ${JSON.stringify(one.tags ?? {})}`;
    if (!row) report('phantom', about, 'it was sent, but it has no notification');
    else if (one.to.join() !== row.recipients.join())
      report('diverging', about, 'it was sent to other recipients than those of its notification');
    else judgeArrived(one, row, expected.get(orderKey(row)), (kind, why) => report(kind, about, why));
  }
}

// ── Messages ──────────────────────────────────────────────────────────────────────────────────────

const MESSAGE_KIND: Record<MessageFinding['what'], ViolationKind> = {
  'published with different contents': 'diverging',
  'published, but in no outbox': 'phantom',
  'one event, twice': 'doubled',
};

/** Every message of the outbox was published. The observer misses some, so the rows are the evidence. */
function judgeOutbox({ messages, observed, notifications }: Facts, report: Report): void {
  for (const { id, type, about, state } of messages) {
    if (state === 'due') report('unfinished', `${type} ${id} of ${about}`, 'it was not published');
    if (state === 'buried') report('lost', `${type} ${id} of ${about}`, 'it was set aside without being published');
  }
  const known = new Set(notifications.map(({ tenant, notificationId }) => nameOf(tenant, notificationId)));
  for (const { what, about, why } of judgeMessages(messages, observed, known))
    report(MESSAGE_KIND[what], about, `${what}: ${why}`);
}

// ── Reads, queues and projections ────────────────────────────────────────────────────────────────────────────

function judgeReads({ seen }: Facts, report: Report): void {
  for (const { path, byStranger, status } of seen) {
    if (status === 0) report('unfinished', path, 'its reader gave up');
    else if (byStranger && status !== 404) report('diverging', path, `another tenant read it and received ${status}`);
    else if (!byStranger && status !== 200) report('lost', path, `read after it was accepted, answered ${status}`);
  }
}

function judgeQueues({ queues }: Facts, report: Report): void {
  for (const { name, depth } of queues) {
    if (!name.endsWith(', dead')) report('unfinished', `queue of ${name}`, `${depth} messages are left`);
  }
}

/** A tenant's statistics equal the counts of its rows, unless an event waits in the dead-letter queue. */
function judgeStatistics({ counted, notifications, queues }: Facts, report: Report): void {
  if (queues.some(({ name }) => name === `${FUNCTION.projectStatistics}, dead`)) return;
  for (const { tenant, statuses } of counted) {
    const own = notifications.filter((row) => row.tenant === tenant).map(({ notification }) => notification.status);
    for (const status of new Set([...own, ...Object.keys(statuses)])) {
      const [rows, figure] = [own.filter((one) => one === status).length, statuses[status] ?? 0];
      if (rows !== figure)
        report('diverging', `statistics of ${tenant}`, `they count ${figure} as ${status}, the table has ${rows}`);
    }
  }
}

/** The lists contain each order once, in its last version, unless a message waits in the dead-letter queue. */
function judgeOrderList({ listed, orders, queues }: Facts, report: Report): void {
  if (queues.some(({ name }) => name === `${FUNCTION.projectOrders}, dead`)) return;
  const rows = Map.groupBy(listed, orderKey);
  const known = new Set(orders.map(orderKey));
  for (const [key] of rows) if (!known.has(key)) report('phantom', key, 'the list has an order that does not exist');
  for (const order of orders) {
    const versions = (rows.get(orderKey(order)) ?? []).map(({ version }) => version);
    if (versions.length === 0) report('lost', orderKey(order), 'the list does not have the order');
    else if (versions.join() !== `${order.version}`)
      report('diverging', orderKey(order), `the list has version ${versions}, the table ${order.version}`);
  }
}
