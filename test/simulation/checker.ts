import type { Erasure } from '#shared/erasure/erasure.ts';
import { FUNCTION } from '#shared/names.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { Order } from '#shared/order/order.ts';
import { isInProgress } from '#shared/redrive/redrive.ts';
import { PROBE_ID } from '#shared/settlement/feed.ts';
import { type AnswerFinding, judgeAnswers, judgeOrder } from '#test/support/judge/commands.ts';
import {
  eventsByNotification,
  judgeMessages,
  type Message,
  type MessageFinding,
  messageIn,
  nameOf,
} from '#test/support/judge/messages.ts';
import { judgeNotification, type NotificationFinding } from '#test/support/judge/notification.ts';
import { stateKey } from '#test/support/memory/memory-store.ts';
import { openLetters } from '#test/support/open-letters.ts';
import { checkOutcomes, checkSuppressions } from './check-outcomes.ts';
import { checkEnds, checkErasures } from './check-people.ts';
import { checkProcesses } from './check-processes.ts';
import { checkProviders } from './check-providers.ts';
import { checkRedrives } from './check-redrives.ts';
import type { PlannedRequest } from './clients.ts';
import type { Conditions } from './conditions.ts';
import { checkGreetings, type Registration } from './customers.ts';
import type { Fault } from './faults.ts';
import type { Check, Invariant, Violation } from './invariants.ts';
import { redrivable, redrivesOf } from './operators.ts';
import type { People } from './people.ts';
import { notificationsOf } from './rows.ts';
import type { Accepted } from './services.ts';
import { FEEDS } from './settings.ts';
import type { World } from './world.ts';

/** Checks all invariants that must hold when the system is idle. */
export async function violationsOf(
  world: World,
  { requests, people, registrations }: { requests: PlannedRequest[]; people: People; registrations: Registration[] },
  conditions: Conditions,
  struck: ReadonlyMap<string, Fault>,
): Promise<Violation[]> {
  const violations: Violation[] = [];
  const check = (holds: boolean, invariant: Invariant, about: () => string): void => {
    if (!holds) violations.push({ invariant, about: about() });
  };
  checkCommands(world, requests, check);
  const stored = [...world.store.outbox.values()].flatMap(({ messages }) => messages.map(messageIn));
  checkMessages(world, stored, check);
  checkNotifications(world, stored, conditions, check);
  checkIdle(world, check);
  checkProviders(world, conditions, check);
  checkEnds(world, check);
  checkProcesses(world, requests, check);
  checkGreetings(world, registrations, check);
  if (world.operations) await checkRedrives(world, faultsOf(FUNCTION.runRedrive, struck), check);
  else await checkDeadLetters(world, check);
  await checkErasures(world, people, check);
  await checkOutcomes(world, check);
  await checkSuppressions(world, check);
  return violations;
}

/** Faults that struck calls of a function. */
const faultsOf = (functionName: string, struck: ReadonlyMap<string, Fault>): number =>
  [...struck.keys()].filter((key) => key.startsWith(`${functionName}#`)).length;

const ANSWER_INVARIANT: Record<AnswerFinding['what'], Invariant> = {
  'two answers': 'a key has one answer',
  'two bodies answered': 'another body under a key is a conflict',
};

function checkCommands(world: World, requests: PlannedRequest[], check: Check): void {
  const answers = requests.flatMap((request) =>
    request.answers.flatMap((one) =>
      'text' in one ? [{ key: `${request.tenant} ${request.key}`, request, text: one.text }] : [],
    ),
  );
  for (const { key, what, why } of judgeAnswers(answers)) check(false, ANSWER_INVARIANT[what], () => `${key}: ${why}`);
  const orders = Map.groupBy(requests, ({ tenant, orderId }) => `${tenant} ${orderId}`);
  for (const [about, own] of orders) {
    const { tenant, orderId } = own[0] as PlannedRequest;
    const stored = world.store.states.get(stateKey({ tenant, type: 'order', id: orderId }))?.stored;
    const answered = own.filter(({ answers }) => answers.some((one) => 'text' in one && one.accepted));
    const records = [...world.store.outbox.values()].filter(
      ({ subject, outcome, messages }) =>
        subject.tenant === tenant &&
        subject.type === 'order' &&
        subject.id === orderId &&
        outcome.accepted &&
        // Its partition also contains records of commands about its notifications.
        messages.some((message) => messageIn(message).type.startsWith('counterfoil.order.')),
    );
    check(answered.length === 0 || stored !== undefined, 'nothing is lost', () => about);
    if (!stored) continue;
    const skus = (some: readonly PlannedRequest[]): string[] =>
      some.flatMap(({ command }) => (command.type === 'AddItem' ? command.data.line.sku : []));
    const faults = judgeOrder({
      lines: (stored.state as Order).lines.map(({ sku }) => sku),
      version: stored.version,
      acknowledged: skus(answered),
      unanswered: skus(own.filter(({ answers: known }) => known.length === 0)),
      committed: records.length,
    });
    for (const why of faults) check(false, 'every accepted command took effect once', () => `${about}: ${why}`);
  }
}

const MESSAGE_INVARIANT: Record<MessageFinding['what'], Invariant> = {
  'published with different contents': 'a message is the same each time it is published',
  'published, but in no outbox': 'every published message was decided',
  'one event, twice': 'one event for each thing that happened',
};

function checkMessages(world: World, stored: readonly Message[], check: Check): void {
  const published = world.topic.published.map(({ body }) => messageIn(body));
  const ids = new Set(published.map(({ id }) => id));
  for (const { id, type } of stored) check(ids.has(id), 'every message was published', () => `${type} ${id}`);
  const known = new Set(notificationsOf(world).map(({ name }) => name));
  for (const { what, about, why } of judgeMessages(stored, published, known))
    check(false, MESSAGE_INVARIANT[what], () => `${about}: ${why}`);
}

const NOTIFICATION_INVARIANT: Record<NotificationFinding, Invariant> = {
  'sent twice': 'nothing was sent twice',
  'doubled, but its row has no mark': 'two accepted calls are shown as doubled',
  'not doubled, but its row has the mark': 'every row shows what happened',
  'sent with different contents': 'every attempt sends the same bytes',
  'sent again after it was accepted': 'no resend follows an accepted attempt',
  'sent again more than once': 'one automatic resend at most',
  'left unfinished': 'nothing is left unfinished',
  'SENT, but never accepted': 'every row shows what happened',
  'SENT with the id of another message': 'every row shows what happened',
  'accepted and reported, but not SENT': 'every row shows what happened',
  'accepted, but not SENT': 'every row shows what happened',
  'HELD without a call of unknown outcome': 'nothing is lost',
  'a sent event without an accepted call': 'every published event is true',
  'a failed event, but accepted': 'every published event is true',
  'not exactly one sent event for SENT': 'one event for each thing that happened',
};

function checkNotifications(world: World, stored: readonly Message[], conditions: Conditions, check: Check): void {
  const acceptedBy = byNotification([...world.email.accepted, ...world.sms.accepted]);
  // Every call that reached a provider, accepted or not.
  const callsBy = byNotification([...world.email.calls, ...world.sms.calls]);
  const rows = new Map(notificationsOf(world).map(({ name, notification }) => [name, notification]));
  const events = eventsByNotification(stored);
  for (const about of new Set([...acceptedBy.keys(), ...callsBy.keys(), ...events.keys()]))
    check(rows.has(about), 'nothing was sent that was not requested', () => about);
  for (const [about, notification] of rows) {
    const accepted = acceptedBy.get(about) ?? [];
    const findings = judgeNotification({
      notification,
      accepted: accepted.map(({ providerMessageId, attemptNonce: nonce, event }) => {
        return { providerMessageId, nonce, isReported: event?.arrives === true };
      }),
      contents: new Set((callsBy.get(about) ?? []).map(({ rendered }) => JSON.stringify(rendered))),
      events: events.get(about) ?? [],
    });
    for (const { what, why } of findings)
      check(
        isExcused(what, notification, accepted, conditions),
        NOTIFICATION_INVARIANT[what],
        () => `${about}: ${why}`,
      );
  }
}

const byNotification = <Call extends { tenant: string; notificationId: string }>(calls: readonly Call[]) =>
  Map.groupBy(
    calls.filter(({ notificationId }) => notificationId !== PROBE_ID),
    ({ tenant, notificationId }) => nameOf(tenant, notificationId),
  );

/** Whether a finding follows only from the faults of a run. */
function isExcused(
  what: NotificationFinding,
  { status }: Notification,
  accepted: readonly Accepted[],
  { feedKeepsMargin, feed }: Conditions,
): boolean {
  const isLate = ({ event }: Accepted): boolean => (event?.delayMs ?? 0) > FEEDS[feed].marginMs;
  const [first] = accepted;
  switch (what) {
    // Beyond the margin, missing evidence counts as *not sent*: that is the limit of the promise.
    case 'sent twice':
    case 'sent again after it was accepted':
      return !feedKeepsMargin && first !== undefined && isLate(first);
    // Beyond the margin, the verdict and its consequences are wrong until the event arrives.
    case 'a failed event, but accepted':
      return accepted.some(isLate);
    // It cannot be known: the event is dead or unreadable, or the provider has no events. But a rejection is an answer.
    case 'accepted, but not SENT':
      return status !== 'FAILED';
    default:
      return false;
  }
}

/** Only an unreadable event can never be handled here. */
async function checkDeadLetters({ store }: World, check: Check): Promise<void> {
  for (const letter of await openLetters(store)) {
    check(letter.reason === 'NOT_JSON', 'only what can never be handled is set aside', () => JSON.stringify(letter));
  }
}

/** No work is left; held notifications wait for a person. */
function checkIdle(world: World, check: Check): void {
  for (const { commandId, dueAt } of world.store.outbox.values()) {
    check(dueAt === undefined, 'nothing is left unfinished', () => `outbox ${commandId}`);
  }
}

/** Whether no more work follows without a new fault or a new command. */
export function isIdle(world: World, { logLagMs }: Pick<Conditions, 'logLagMs'>): boolean | Promise<boolean> {
  if (!world.queues.every((queue) => queue.isEmpty())) return false;
  for (const { dueAt } of world.store.outbox.values()) if (dueAt !== undefined) return false;
  for (const { stored } of world.store.states.values()) {
    if (stored.due?.kind === 'erasure') {
      if (isAwaited(stored.state as Erasure, logLagMs !== undefined)) return false;
    } else if (stored.due && stored.due.kind !== 'held' && !stored.due.kind.startsWith('dead-letter:')) return false;
  }
  return world.operations ? isCleanedUp(world) : true;
}

const isCleanedUp = async (world: World): Promise<boolean> =>
  redrivesOf(world).every((redrive) => !isInProgress(redrive)) && (await redrivable(world)).length === 0;

/** The first late look finds entries that the log showed too late for the walks; the second follows after a day. */
const isAwaited = (erasure: Erasure, logLags: boolean): boolean =>
  erasure.status === 'RUNNING' || (logLags && (erasure.looks ?? 0) === 0);
