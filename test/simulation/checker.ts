import type { Erasure } from '#shared/erasure/erasure.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { acceptedAttempt, type Notification } from '#shared/notification/notification.ts';
import type { Order } from '#shared/order/order.ts';
import { checkOutcomes, checkSuppressions } from './check-outcomes.ts';
import { checkEnds, checkErasures } from './check-people.ts';
import { checkProviders } from './check-providers.ts';
import type { Wish } from './clients.ts';
import type { Conditions } from './conditions.ts';
import type { Check, Invariant, Violation } from './invariants.ts';
import type { People } from './people.ts';
import { notificationsOf } from './rows.ts';
import type { Accepted } from './services.ts';
import { FEEDS } from './settings.ts';
import type { World } from './world.ts';

/** Everything that must hold once the system is quiet. */
export async function violationsOf(
  world: World,
  { wishes, people }: { wishes: Wish[]; people: People },
  conditions: Conditions,
): Promise<Violation[]> {
  const violations: Violation[] = [];
  const check = (holds: boolean, invariant: Invariant, about: () => string): void => {
    if (!holds) violations.push({ invariant, about: about() });
  };
  checkCommands(world, wishes, check);
  checkMessages(world, check);
  checkNotifications(world, conditions, check);
  checkQuiet(world, check);
  checkProviders(world, conditions, check);
  checkEnds(world, check);
  await checkDeadLetters(world, check);
  await checkErasures(world, people, check);
  await checkOutcomes(world, check);
  await checkSuppressions(world, check);
  return violations;
}

function checkCommands(world: World, wishes: Wish[], check: Check): void {
  const byKey = Map.groupBy(wishes, ({ tenant, key }) => `${tenant} ${key}`);
  for (const [key, same] of byKey) {
    const texts = new Set(same.flatMap(({ answers }) => answers.flatMap((one) => ('text' in one ? one.text : []))));
    check(texts.size <= 1, 'a key has one answer', () => `${key}: ${[...texts].join(' | ')}`);
    const bodies = same.filter(({ answers }) => answers.some((one) => 'text' in one));
    check(bodies.length <= 1, 'another body under a key is a conflict', () => key);
  }
  const orders = Map.groupBy(wishes, ({ tenant, orderId }) => `${tenant} ${orderId}`);
  for (const [about, own] of orders) {
    const { tenant, orderId } = own[0] as Wish;
    const stored = world.store.states.get(JSON.stringify([tenant, 'order', orderId, null]))?.stored;
    const answered = own.filter(({ answers }) => answers.some((one) => 'text' in one && one.accepted));
    const adding = answered.filter(({ command }) => command.type === 'AddItem');
    const records = [...world.store.outbox.values()].filter(
      ({ subject, outcome, messages }) =>
        subject.tenant === tenant &&
        subject.type === 'order' &&
        subject.id === orderId &&
        outcome.accepted &&
        // Commands about its notifications are recorded beside its own.
        messages.some((message) => (JSON.parse(message) as Envelope).type.startsWith('counterfoil.order.')),
    );
    check(answered.length === 0 || stored !== undefined, 'nothing is lost', () => about);
    if (!stored) continue;
    const lines = (stored.state as Order).lines.map(({ sku }) => sku);
    const skus = adding.map(({ command }) => (command.type === 'AddItem' ? command.data.line.sku : ''));
    const once = (sku: string): boolean => lines.filter((line) => line === sku).length === 1;
    check(
      new Set(lines).size === lines.length && skus.every(once) && stored.version === records.length,
      'every accepted command took effect, once',
      () => `${about}: version ${stored.version}, ${records.length} commands, lines ${lines}, answered ${skus}`,
    );
  }
}

function checkMessages(world: World, check: Check): void {
  const publishedBy = Map.groupBy(world.topic.published, ({ body }) => (JSON.parse(body) as Envelope).id);
  for (const [id, same] of publishedBy) {
    check(
      new Set(same.map(({ body }) => body)).size === 1,
      'a message is the same each time it is published',
      () => id,
    );
  }
  const once = new Map<string, string>();
  for (const { messages, subject } of world.store.outbox.values()) {
    for (const message of messages) {
      const { id, type, data } = JSON.parse(message) as Envelope<{ notificationId?: string }>;
      check(publishedBy.has(id), 'every message was published', () => `${type} ${id}`);
      if (
        !/notification\.(sent|failed|held|doubled|suppressed|cancelled|delivered|bounced|complained|rejected)|first-item-added|order\.placed/.test(
          type,
        )
      )
        continue;
      const event = `${type} of ${subject.tenant} ${subject.id} ${data?.notificationId ?? ''}`;
      check(!once.has(event), 'one event for each thing that happened', () => event);
      once.set(event, id);
    }
  }
}

function checkNotifications(world: World, conditions: Conditions, check: Check): void {
  const acceptedBy = Map.groupBy(
    [...world.email.accepted, ...world.sms.accepted].filter(({ notificationId }) => notificationId !== 'probe'),
    ({ tenant, notificationId }) => `${tenant} ${notificationId}`,
  );
  const rows = new Map(notificationsOf(world).map(({ name, notification }) => [name, notification]));
  for (const [about, events] of eventsOf(world)) {
    const accepted = acceptedBy.has(about);
    // Beyond the margin the verdict is wrong, and so is what follows from it, until the event comes.
    const tooLate = acceptedBy.get(about)?.some(({ event }) => (event?.delayMs ?? 0) > FEEDS[conditions.feed].marginMs);
    check(
      tooLate || !(accepted && events.has('failed')),
      'nothing untrue was said',
      () => `${about} failed, and was sent`,
    );
    check(!events.has('sent') || accepted, 'nothing untrue was said', () => `${about} sent, and was not`);
  }
  for (const about of acceptedBy.keys()) {
    check(rows.has(about), 'nothing was sent that nobody asked for', () => about);
  }
  for (const [about, calls] of callsByNotification(world)) {
    const bytes = new Set(calls.map(({ rendered }) => JSON.stringify(rendered)));
    check(bytes.size === 1, 'every attempt sends the same bytes', () => `${about}: ${[...bytes].join(' | ')}`);
  }
  for (const [about, notification] of rows) {
    checkNotification(about, notification, acceptedBy.get(about) ?? [], conditions, check);
  }
}

/** Every call that reached a provider, taken or not. */
const callsByNotification = ({ email, sms }: World) =>
  Map.groupBy(
    [...email.calls, ...sms.calls].filter(({ notificationId }) => notificationId !== 'probe'),
    ({ tenant, notificationId }) => `${tenant} ${notificationId}`,
  );

/** What was said about each notification: `sent`, `failed`, … */
function eventsOf(world: World): Map<string, Set<string>> {
  const events = new Map<string, Set<string>>();
  for (const { messages } of world.store.outbox.values()) {
    for (const message of messages) {
      const { type, tenantid, data } = JSON.parse(message) as Envelope<{ notificationId?: string }>;
      const event = /^counterfoil\.notification\.(\w+)\.v1$/.exec(type)?.[1];
      if (!event || !data?.notificationId) continue;
      const about = `${tenantid} ${data.notificationId}`;
      events.set(about, (events.get(about) ?? new Set()).add(event));
    }
  }
  return events;
}

function checkNotification(
  about: string,
  notification: Notification,
  accepted: Accepted[],
  { feedKeepsMargin, feed }: Conditions,
  check: Check,
): void {
  const { status, channel, doubled } = notification;
  const say = (): string =>
    `${about}: ${JSON.stringify(notification)} accepted ${JSON.stringify(accepted.map(({ attemptNonce, at, event }) => ({ attemptNonce, at, event })))}`;
  const [first, second] = accepted;
  const feedWasLate = !feedKeepsMargin && (first?.event?.delayMs ?? 0) > FEEDS[feed].marginMs;
  if (second) {
    check(feedWasLate, 'nothing was sent twice', say);
    // Nobody can show what nobody was told: it lies among the dead letters, which rings.
    const known = channel === 'email' && accepted.every(({ event }) => event?.arrives);
    check(doubled === true || !known, 'two accepted calls are shown as doubled', say);
  } else {
    check(doubled === undefined, 'what a row says is what happened', say);
  }
  const resentAfter = notification.attempts.findIndex(({ nonce }) => nonce === first?.attemptNonce);
  check(
    feedWasLate || first === undefined || resentAfter === notification.attempts.length - 1,
    'no resend follows an accepted attempt',
    say,
  );
  check(notification.attempts.length <= 2, 'one automatic resend at most', say);
  const told = accepted.some(({ event }) => event?.arrives);
  check(!told || status === 'SENT', 'what a row says is what happened', say);
  check(!['PENDING', 'SENDING', 'UNKNOWN'].includes(status), 'nothing is left unfinished', say);
  if (status === 'SENT')
    check(first !== undefined && acceptedAttempt(notification) !== undefined, 'what a row says is what happened', say);
  if (status === 'FAILED') check(first === undefined, 'what a row says is what happened', say);
  // A call that nobody tried is no reason to give up.
  if (status === 'HELD')
    check(
      notification.attempts.some(({ outcome }) => outcome === 'unknown'),
      'nothing is lost',
      say,
    );
}

/** An event that nobody can read is the only thing that can never be handled here. */
async function checkDeadLetters({ store }: World, check: Check): Promise<void> {
  for (const letter of await store.openDeadLetters(Number.POSITIVE_INFINITY)) {
    check(letter.reason === 'NOT_JSON', 'only what can never be handled is set aside', () => JSON.stringify(letter));
  }
}

/** Nothing that could still happen is left anywhere; what was held waits for a person. */
function checkQuiet(world: World, check: Check): void {
  for (const { commandId, dueAt } of world.store.outbox.values()) {
    check(dueAt === undefined, 'nothing is left unfinished', () => `outbox ${commandId}`);
  }
}

/** Whether something is still to come without a new fault or a new command. */
export function isQuiet(world: World, { logLagMs }: Pick<Conditions, 'logLagMs'>): boolean {
  if (!world.queues.every((queue) => queue.isEmpty())) return false;
  for (const { dueAt } of world.store.outbox.values()) if (dueAt !== undefined) return false;
  for (const { stored } of world.store.states.values()) {
    if (stored.due?.kind === 'erasure') {
      if (isAwaited(stored.state as Erasure, logLagMs !== undefined)) return false;
    } else if (stored.due && stored.due.kind !== 'held') return false;
  }
  return true;
}

/** The first late look finds what the log showed too late for the walks; the second comes after a day. */
const isAwaited = (erasure: Erasure, logLags: boolean): boolean =>
  erasure.status === 'RUNNING' || (logLags && (erasure.looks ?? 0) === 0);
