import type { SQSEvent } from 'aws-lambda';
import { type MemoryStore, memoryStore } from '#shared/adapters/memory/memory-store.ts';
import { type CircuitMemory, circuitBreaker } from '#shared/delivery/circuit-breaker.ts';
import { consume } from '#shared/delivery/consume.ts';
import { feedKeeper } from '#shared/delivery/feed-keeper.ts';
import { emailFeedWatch } from '#shared/delivery/feed-watch.ts';
import { type Acceptance, recordAcceptance } from '#shared/delivery/feedback.ts';
import { pacer } from '#shared/delivery/pacer.ts';
import { PROVIDER_ATTEMPTS } from '#shared/delivery/provider.ts';
import { handleRequest } from '#shared/delivery/requests.ts';
import { notificationWaker } from '#shared/delivery/wake-notification.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { type Channel, FUNCTION, MESSAGE_ATTRIBUTE, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { publishOutbox } from '#shared/once/publish.ts';
import { outboxWaker, wakeUntil } from '#shared/once/wake.ts';
import type { Log, OutboxRecord, Randomness } from '#shared/ports.ts';
import { RENDERERS } from '#test/support/renderers.ts';
import { createEnvironment, createSleepers, type Environment } from './environment.ts';
import { amountOf, type Faults } from './faults.ts';
import { createQueue, type Message, type Queue } from './queue.ts';
import { type Random, randomOf } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import { type Accepted, type SimulatedProvider, simulatedProvider, simulatedTopic, type Topic } from './services.ts';
import { CIRCUIT, FEEDS, type FeedName, TIMES, WAKE_RATE_PER_SECOND } from './settings.ts';
import { type Store, simulatedTable } from './table.ts';

/** Windows of the run in which a part of the system is not there, by simulated time. */
export type Outage = { from: number; until: number };

/** What is decided for a whole run. */
export type Conditions = {
  /** The fast lane: disabled, broken or throttled. What the stream held longer than a day is gone. */
  relayOutage?: Outage;
  /** Between these, environments of two releases run side by side. */
  release?: Outage;
  /** The feed stands still, and then tells everything in its order. */
  feedStall?: Outage;
  /** The feed keeps what it was asked for: no event takes longer than the margin. */
  feedKeepsMargin: boolean;
  /** What is long and what is short about it. */
  feed: FeedName;
};

export type World = {
  scheduler: Scheduler;
  store: MemoryStore;
  topic: Topic;
  email: SimulatedProvider;
  sms: SimulatedProvider;
  queues: Queue[];
  feedback: Queue;
  /** A fresh environment of the command function, with its ports. */
  commandPorts(): { environment: Environment; store: Store; random: Randomness };
};

export type WorldOptions = {
  seed: number;
  scheduler: Scheduler;
  faults: Faults;
  conditions: Conditions;
  log: Log;
};

/** Everything of a stage but its API: the real relay, senders, feedback and `wake-due` over simulated services. */
export function createWorld({ seed, scheduler, faults, conditions, log }: WorldOptions): World {
  const random = randomOf(seed, 'world');
  const feedTimes = FEEDS[conditions.feed];
  const sleepers = createSleepers();
  const store = memoryStore();
  const viewOf = simulatedTable(store, faults);
  const invocations = new Map<string, number>();

  const environmentOf = (functionName: string, timeoutMs: number): Environment => {
    const ordinal = (invocations.get(functionName) ?? 0) + 1;
    invocations.set(functionName, ordinal);
    const name = `${functionName}#${ordinal}`;
    const skewMs = randomOf(seed, `skew/${name}`).between(-TIMES.skewMs, TIMES.skewMs);
    return createEnvironment({
      name,
      skewMs,
      timeoutMs,
      scheduler,
      random: randomOf(seed, name),
      faults,
      sleepers,
      longestFreezeMs: feedTimes.longestFreezeMs,
    });
  };
  const portsOf = (environment: Environment, sdkAttempts = 3) => ({
    store: viewOf(environment, { sdkAttempts, isNewer: isNewer(environment) }),
    clock: environment.clock,
    timer: environment.timer,
    random: randomnessOf(randomOf(seed, `nonce/${environment.name}`), environment.name),
    log,
  });
  const isNewer = ({ name }: Environment): boolean => {
    const { release } = conditions;
    if (!release || scheduler.now() < release.from) return false;
    return scheduler.now() >= release.until || randomOf(seed, `release/${name}`).chance(0.5);
  };
  const settingsOf = (budgetMs: number) => ({
    outboxGraceMs: TIMES.outboxGraceMs,
    firstClaimMs: TIMES.firstClaimMs,
    budgetMs,
  });

  const topic = simulatedTopic(({ body, attributes }) => {
    if (attributes[MESSAGE_ATTRIBUTE.type] !== NOTIFICATION_REQUESTED) return;
    const queue = attributes[MESSAGE_ATTRIBUTE.channel] === 'sms' ? smsQueue : emailQueue;
    queue.put(body, random.between(1, 500));
  }, faults);

  const tell = (accepted: Accepted): void => {
    const name = accepted.providerMessageId;
    const draws = faults.random(`event ${name}`);
    const latest = conditions.feedKeepsMargin ? feedTimes.marginMs - TIMES.skewMs * 4 : feedTimes.holdAfterMs * 2;
    const delayMs = eventDelayMs(accepted, latest, draws);
    const dead = faults.strikes(name, 'feedback-dead');
    const unreadable = faults.strikes(name, 'feedback-unreadable');
    accepted.event = { delayMs, arrives: !dead && !unreadable };
    const body = unreadable ? UNREADABLE : bodyOf(accepted);
    if (dead) scheduler.after(delayMs, () => feedback.bury(body));
    else feedback.put(body, delayMs);
    // The second copy comes after the first: what holds up one holds up the other.
    if (accepted.event.arrives && faults.strikes(name, 'feedback-doubled')) {
      feedback.put(body, delayMs + draws.between(10, latest));
    }
  };
  const eventDelayMs = ({ at, providerMessageId: name }: Accepted, latest: number, draws: Random): number => {
    const stalledMs = stalledUntil(conditions.feedStall, at) - at;
    if (stalledMs > 0) return stalledMs;
    if (faults.strikes(name, 'feedback-first')) return 0;
    return faults.strikes(name, 'feedback-late') ? amountOf(draws, 2000, latest) : draws.between(10, 2000);
  };
  const { inFlightMs } = feedTimes;
  const providers = { scheduler, random, faults, sdkAttempts: PROVIDER_ATTEMPTS, inFlightMs };
  const email = simulatedProvider({ ...providers, name: 'email', tell });
  const sms = simulatedProvider({ ...providers, name: 'sms' });

  const senderQueue = (functionName: string, channel: Channel, provider: SimulatedProvider): Queue => {
    // What outlives an invocation in its environment. Here all of a sender share it.
    const memory: CircuitMemory = { verdicts: [] };
    return createQueue({
      name: channel,
      visibilityMs: 6 * TIMES.senderTimeoutMs,
      maxReceiveCount: 5,
      concurrency: 2,
      lagMs: TIMES.countLagMs,
      scheduler,
      random,
      faults,
      environment: () => environmentOf(functionName, TIMES.senderTimeoutMs),
      handle: (messages, environment) => {
        const ports = portsOf(environment);
        const senderPorts = {
          ...ports,
          notifications: ports.store,
          provider: provider.seenFrom(environment),
          pace: pacer(10, ports),
          circuit: circuitBreaker({ ...ports, states: ports.store, channel, settings: CIRCUIT, memory }),
          settings: settingsOf(TIMES.senderBudgetMs),
          sender: {
            channel,
            render: RENDERERS[channel],
            subscriber: functionName,
            leaseMs: TIMES.leaseMs,
            providerTimeoutMs: TIMES.providerTimeoutMs,
            unknownDeadlineMs: TIMES.unknownDeadlineMs,
          },
        };
        const remainingMs = (): number => environment.remainingMs();
        return consumed(messages, (body) => handleRequest(body, remainingMs, senderPorts), {
          ...ports,
          deadLetters: ports.store,
          subscriber: functionName,
          keepsMessage: true,
        });
      },
    });
  };
  const emailQueue = senderQueue(FUNCTION.sendEmail, 'email', email);
  const smsQueue = senderQueue(FUNCTION.sendSms, 'sms', sms);

  const feedback = createQueue({
    name: 'feedback',
    visibilityMs: 6 * TIMES.feedbackTimeoutMs,
    maxReceiveCount: FEEDBACK_RECEIVES,
    concurrency: 3,
    lagMs: TIMES.countLagMs,
    scheduler,
    random,
    faults,
    environment: () => environmentOf(FUNCTION.recordFeedback, TIMES.feedbackTimeoutMs),
    handle: (messages, environment) => {
      const ports = portsOf(environment);
      const feedbackPorts = {
        ...ports,
        notifications: ports.store,
        feed: feedKeeper(ports.store, 'email'),
        feedStepMs: feedTimes.marginMs / 10,
        subscriber: FUNCTION.recordFeedback,
        settings: settingsOf(TIMES.senderBudgetMs),
      };
      const apply = async (body: string): Promise<void> => {
        if (body === UNREADABLE) throw new PoisonMessage('NO_JSON', 'The message is no JSON.');
        const report = await recordAcceptance(JSON.parse(body) as Acceptance, feedbackPorts);
        if (report === 'no-such-attempt' || report === 'no-such-notification') throw new PoisonMessage(report, report);
      };
      return consumed(messages, apply, {
        ...ports,
        deadLetters: ports.store,
        subscriber: FUNCTION.recordFeedback,
        keepsMessage: false,
        mostReceives: FEEDBACK_RECEIVES,
      });
    },
  });

  const relay = (record: OutboxRecord, name: string, tries: number): void => {
    if (isIn(conditions.relayOutage, scheduler.now())) return;
    const environment = environmentOf(FUNCTION.relayOutbox, TIMES.relayTimeoutMs);
    // The mapping tries what ended badly again, a few times.
    environment.onDeath(() => tries < 2 && scheduler.after(1000, () => relay(record, name, tries + 1)));
    const ports = portsOf(environment);
    const work = async (): Promise<void> => {
      await publishOutbox([record], { ...ports, outbox: ports.store, publisher: topic.seenFrom(environment) });
    };
    work().catch((error) => log.error('relay failed', { error }));
  };
  let records = 0;
  store.onOutbox((record) => {
    records += 1;
    if (record.messages.length === 0) return;
    const name = `stream ${records}`;
    const draws = faults.random(name);
    if (faults.strikes(name, 'stream-loss')) return;
    scheduler.after(draws.between(10, 500), () => relay(record, name, 0));
    if (faults.strikes(name, 'stream-repeat')) scheduler.after(draws.between(10, 60_000), () => relay(record, name, 0));
  });

  const wake = (): void => {
    const environment = environmentOf(FUNCTION.wakeDue, TIMES.wakeTimeoutMs);
    const ports = portsOf(environment);
    const publisher = topic.seenFrom(environment);
    const common = { ...ports, publisher, due: ports.store, notifications: ports.store };
    const wakeNotifications = notificationWaker({
      ...common,
      unknownDeadlineMs: TIMES.unknownDeadlineMs,
      settling: {
        onUnknown: (channel) => (channel === 'email' ? 'resend' : 'hold'),
        inFlightMs,
        marginMs: feedTimes.marginMs,
        countLagMs: TIMES.countLagMs,
        holdAfterMs: feedTimes.holdAfterMs,
        recheckMs: TIMES.recheckMs,
      },
      feeds: {
        email: emailFeedWatch({
          states: ports.store,
          deadLetters: ports.store,
          queueDepth: async () => feedback.depth(),
          provider: email.seenFrom(environment),
          random: ports.random,
          log,
        }),
      },
      settings: settingsOf(2000),
    });
    const wakers = {
      outbox: outboxWaker({ ...common, outbox: ports.store, deadLetters: ports.store }),
      notification: wakeNotifications,
      unknown: wakeNotifications,
      attachment: async () => undefined,
      erasure: async () => undefined,
      statistics: async () => undefined,
    };
    const pace = { intervalMs: TIMES.wakeIntervalMs, ratePerSecond: WAKE_RATE_PER_SECOND };
    const until = environment.clock.now() + TIMES.wakeRoundMs;
    wakeUntil(until, wakers, pace, common).catch((error) => log.error('wake-due failed', { error }));
  };
  let ticks = 0;
  const tick = (): void => {
    ticks += 1;
    scheduler.after(60_000, tick);
    if (faults.strikes(`tick ${ticks}`, 'missed-tick')) return;
    wake();
    if (faults.strikes(`tick ${ticks}`, 'double-tick')) scheduler.after(random.between(0, 3000), wake);
  };
  scheduler.after(1000, tick);

  return {
    scheduler,
    store,
    topic,
    email,
    sms,
    feedback,
    queues: [emailQueue, smsQueue, feedback],
    commandPorts: () => {
      const environment = environmentOf(FUNCTION.handleCommand, TIMES.commandTimeoutMs);
      const { store: view, random: nonces } = portsOf(environment, 1);
      return { environment, store: view, random: nonces };
    },
  };
}

const isIn = (outage: Outage | undefined, now: number): boolean =>
  outage !== undefined && now >= outage.from && now < outage.until;

const UNREADABLE = 'unreadable';

/** As often as the stage's queue hands out a piece of feedback. */
const FEEDBACK_RECEIVES = 30;

const bodyOf = ({ providerMessageId, at, tenant, notificationId, attemptNonce }: Accepted): string =>
  JSON.stringify({
    providerMessageId,
    acceptedAt: new Date(at).toISOString(),
    tenant,
    notificationId,
    attemptNonce,
  } satisfies Acceptance);

/** When a stalled feed tells of what was accepted at `at`; `at` itself if it does not stall then. */
function stalledUntil(stall: Outage | undefined, at: number): number {
  return stall && isIn(stall, at) ? stall.until + Math.floor((at - stall.from) / 100) : at;
}

/** Runs a batch through the real consumer and names what comes again. */
async function consumed(
  messages: Message[],
  handle: (body: string) => Promise<void>,
  ports: Parameters<typeof consume>[2],
): Promise<string[]> {
  const recordOf = ({ id, body, receives }: Message) => ({
    messageId: id,
    body,
    attributes: { ApproximateReceiveCount: String(receives) },
  });
  const event = { Records: messages.map(recordOf) } as SQSEvent;
  const { batchItemFailures } = await consume(event, handle, ports);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

function randomnessOf(random: Random, name: string): Randomness {
  let count = 0;
  return {
    nonce: () => {
      count += 1;
      return `${name.replace('#', '-')}-${count}`;
    },
    fraction: random.fraction,
  };
}
