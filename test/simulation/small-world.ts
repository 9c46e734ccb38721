import { erasureDecider } from '#shared/erasure/decider.ts';
import { erasureKeyOf } from '#shared/erasure/erasure-key.ts';
import type { Acceptance } from '#shared/feedback/acceptance.ts';
import { notificationDecider } from '#shared/notification/decider.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { manualClock } from '#test/support/ports.ts';
import type { WorldStore } from '#test/support/world/functions.ts';
import { createWorld, keyOfNotification, silentLog } from '#test/support/world/world.ts';
import { createGate, digestOf, namedRandomness } from './gate.ts';
import type { SmallCase } from './small-cases.ts';
import { violationIn } from './small-judge.ts';
import { smallProvider } from './small-provider.ts';

const TENANT = 'acme';
const CUSTOMER = 'ada-1';
const DAY_MS = 86_400_000;
/** The first walk begins by then. */
const WALK_MS = 6000;
const MARGIN_MS = 60_000;
const LEASE_MS = 45_000;
const TIMES = {
  firstClaimMs: 120_000,
  leaseMs: LEASE_MS,
  unknownDeadlineMs: LEASE_MS,
  settling: {
    onUnknown: () => 'resend' as const,
    inFlightMs: 20_000,
    marginMs: MARGIN_MS,
    countLagMs: 0,
    holdAfterMs: 900_000,
    recheckMs: 10_000,
  },
};

export type Choice = { label: string; take(): void | Promise<void> };

/** Everything that the calls of a small case happen to; what can happen next is asked for, chosen, and done. */
export async function createSmallWorld({ firstAnswer, accident, company }: SmallCase) {
  let feedbackRuns = 0;
  const clock = manualClock();
  const provider = smallProvider(firstAnswer, clock, `order_${orderBy('client')}_1-1`);
  const { accepted, events } = provider;
  const random = namedRandomness();
  const world = createWorld({
    times: TIMES,
    clock,
    ports: { log: silentLog(), settings: { outboxGraceMs: 20_000, budgetMs: 1000 } },
    feed: { provider, queueDepth: async () => events.length + (feedbackRuns > 0 ? 1 : 0) },
  });
  const { store } = world;
  /** An environment of a function that this actor runs in. */
  const as = (actor: string, view: WorldStore = store) => ({ store: view, random: random.of(actor) });
  const place = (actor: string, view: WorldStore = store) =>
    world.place({ customerId: CUSTOMER, orderId: orderBy(actor) }, as(actor, view));
  const { notificationId } = await place('client');
  const key = keyOfNotification(notificationId);
  const erasureKey = { tenant: TENANT, type: 'erasure', id: erasureKeyOf(TENANT, { customerId: CUSTOMER }).id };
  const requestErasure = (actor: string, view: WorldStore = store) =>
    executeOnce(
      {
        decider: erasureDecider,
        key: erasureKey,
        commandId: `http#erase-${actor}`,
        fingerprint: 'erase',
        command: { type: 'StartErasure', scope: { customerId: CUSTOMER }, correlationId: 'c' },
        metadata: { correlationId: 'c', causationId: 'request' },
      },
      world.ports(as(actor, view)),
    );
  /** Notifications that the log does not show yet. */
  const hidden = new Set<string>(company === 'a late entry' ? [notificationId] : []);
  const listLog: typeof store.listLog = async (...parameters) => {
    const { entries, ...page } = await store.listLog(...parameters);
    return { ...page, entries: entries.filter((entry) => !hidden.has(entry.key.notificationId)) };
  };

  /** Number of attempts when the notification was cancelled or erased. No other attempt may follow. */
  let attemptsAtEnd: number | undefined;
  const notice = (actor: string, operation: string): void => {
    if (!['erasure', 'person'].includes(actor) || operation !== 'commit' || attemptsAtEnd !== undefined) return;
    const row = [...store.states.values()].find((one) => one.key.part?.id === notificationId)?.stored
      .state as Notification;
    if (row.status === 'CANCELLED') attemptsAtEnd = row.attempts.length;
  };
  const gate = createGate(clock, notice);
  const send = (actor: string): Promise<unknown> =>
    world.send(notificationId, { provider: gate.of(actor, provider), over: as(actor, gate.of(actor, store)) });
  const seen = { ...store, listLog };
  const wake = (): Promise<void> => world.wake(['erasure', 'notification', 'unknown'], as('wake', seen));
  let isCancelled = false;
  const cancel = async (): Promise<void> => {
    const { outcome } = await executeOnce(
      {
        decider: notificationDecider,
        key,
        commandId: 'http#cancel',
        fingerprint: 'cancel',
        command: { type: 'Resolve', action: 'cancel', by: 'eve', reason: 'A test decides', dueAt: clock.now() },
        metadata: { correlationId: 'c', causationId: 'request' },
      },
      world.ports(as('person', gate.of('person', store))),
    );
    isCancelled = outcome.accepted;
  };

  /** The event about the first accepted call reaches its function, whose calls also wait at the gate. */
  const deliverEvent = (): void => {
    const event = events.shift();
    if (!event) return;
    isDelivered = true;
    feedbackRuns += 1;
    // A function that gives up receives its message again.
    const again = (): void => void events.push(event);
    void world
      .accept(event, as('feedback', gate.of('feedback', store)))
      .catch(again)
      .finally(() => {
        feedbackRuns -= 1;
      });
  };
  const wakeAll = async (): Promise<void> => {
    for (let round = 0; round < 8; round += 1) {
      clock.advance(50_000);
      // No event takes longer than the margin, unless a function is already handling it.
      while (round % 2 === 0 && events.length > 0) {
        await world.accept(events.shift() as Acceptance, as('feedback'));
      }
      await wake();
    }
  };

  let isDelivered = false;
  let struck = accident === 'none';
  const choices = (): Choice[] => [
    ...gate.pending.map((call): Choice => ({ label: `${call.actor} ${call.operation}`, take: () => gate.pass(call) })),
    ...(events.length > 0 && !isDelivered ? [{ label: 'event arrives', take: deliverEvent }] : []),
    ...(isRequested && !isWalking ? [{ label: 'walk begins', take: walk }] : []),
    // `judge` covers an entry that appears after all calls.
    ...(hidden.has(notificationId) && gate.pending.length > 0
      ? [{ label: 'entry appears', take: () => void hidden.clear() }]
      : []),
    ...accidents(),
  ];
  const timePasses = (): Promise<void> => {
    struck = true;
    return wakeAll();
  };
  const accidents = (): Choice[] => {
    const { pending } = gate;
    if (struck || pending.length === 0) return [];
    // A request that has left is done within the provider's in-flight bound, or not at all.
    if (accident === 'time passes')
      return pending.some(({ operation }) => operation === 'send') ? [] : [{ label: 'time passes', take: timePasses }];
    const call = pending.find(({ actor }) => actor === 'first');
    if (!call) return [];
    const die = (isMade: boolean) => (): void => {
      struck = true;
      gate.die(call, isMade);
    };
    return [
      { label: `first dies before ${call.operation}`, take: die(false) },
      { label: `first dies after ${call.operation}`, take: die(true) },
    ];
  };

  const judge = async (): Promise<string | undefined> => {
    // The remaining work is done without faults: time passes, the provider's events arrive, and senders get their messages.
    for (const repeat of toRepeat) await repeat();
    for (let round = 0; round < 3; round += 1) {
      await wakeAll();
      for (const id of [notificationId, ...others]) await world.send(id, { provider, over: as('last') });
    }
    await dayPasses();
    const end = { notificationId, others, accepted, attemptsAtEnd, isCancelled, erasureKey };
    return violationIn(world, company, end);
  };
  /** What the log showed at last, it shows within the day in which an erasure looks again. */
  const dayPasses = async (): Promise<void> => {
    if (company === 'a late entry') hidden.clear();
    for (let hours = 0; hours < 26; hours += 1) {
      clock.advance(DAY_MS / 24);
      await world.wake(['erasure'], as('wake', seen));
    }
    await wakeAll();
  };
  let isRequested = false;
  let isWalking = false;
  /** Notifications of the orders that are placed during the run. */
  const others: string[] = [];
  const walk = (): void => {
    isWalking = true;
    clock.advance(WALK_MS);
    const { erasure } = world.loops(as('erasure', gate.of('erasure', seen)));
    void erasure.wake(store, clock.now(), 10);
  };
  /** Requests that clients have to repeat: they do so at the end, with the same key. */
  const toRepeat: (() => Promise<void>)[] = [];
  const requested = async (actor: string, view: WorldStore): Promise<void> => {
    const ask = async (through: WorldStore): Promise<void> => {
      await requestErasure(actor, through);
      isRequested = true;
    };
    await ask(view).catch(() => void toRepeat.push(() => ask(store)));
  };
  const placed = async (actor: string): Promise<void> => {
    others.push((await place(actor, gate.of(actor, store))).notificationId);
  };
  // An actor that gives up also gets its message again: at the end, all senders run once more.
  const gaveUp = (): undefined => undefined;
  const COMPANY_STARTS: Record<SmallCase['company'], () => void | Promise<void>> = {
    'a second delivery': () => void send('second').catch(gaveUp),
    'a cancellation': () => void cancel().catch(gaveUp),
    'an erasure': () => void requested('request', gate.of('request', store)),
    'a late entry': () => void requested('request', gate.of('request', store)),
    'a second request': async () => {
      await requestErasure('client');
      walk();
      void placed('customer').then(() => requested('customer', gate.of('customer', store)));
    },
    'a command in progress': async () => {
      hidden.add(`order_${orderBy('customer')}_1-1`);
      void placed('customer');
      await requested('client', store);
    },
  };
  const start = async (): Promise<void> => {
    if (isSentAtStart(company)) void send('first').catch(gaveUp);
    await COMPANY_STARTS[company]();
  };
  const situation = async (): Promise<string> =>
    digestOf([
      clock.now(),
      [...store.states].sort(),
      [...store.outbox].sort(),
      await store.readWithContent(key),
      [accepted, events, provider.calls(), isDelivered, struck, feedbackRuns, attemptsAtEnd, isCancelled],
      [isRequested, isWalking, others, [...hidden]],
      [gate.situation(), [...random.drawn].sort()],
    ]);
  return { start, choices, judge, situation };
}

const orderBy = (actor: string): string => `order-by-${actor}`;

/** Whether a sender runs from the beginning, or only at the end. */
const isSentAtStart = (company: SmallCase['company']): boolean =>
  company !== 'a second request' && company !== 'a command in progress';
