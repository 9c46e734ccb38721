import { parseSesEvent } from '#shared/adapters/aws/providers/ses/event.ts';
import { isDependencyAway } from '#shared/adapters/aws/runtime/own-queue.ts';
import { eventReader, eventScrubber } from '#shared/adapters/aws/runtime/scrub-event.ts';
import { CIRCUIT as CIRCUIT_SHAPE } from '#shared/delivery/circuit.ts';
import { type CircuitMemory, circuitBreaker } from '#shared/delivery/circuit-breaker.ts';
import { handleRequest } from '#shared/delivery/handle-request.ts';
import { pacer } from '#shared/delivery/pacer.ts';
import { PROVIDER_ATTEMPTS } from '#shared/delivery/provider.ts';
import { absent } from '#shared/messaging/absence.ts';
import type { Log, Randomness } from '#shared/messaging/system.ts';
import {
  type Channel,
  EMAIL_FEEDBACK_SUBSCRIBER,
  FUNCTION,
  MESSAGE_ATTRIBUTE,
  NOTIFICATION_REQUESTED,
} from '#shared/names.ts';
import { type ConsumePorts, consume } from '#shared/once/consume.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import type { OutboxRecord } from '#shared/once/ports.ts';
import type { ReturnedMessage } from '#shared/once/return-to-queue.ts';
import { wakeUntil } from '#shared/once/wake.ts';
import { PROBE_ID } from '#shared/settlement/feed.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import { type MemoryStore, memoryStore } from '#test/support/memory/memory-store.ts';
import {
  applyFeedback,
  type FunctionPorts,
  feedbackPorts,
  loopsOf,
  relay,
  senderPorts,
} from '#test/support/world/functions.ts';
import { type Conditions, isWithin, type Window } from './conditions.ts';
import { createEnvironment, createSleepers, type Environment } from './environment.ts';
import { amountOf, CALL_FAULTS, type Faults } from './faults.ts';
import { faultyCode } from './faulty-code.ts';
import { createLetterWatch, type LetterWatch } from './letters.ts';
import { createOperations, type Operations } from './operations.ts';
import { outcomeEventsOf, sesEvent } from './outcome-events.ts';
import { PROCESSED, processHandler, processLoops, storeSettings } from './processes.ts';
import { createQueue, type Message, type Queue, type QueueOptions } from './queue.ts';
import { keyOf } from './recipients.ts';
import type { Scheduler } from './scheduler.ts';
import { type Accepted, type SimulatedProvider, simulatedProvider, simulatedTopic, type Topic } from './services.ts';
import { CIRCUIT, FEEDS, TENANTS, TIMES, WAKE_RATE_PER_SECOND } from './settings.ts';
import { sqsEventOf } from './subscriber-event.ts';
import { simulatedTable } from './table.ts';
import { createWitness, type Witness } from './witness.ts';

export type World = {
  scheduler: Scheduler;
  store: MemoryStore;
  topic: Topic;
  email: SimulatedProvider;
  sms: SimulatedProvider;
  queues: Queue[];
  feedback: Queue;
  witness: Witness;
  letters: LetterWatch;
  /** Present if there are operators. */
  operations?: Operations;
  /** Whether notifications keep the keys of their recipients; those from before there were any do not. */
  keepsRecipientKeys: boolean;
  /** Whether orders are confirmed, approved and cancelled, with the processes that follow. */
  hasProcesses: boolean;
  /** The ports of a fresh environment of the command function. */
  commandPorts(): ExecutorPorts;
};

export type WorldOptions = {
  seed: number;
  scheduler: Scheduler;
  faults: Faults;
  conditions: Conditions;
  log: Log;
  /** How much a sender handles: batches at once, and calls to its provider. Absent: little. */
  senders?: { concurrency: number; ratePerSecond: number };
  /** Whether the faulty release fails at every message. */
  failsAtAll?: boolean;
  /** The longest that a request or an answer takes. Absent: long. */
  longestWayMs?: number;
};

/** Everything of a stage but its API: the real relay, senders, feedback and `wake-due` over simulated services. */
export function createWorld({
  seed,
  scheduler,
  faults,
  conditions,
  log,
  senders = { concurrency: 2, ratePerSecond: 10 },
  failsAtAll = false,
  longestWayMs,
}: WorldOptions): World {
  const random = randomOf(seed, 'world');
  const feedTimes = FEEDS[conditions.feed];
  const sleepers = createSleepers();
  const store = memoryStore();
  const witness = createWitness(conditions.logLagMs, scheduler, faults);
  const letters = createLetterWatch(store, scheduler);
  const committed: LetterWatch['committed'] = (commit) => {
    letters.committed(commit);
    operations?.committed(commit);
  };
  const viewOf = simulatedTable({
    ...{ store, scheduler, faults, conditions, witness },
    letters: { ...letters, committed },
  });
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
      ...(longestWayMs !== undefined && { longestWayMs }),
    });
  };
  const portsOf = (environment: Environment, budgetMs: number, sdkAttempts = 3): FunctionPorts => ({
    store: viewOf(environment, { sdkAttempts, isNewer: isNewer(environment) }),
    clock: environment.clock,
    timer: environment.timer,
    random: randomnessOf(randomOf(seed, `nonce/${environment.name}`), environment.name),
    log,
    settings: { outboxGraceMs: TIMES.outboxGraceMs, budgetMs },
  });
  const isNewer = ({ name }: Environment): boolean => {
    const { release } = conditions;
    if (!release || scheduler.now() < release.from) return false;
    return scheduler.now() >= release.until || randomOf(seed, `release/${name}`).chance(0.5);
  };

  const ofOperations = randomOf(seed, 'operations of the world');
  const operations = conditions.operators
    ? createOperations({
        ...{ scheduler, faults, store, watch: letters, log, environmentOf, portsOf },
        queueParts: { lagMs: TIMES.countLagMs, random: ofOperations },
      })
    : undefined;
  const faulty = faultyCode(seed, conditions.operators, scheduler, failsAtAll);
  /** With operators: where what was given up goes, and code that fails at some messages. */
  const queueParts = (subscriber: string, receives: number): Partial<QueueOptions> =>
    operations
      ? { deadLetterQueue: operations.deadLetterQueueOf(subscriber, receives), onRemoved: letters.removed }
      : {};
  const subscribed = (
    messages: Message[],
    handle: (body: string) => Promise<void>,
    environment: Environment,
    ports: Parameters<typeof consume>[2],
  ): Promise<string[]> => {
    const { subscriber } = ports;
    const handleAndNote = async (body: string): Promise<void> => {
      await faulty(subscriber, body, environment);
      await handle(body);
      await letters.handled(
        subscriber,
        messages.filter((one) => one.body === body),
      );
    };
    return consumed(messages, operations ? handleAndNote : handle, ports);
  };

  const topic = simulatedTopic(({ body, attributes }) => {
    const type = attributes[MESSAGE_ATTRIBUTE.type] ?? '';
    if (conditions.processes && PROCESSED.includes(type)) processQueue.put(body, ofProcesses.between(1, 500));
    if (type !== NOTIFICATION_REQUESTED) return;
    const queue = attributes[MESSAGE_ATTRIBUTE.channel] === 'sms' ? smsQueue : emailQueue;
    queue.put(body, random.between(1, 500));
  }, faults);

  const reportAcceptance = (accepted: Accepted): void => {
    const name = accepted.providerMessageId;
    const draws = faults.random(`event ${name}`);
    const latest = conditions.feedKeepsMargin ? feedTimes.marginMs - TIMES.skewMs * 4 : feedTimes.holdAfterMs * 2;
    const delayMs = eventDelayMs(accepted, latest, draws);
    const dead = faults.strikes(name, 'feedback-dead');
    const unreadable = faults.strikes(name, 'feedback-unreadable');
    accepted.event = { delayMs, arrives: !dead && !unreadable };
    const body = unreadable ? UNREADABLE : sesEvent(accepted);
    if (dead) scheduler.after(delayMs, () => feedback.bury(body));
    else feedback.put(body, delayMs);
    // The second copy comes after the first: a delay of one also delays the other.
    if (accepted.event.arrives && faults.strikes(name, 'feedback-doubled')) {
      feedback.put(body, delayMs + draws.between(10, latest));
    }
    if (conditions.reportsOutcomes && accepted.notificationId !== PROBE_ID) reportOutcomes(accepted);
  };
  const reportOutcomes = (accepted: Accepted): void => {
    const events = outcomeEventsOf(accepted, faults);
    accepted.outcomeEvents = events.map(([one]) => one);
    for (const [index, [one, delayMs]] of events.entries()) {
      const body = sesEvent(accepted, one);
      feedback.put(body, delayMs);
      const name = `${accepted.providerMessageId} ${index}`;
      if (faults.strikes(name, 'told-twice')) feedback.put(body, delayMs + faults.random(name).between(1, 600_000));
    }
  };
  const eventDelayMs = ({ at, providerMessageId: name }: Accepted, latest: number, draws: Random): number => {
    const stalledMs = stalledUntil(conditions.feedStall, at) - at;
    if (stalledMs > 0) return stalledMs;
    if (faults.strikes(name, 'feedback-first')) return 0;
    return faults.strikes(name, 'feedback-late') ? amountOf(draws, 2000, latest) : draws.between(10, 2000);
  };
  const { inFlightMs } = feedTimes;
  const providers = { scheduler, faults, conditions, sdkAttempts: PROVIDER_ATTEMPTS, inFlightMs };
  const email = simulatedProvider({ ...providers, name: 'email', onAccepted: reportAcceptance });
  const sms = simulatedProvider({ ...providers, name: 'sms' });

  const returnsTo = (queue: Queue, batch: Message[], environment: Environment): ConsumePorts['returns'] => ({
    clock: environment.clock,
    sendBack: (message) =>
      environment.call('sendBack', async () => queue.takeBack(message, originalOf(message, batch)), {
        failed: () => {
          throw Object.assign(new Error('No answer in time.'), { name: 'TimeoutError' });
        },
        timeoutMs: TIMES.storeTimeoutMs,
        lateMs: 60_000,
        freezeMs: 5 * 60_000,
        possible: CALL_FAULTS,
      }),
    isAway: isDependencyAway,
    longestMs: TIMES.retentionMs,
    counters: { count: async () => undefined },
  });
  const senderQueue = (functionName: string, channel: Channel, provider: SimulatedProvider): Queue => {
    // What outlives an invocation in its environment. Here all of a sender share it.
    const memory: CircuitMemory = { verdicts: [] };
    const queue: Queue = createQueue({
      name: channel,
      visibilityMs: 6 * TIMES.senderTimeoutMs,
      maxReceiveCount: SENDER_RECEIVES,
      concurrency: senders.concurrency,
      ...queueParts(functionName, SENDER_RECEIVES),
      lagMs: TIMES.countLagMs,
      scheduler,
      random,
      faults,
      environment: () => environmentOf(functionName, TIMES.senderTimeoutMs),
      handle: (messages, environment) => {
        const ports = portsOf(environment, TIMES.senderBudgetMs);
        const sender = senderPorts(ports, {
          channel,
          times: TIMES,
          provider: provider.seenFrom(environment),
          pace: pacer(senders.ratePerSecond, ports),
          circuit: circuitBreaker({
            ...ports,
            states: ports.store.statesOf(CIRCUIT_SHAPE),
            channel,
            settings: CIRCUIT,
            memory,
          }),
        });
        const remainingMs = (): number => environment.remainingMs();
        return subscribed(messages, (body) => handleRequest(body, remainingMs, sender), environment, {
          ...ports,
          ...(operations && { mostReceives: SENDER_RECEIVES }),
          deadLetters: ports.store,
          subscriber: functionName,
          keepsMessage: true,
          returns: returnsTo(queue, messages, environment),
        });
      },
    });
    operations?.subscribe(functionName, queue);
    return queue;
  };
  const emailQueue = senderQueue(FUNCTION.sendEmail, 'email', email);
  const smsQueue = senderQueue(FUNCTION.sendSms, 'sms', sms);

  const ofProcesses = randomOf(seed, 'processes of the world');
  if (conditions.processes) void storeSettings(store, TENANTS);
  const processReceives = operations ? SENDER_RECEIVES : PROCESS_RECEIVES;
  const processQueue: Queue = createQueue({
    name: 'processes',
    visibilityMs: 6 * TIMES.senderTimeoutMs,
    maxReceiveCount: processReceives,
    concurrency: 3,
    ...queueParts(FUNCTION.runProcess, processReceives),
    lagMs: TIMES.countLagMs,
    scheduler,
    random: ofProcesses,
    faults,
    environment: () => environmentOf(FUNCTION.runProcess, TIMES.senderTimeoutMs),
    handle: (messages, environment) => {
      const ports = portsOf(environment, TIMES.senderBudgetMs);
      const handle = processHandler(ports, conditions.reportsOutcomes ? ['email'] : []);
      return subscribed(messages, handle, environment, {
        ...ports,
        ...(operations && { mostReceives: processReceives }),
        deadLetters: ports.store,
        subscriber: FUNCTION.runProcess,
        keepsMessage: true,
        returns: returnsTo(processQueue, messages, environment),
      });
    },
  });

  operations?.subscribe(FUNCTION.runProcess, processQueue);

  const feedbackParts = queueParts(EMAIL_FEEDBACK_SUBSCRIBER, FEEDBACK_RECEIVES);
  const readEvent = eventReader(parseSesEvent);
  const feedback: Queue = createQueue({
    name: 'feedback',
    visibilityMs: 6 * TIMES.feedbackTimeoutMs,
    maxReceiveCount: FEEDBACK_RECEIVES,
    concurrency: 3,
    ...feedbackParts,
    lagMs: TIMES.countLagMs,
    scheduler,
    random,
    faults,
    environment: () => environmentOf(FUNCTION.recordEmailFeedback, TIMES.feedbackTimeoutMs),
    handle: (messages, environment) => {
      const ports = portsOf(environment, TIMES.senderBudgetMs);
      const applying = feedbackPorts(ports, { recipientKey: keyOf, feedStepMs: feedTimes.marginMs / 10 });
      const apply = async (body: string): Promise<void> => {
        const event = readEvent(body);
        if (event.kind !== 'feedback') return;
        const report = await applyFeedback(event.feedback, applying);
        if (report === 'no-such-attempt' || report === 'no-such-notification')
          throw absent(
            { reason: report, detail: report },
            event.feedback.acceptance.acceptedAt,
            environment.clock.now(),
          );
      };
      return subscribed(messages, apply, environment, {
        ...ports,
        deadLetters: ports.store,
        subscriber: EMAIL_FEEDBACK_SUBSCRIBER,
        keepsMessage: false,
        ...(operations && { scrub: eventScrubber(readEvent, async () => keyOf) }),
        mostReceives: FEEDBACK_RECEIVES,
        returns: returnsTo(feedback, messages, environment),
      });
    },
  });

  operations?.subscribe(EMAIL_FEEDBACK_SUBSCRIBER, feedback);
  const feedDepth = (): number => feedback.depth() + (feedbackParts.deadLetterQueue?.depth() ?? 0);

  const relayRecord = (record: OutboxRecord, name: string, tries: number): void => {
    if (isWithin(conditions.relayOutage, scheduler.now())) return;
    const environment = environmentOf(FUNCTION.relayOutbox, TIMES.relayTimeoutMs);
    // The mapping tries what ended badly again, a few times.
    environment.onDeath(() => tries < 2 && scheduler.after(1000, () => relayRecord(record, name, tries + 1)));
    const ports = portsOf(environment, TIMES.wakeBudgetMs);
    relay([record], topic.seenFrom(environment), ports).catch((error) => log.error('relay failed', { error }));
  };
  let records = 0;
  store.onOutbox((record) => {
    records += 1;
    if (record.messages.length === 0) return;
    const name = `stream ${records}`;
    const draws = faults.random(name);
    if (faults.strikes(name, 'stream-loss')) return;
    scheduler.after(draws.between(10, 500), () => relayRecord(record, name, 0));
    if (faults.strikes(name, 'stream-repeat'))
      scheduler.after(draws.between(10, 60_000), () => relayRecord(record, name, 0));
  });

  const settling = {
    onUnknown: (channel: Channel) => (channel === 'email' ? ('resend' as const) : ('hold' as const)),
    inFlightMs,
    marginMs: feedTimes.marginMs,
    countLagMs: TIMES.countLagMs,
    holdAfterMs: feedTimes.holdAfterMs,
    recheckMs: TIMES.recheckMs,
  };
  const wake = (): void => {
    const environment = environmentOf(FUNCTION.wakeDue, TIMES.wakeTimeoutMs);
    const ports = portsOf(environment, TIMES.wakeBudgetMs);
    const loops = loopsOf(ports, {
      publisher: topic.seenFrom(environment),
      times: { ...TIMES, settling },
      feed: { queueDepth: async () => feedDepth(), provider: email.seenFrom(environment) },
    });
    const pace = { intervalMs: TIMES.wakeIntervalMs, ratePerSecond: WAKE_RATE_PER_SECOND };
    const until = environment.clock.now() + TIMES.wakeRoundMs;
    const all = [...Object.values(loops), ...(conditions.processes ? processLoops(ports) : [])];
    wakeUntil(until, all, pace, { ...ports, due: ports.store }).catch((error) =>
      log.error('wake-due failed', { error }),
    );
  };
  let ticks = 0;
  const tick = (): void => {
    ticks += 1;
    scheduler.after(60_000, tick);
    if (faults.strikes(`tick ${ticks}`, 'missed-tick')) return;
    wake();
    operations?.run();
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
    witness,
    letters,
    ...(operations && { operations }),
    keepsRecipientKeys: conditions.reportsOutcomes === true || conditions.people === true,
    hasProcesses: conditions.processes === true,
    queues: [emailQueue, smsQueue, feedback, processQueue, ...(operations?.queues ?? [])],
    commandPorts: () => {
      const environment = environmentOf(FUNCTION.handleCommand, TIMES.commandTimeoutMs);
      const { log: _log, ...ports } = portsOf(environment, TIMES.commandBudgetMs, 1);
      return ports;
    },
  };
}

const UNREADABLE = 'unreadable';

/** As often as a stage's queue hands out a message. */
const SENDER_RECEIVES = 5;

/** A message on which the function died too often waits for a person. Here, none does. */
const PROCESS_RECEIVES = 1000;

/** As often as the stage's queue hands out a piece of feedback. */
const FEEDBACK_RECEIVES = 30;

const originalOf = ({ body }: ReturnedMessage, batch: readonly Message[]): Message | undefined =>
  batch.find((one) => one.body === body && !one.isReturned);

/** When a stalled feed delivers the event of an acceptance at `at`; `at` itself if the feed does not stall then. */
function stalledUntil(stall: Window | undefined, at: number): number {
  return stall && isWithin(stall, at) ? stall.until + Math.floor((at - stall.from) / 100) : at;
}

/** Runs a batch through the real consumer and returns the messages that are delivered again. */
async function consumed(
  messages: Message[],
  handle: (body: string) => Promise<void>,
  ports: Parameters<typeof consume>[2],
): Promise<string[]> {
  const { batchItemFailures } = await consume(sqsEventOf(messages), handle, ports);
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
