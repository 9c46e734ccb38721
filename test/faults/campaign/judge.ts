import { type Channel, FUNCTION } from '#shared/names.ts';
import { httpCommandId } from '#shared/once/command-id.ts';
import { judgeAnswers, judgeOrder } from '#test/support/judge/commands.ts';
import { eventsByNotification, judgeMessages, type MessageFinding, nameOf } from '#test/support/judge/messages.ts';
import { judgeNotification, type NotificationFinding } from '#test/support/judge/notification.ts';
import type { Told, Wish } from './clients.ts';
import type { Arrived, CommandRow, Facts, NotificationRow, OrderRow } from './facts.ts';
import { judgeArrived, judgeAttachments, judgeCancelled, judgePromised, promisedIn } from './judge-messages.ts';
import {
  aboutNotification,
  aboutWish,
  isAccepted,
  orderKey,
  type Say,
  type Tell,
  type Violation,
  type ViolationKind,
} from './violations.ts';

/** Everything that is wrong, by the design's invariants; nothing is excused because there were faults. */
export function violationsIn(facts: Facts): Violation[] {
  const violations: Violation[] = [];
  const say: Say = (kind, about, why) => violations.push({ kind, about, why });
  judgeClients(facts, say);
  judgeCommands(facts, say);
  judgeOrders(facts, say);
  judgeRequested(facts, say);
  judgeNotifications(facts, say);
  judgeInbox(facts, say);
  judgePromised(facts, say);
  judgeCancelled(facts, say);
  judgeAttachments(facts, say);
  judgeOutbox(facts, say);
  judgeReads(facts, say);
  judgeQueues(facts, say);
  judgeStatistics(facts, say);
  return violations;
}

const commandIdOf = ({ tenant, path, key }: Wish): string =>
  httpCommandId({ tenant, method: 'POST', path, idempotencyKey: key });

/** A command is told apart by tenant, path and key, which is what its id is a hash of. */
const commandKey = (tenant: string, orderId: string, commandId: string): string => `${tenant} ${orderId} ${commandId}`;
const wishKey = (wish: Wish): string => commandKey(wish.tenant, wish.orderId, commandIdOf(wish));
/** An answer that is the key's for ever: what was accepted, or refused by the order. */
const isOutcome = (told: Told): boolean => isAccepted(told) || told.status === 409;
const CONFLICT = 422;
/** The answer of a declaration says where to upload, which is signed anew for each repetition. */
const isRenewed = ({ kind }: Wish): boolean => kind === 'declare';

// ── What clients were told ────────────────────────────────────────────────────────────────────────

function judgeClients({ wishes, told }: Facts, say: Say): void {
  const toldBy = Map.groupBy(told, ({ wish }) => wish);
  for (const wish of wishes) judgeWish(wish, toldBy.get(wish) ?? [], say);
  const answers = told
    .filter(isOutcome)
    .map(({ wish, text }) => ({ key: wishKey(wish), request: wish, ...(!isRenewed(wish) && { text }) }));
  const byKey = Map.groupBy(wishes, wishKey);
  for (const { key, what, why } of judgeAnswers(answers)) {
    const [first] = byKey.get(key) as [Wish];
    say('diverging', aboutWish(first), `one key, ${what}: ${why}`);
  }
  for (const same of byKey.values()) {
    const [first] = same as [Wish];
    const own = same.flatMap((wish) => toldBy.get(wish) ?? []);
    if (own.length > 0 && own.every(({ status }) => status === CONFLICT))
      say('lost', aboutWish(first), 'every body under this key was told that another one had it');
  }
}

/** Who cancels is told that it is too late, if it is. */
const OUTCOMES: Record<Wish['kind'], readonly number[]> = {
  place: [201],
  item: [200],
  'too-much': [409],
  message: [202],
  cancel: [200, 409],
  declare: [201],
};

function judgeWish(wish: Wish, told: Told[], say: Say): void {
  if (told.length === 0) say('unfinished', aboutWish(wish), 'it was never answered');
  const statuses = new Set(told.map(({ status }) => status));
  if (statuses.size > 1)
    say('diverging', aboutWish(wish), `the same request was answered ${[...statuses].join(' and ')}`);
  for (const status of statuses) {
    if (status === 0) say('unfinished', aboutWish(wish), 'its client gave up');
    else if (status === 404) say('lost', aboutWish(wish), 'what was accepted is not there');
    else if (!OUTCOMES[wish.kind].includes(status) && status !== CONFLICT)
      say('diverging', aboutWish(wish), `answered ${status}`);
  }
}

/** Each accepted command stands in the table once, with the answer that its client has; and no other does. */
function judgeCommands({ told, wishes, commands }: Facts, say: Say): void {
  const stored = new Map(commands.map((row) => [commandKey(row.tenant, row.orderId, row.commandId), row]));
  const answered = new Map(told.filter(isOutcome).map((one) => [wishKey(one.wish), one]));
  for (const [key, one] of answered) {
    const row = stored.get(key);
    if (!row) say('lost', aboutWish(one.wish), 'it was answered, and its record is not in the table');
    else if (row.accepted !== isAccepted(one) || (row.accepted && row.answer !== one.text && !isRenewed(one.wish)))
      say('diverging', aboutWish(one.wish), `told ${one.text}, stored ${row.answer}`);
  }
  const wished = new Set(wishes.map(wishKey));
  for (const [key] of stored) if (!wished.has(key)) say('phantom', key, 'a command in the table that no client sent');
}

// ── Orders ────────────────────────────────────────────────────────────────────────────────────────

const KINDS_ABOUT_ORDERS: readonly Wish['kind'][] = ['place', 'item', 'too-much'];

function judgeOrders({ told, wishes, orders, commands, shown }: Facts, say: Say): void {
  const rows = new Map(orders.map((row) => [orderKey(row), row]));
  const shownBy = new Map(shown.map((one) => [orderKey(one), one]));
  const about = told.filter(({ wish }) => KINDS_ABOUT_ORDERS.includes(wish.kind));
  const accepted = Map.groupBy(about.filter(isAccepted), ({ wish }) => orderKey(wish));
  const committed = Map.groupBy(
    commands.filter((row) => row.accepted),
    orderKey,
  );
  const wished = new Set(wishes.map(orderKey));
  for (const [key] of rows) if (!wished.has(key)) say('phantom', key, 'an order that no client placed');
  for (const [key, answers] of accepted) {
    const row = rows.get(key);
    if (!row) {
      say('lost', key, 'its client was told 201, and there is no such order');
      continue;
    }
    judgeLines(key, row, answers, committed.get(key) ?? [], say);
    const view = shownBy.get(key);
    const same = view?.version === row.version && view.skus.join() === row.skus.join();
    if (!same)
      say(
        'diverging',
        key,
        `the API shows version ${view?.version} with ${view?.skus}, the table ${row.version} with ${row.skus}`,
      );
  }
}

/** The lines are those of the body that was accepted and of each acknowledged item, each once. */
function judgeLines(key: string, row: OrderRow, answers: Told[], committed: CommandRow[], say: Say): void {
  const bodies = new Map(answers.map(({ wish }) => [wishKey(wish), wish.body]));
  const faults = judgeOrder({
    lines: row.skus,
    version: row.version,
    acknowledged: [...bodies.values()]
      .flatMap((body) => (body.lines ?? [body]) as { sku: string }[])
      .map(({ sku }) => sku),
    // Every client asks until it is answered; one that gave up is a violation of its own.
    unanswered: [],
    committed: committed.length,
  });
  for (const why of faults) say('diverging', key, why);
}

// ── Notifications ─────────────────────────────────────────────────────────────────────────────────

const REQUESTS: readonly Wish['kind'][] = ['place', 'message'];

/** Each channel of an accepted order or message has its notification, and no other has any. */
function judgeRequested({ told, notifications }: Facts, say: Say): void {
  const rows = Map.groupBy(notifications, orderKey);
  const placed = new Map(
    told.filter((one) => REQUESTS.includes(one.wish.kind) && isAccepted(one)).map((one) => [orderKey(one.wish), one]),
  );
  for (const [key, { wish }] of placed) {
    const channels = (rows.get(key) ?? []).map(({ notification }) => notification.channel);
    if (channels.toSorted().join() !== wish.channels.toSorted().join())
      say(
        'lost',
        key,
        `it is to be told by ${wish.channels}, and has notifications by ${channels.join() || 'nothing'}`,
      );
  }
  for (const [key] of rows)
    if (!placed.has(key)) say('phantom', key, 'a notification about something that was not accepted');
}

/** Why a person may have to look. */
const HELD_FOR: Record<Channel, readonly string[]> = {
  sms: ['POLICY'],
  email: ['UNKNOWN_AGAIN', 'FEED_SILENT', 'FEED_BACKLOG'],
};

const KIND: Record<NotificationFinding, ViolationKind> = {
  'sent twice': 'doubled',
  'doubled, and its row does not say so': 'diverging',
  'not doubled, and its row says so': 'diverging',
  'sent in two wordings': 'diverging',
  'sent again after it was accepted': 'phantom',
  'sent again more than once': 'phantom',
  'left unfinished': 'unfinished',
  'SENT, and never accepted': 'lost',
  'SENT as another message than the accepted one': 'diverging',
  'accepted, the provider said so, and not SENT': 'diverging',
  'accepted, and not SENT': 'diverging',
  'HELD without a call of unknown outcome': 'lost',
  'a sent event without an accepted call': 'diverging',
  'a failed event, and accepted': 'diverging',
  'not one sent event for SENT': 'diverging',
};

function judgeNotifications(facts: Facts, say: Say): void {
  const arrived = arrivals(facts);
  const refused = new Set(facts.wishes.filter((wish) => wish.refused).map(orderKey));
  const shown = new Map(facts.shown.flatMap((order) => order.notifications.map((one) => [one.notificationId, one])));
  const events = eventsByNotification(facts.messages);
  for (const row of facts.notifications) {
    const own = arrived.get(row) ?? [];
    judgeRow(row, own, events.get(nameOf(row.tenant, row.notificationId)) ?? [], say);
    judgeReason(row, own, refused.has(orderKey(row)), say);
    const view = shown.get(row.notificationId);
    if (view?.status !== row.notification.status)
      say('diverging', aboutNotification(row), `the API shows ${view?.status}, the table ${row.notification.status}`);
  }
}

function judgeRow(row: NotificationRow, arrived: Arrived[], events: string[], say: Say): void {
  const { notification } = row;
  const findings = judgeNotification({
    notification,
    accepted: arrived.map(({ providerMessageId, tags }) => ({
      providerMessageId,
      ...(tags?.attempt !== undefined && { nonce: tags.attempt }),
      // The feed keeps its margin, and loses nothing for good; text messages have no feed that settles them.
      isTold: notification.channel === 'email',
    })),
    contents: new Set(arrived.map(({ body }) => body)),
    events,
  });
  // Held is an end where the outcome cannot be known.
  const isExcused = (what: NotificationFinding): boolean =>
    what === 'accepted, and not SENT' && notification.status === 'HELD';
  for (const { what, why } of findings)
    if (!isExcused(what)) say(KIND[what], aboutNotification(row), `${what}: ${why}`);
}

/** Whether its end has a reason: nothing else is an end short of SENT, but for what the provider refused. */
function judgeReason(row: NotificationRow, arrived: Arrived[], refused: boolean, say: Say): void {
  const { notification } = row;
  const tell: Tell = (kind, why) => say(kind, aboutNotification(row), `${why}: ${JSON.stringify(notification)}`);
  if (refused && arrived.length > 0) tell('diverging', 'the provider refuses its recipient, and has taken it');
  const { status } = notification;
  if (status === 'FAILED' && !(refused && notification.reason)) tell('lost', 'FAILED, and nobody refused it');
  if (status === 'SUPPRESSED') tell('diverging', 'SUPPRESSED, and nobody asked for that');
  if (status === 'HELD' && !HELD_FOR[notification.channel].includes(notification.reason))
    tell('lost', `HELD for ${notification.reason || 'no reason'}`);
}

// ── The inbox ─────────────────────────────────────────────────────────────────────────────────────

/** What arrived of each notification. */
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

/** Everything in the inbox is about something that was accepted, and went to whom that names, with what it has. */
function judgeInbox(facts: Facts, say: Say): void {
  const promised = promisedIn(facts);
  const expected = new Map([...arrivals(facts)].flatMap(([row, own]) => own.map((one) => [one, row])));
  for (const one of [...facts.emails, ...facts.texts]) {
    const row = expected.get(one);
    const about = `message ${one.providerMessageId} ${JSON.stringify(one.tags ?? {})}`;
    if (!row) say('phantom', about, 'it was sent, and there is no notification of it');
    else if (one.to.join() !== row.recipients.join())
      say('diverging', about, 'it went to others than its notification names');
    else judgeArrived(one, row, promised.get(orderKey(row)), (kind, why) => say(kind, about, why));
  }
}

// ── Messages ──────────────────────────────────────────────────────────────────────────────────────

const MESSAGE_KIND: Record<MessageFinding['what'], ViolationKind> = {
  'published in two wordings': 'diverging',
  'published, and in no outbox': 'phantom',
  'one event, twice': 'doubled',
};

/** Every message of the outbox was published. The observer misses some, so the rows are what says so. */
function judgeOutbox({ messages, overheard, notifications }: Facts, say: Say): void {
  for (const { id, type, about, state } of messages) {
    if (state === 'due') say('unfinished', `${type} ${id} of ${about}`, 'it was not published');
    if (state === 'buried') say('lost', `${type} ${id} of ${about}`, 'it was set aside and never published');
  }
  const known = new Set(notifications.map(({ tenant, notificationId }) => nameOf(tenant, notificationId)));
  for (const { what, about, why } of judgeMessages(messages, overheard, known))
    say(MESSAGE_KIND[what], about, `${what}: ${why}`);
}

// ── What else was seen ────────────────────────────────────────────────────────────────────────────

function judgeReads({ seen }: Facts, say: Say): void {
  for (const { path, byStranger, status } of seen) {
    if (status === 0) say('unfinished', path, 'its reader gave up');
    else if (byStranger && status !== 404)
      say('diverging', path, `another tenant asked for it and was answered ${status}`);
    else if (!byStranger && status !== 200) say('lost', path, `read after it was accepted: ${status}`);
  }
}

function judgeQueues({ queues }: Facts, say: Say): void {
  for (const { name, depth } of queues) {
    if (!name.endsWith(', dead')) say('unfinished', `queue of ${name}`, `${depth} messages are left`);
  }
}

/** What is counted of a tenant is what its rows are, unless a message about one waits in a dead-letter queue. */
function judgeStatistics({ counted, notifications, queues }: Facts, say: Say): void {
  if (queues.some(({ name }) => name === `${FUNCTION.projectStatistics}, dead`)) return;
  for (const { tenant, statuses } of counted) {
    const own = notifications.filter((row) => row.tenant === tenant).map(({ notification }) => notification.status);
    for (const status of new Set([...own, ...Object.keys(statuses)])) {
      const [rows, figure] = [own.filter((one) => one === status).length, statuses[status] ?? 0];
      if (rows !== figure)
        say('diverging', `statistics of ${tenant}`, `${figure} are ${status}, the table has ${rows}`);
    }
  }
}
