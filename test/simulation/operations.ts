import { parseSesEvent } from '#shared/adapters/aws/providers/ses/event.ts';
import { plannersOf } from '#shared/adapters/aws/runtime/redrive-planners.ts';
import { eventReader, eventScrubber } from '#shared/adapters/aws/runtime/scrub-event.ts';
import { planRoutes } from '#shared/api/routes.ts';
import type { DeadLetterCommandPorts } from '#shared/dead-letter/commands.ts';
import { deadLetterCommands } from '#shared/dead-letter/routes.ts';
import type { HttpFunction } from '#shared/http/event.ts';
import { routeTable, serveRoutes } from '#shared/http/route.ts';
import { pausedSubscribers } from '#shared/lane/paused-subscribers.ts';
import { PAUSES } from '#shared/lane/pauses.ts';
import { READINGS } from '#shared/lane/readings.ts';
import type { Log } from '#shared/messaging/system.ts';
import { EMAIL_FEEDBACK_SUBSCRIBER, FUNCTION } from '#shared/names.ts';
import { collect } from '#shared/once/collect.ts';
import { DEAD_LETTER, DEAD_LETTER_GROUP, type DeadLetterRecord } from '#shared/once/dead-letter.ts';
import { inParallel } from '#shared/once/in-parallel.ts';
import { type Commit, StoreUnavailable } from '#shared/once/ports.ts';
import { batchesOf } from '#shared/once/publish.ts';
import { redriveAttribute } from '#shared/once/redriven-letter.ts';
import type { Redriver } from '#shared/once/redriver.ts';
import type { RedriveCommandPorts } from '#shared/redrive/commands.ts';
import { REDRIVE_CHUNK } from '#shared/redrive/members.ts';
import { outboxRedriver } from '#shared/redrive/outbox-redriver.ts';
import { REDRIVE, RESERVATION, type Redrive } from '#shared/redrive/redrive.ts';
import { redriveCommands } from '#shared/redrive/routes.ts';
import { verdictsOf } from '#shared/redrive/verdicts.ts';
import { type WatchPorts, watchRedrives } from '#shared/redrive/watch.ts';
import { bodyOf, httpEvent, TENANT_CLAIM } from '#test/support/http-event.ts';
import { memoryDecidingRows, memoryLetterReader, memoryRedriveSets } from '#test/support/memory/memory-redrives.ts';
import type { MemoryStore } from '#test/support/memory/memory-store.ts';
import type { FunctionPorts } from '#test/support/world/functions.ts';
import type { Environment } from './environment.ts';
import { CALL_FAULTS, type CallFault, type Faults, READ_FAULTS } from './faults.ts';
import type { LetterWatch } from './letters.ts';
import { createQueue, type Queue, type QueueOptions } from './queue.ts';
import { keyOf, SECRET } from './recipients.ts';
import type { Scheduler } from './scheduler.ts';
import { TIMES } from './settings.ts';
import { sqsEventOf } from './subscriber-event.ts';

/** What a person asks the API for. */
export type Asked = {
  actor: string;
  routeKey: string;
  key: string;
  body: object;
  pathParameters?: Record<string, string>;
};
export type Answered = { status: number; json: Record<string, unknown> };

/** Dead-letter queues with their collector, redrives with their worker, and the API of operators. */
export type Operations = {
  /** The dead-letter queue of a subscriber whose queue delivers a message so often. */
  deadLetterQueueOf(subscriber: string, receives: number): Queue;
  /** Redriven messages of the subscriber go to this queue. */
  subscribe(subscriber: string, queue: Queue): void;
  /** Sends a request once. There may be no answer. */
  ask(asked: Asked): Promise<Answered>;
  /** The invocation of `run-redrive` that its schedule makes. */
  run(): void;
  /** The table's stream invokes `run-redrive` when a redrive is started or resumed. The record may be lost. */
  committed(commit: Commit): void;
  /** What a redrive would do with the dead letter now. */
  isRedrivable(letter: DeadLetterRecord): Promise<boolean>;
  queues: readonly Queue[];
};

export type OperationsOptions = {
  scheduler: Scheduler;
  faults: Faults;
  store: MemoryStore;
  watch: LetterWatch;
  log: Log;
  queueParts: Pick<QueueOptions, 'lagMs' | 'random'>;
  environmentOf(functionName: string, timeoutMs: number): Environment;
  portsOf(environment: Environment, budgetMs: number, sdkAttempts?: number): FunctionPorts;
};

/** As in the functions' handlers. */
const PAGE_MS = 10_000;
const NUDGE_MS = 5000;
const CALLS_AT_ONCE = 8;

export function createOperations(options: OperationsOptions): Operations {
  const { scheduler, faults, store, watch, log, queueParts, environmentOf, portsOf } = options;
  const subscribers = new Map<string, Queue>();
  const deadLetterQueues: Queue[] = [];
  const planners = () => plannersOf([...subscribers.keys()].join(' '));
  const scrub = eventScrubber(eventReader(parseSesEvent), async () => keyOf);

  const deadLetterQueueOf = (subscriber: string, receives: number): Queue => {
    const queue = createQueue({
      ...queueParts,
      ...{ scheduler, faults, name: `${subscriber}-dead`, concurrency: 2, onRemoved: watch.removed },
      visibilityMs: 6 * TIMES.collectTimeoutMs,
      maxReceiveCount: Number.POSITIVE_INFINITY,
      environment: () => environmentOf(FUNCTION.collectDeadLetters, TIMES.collectTimeoutMs),
      handle: async (messages, environment) => {
        const { clock, store: deadLetters } = portsOf(environment, TIMES.wakeBudgetMs);
        const { batchItemFailures } = await collect(sqsEventOf(messages), {
          ...{ deadLetters, clock, log },
          queueOf: () => ({ subscriber, kind: 'dead', receives }),
          scrubOf: (name) => (name === EMAIL_FEEDBACK_SUBSCRIBER ? scrub : undefined),
        });
        return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
      },
    });
    deadLetterQueues.push(queue);
    return queue;
  };

  let batches = 0;
  /** `queueRedriver` over the simulated queue. */
  const redriverOf = (queue: Queue, environment: Environment): Redriver => ({
    async send(members) {
      const byId = new Map(members.map((member) => [member.deadLetterId, member]));
      const sendBatch = async (ids: readonly string[]): Promise<string[]> => {
        batches += 1;
        const name = `redrive ${batches}`;
        const chosen = ids.flatMap((id) => byId.get(id) ?? []);
        const accepted = chosen.filter((_, position) => !faults.strikes(`${name}.${position}`, 'partial-publish'));
        const put = async (): Promise<string[]> => {
          watch.sent(environment.name, accepted);
          for (const { deadLetterId, generation, letter } of accepted) {
            const origin = { deadLetterId, generation };
            const delayMs = faults.random(`${name} ${deadLetterId}`).between(1, 500);
            queue.put(letter.message ?? '', delayMs, { origin, redrive: redriveAttribute(origin) });
          }
          return accepted.map(({ deadLetterId }) => deadLetterId);
        };
        return call(environment, 'redrive', put, CALL_FAULTS).catch(() => []);
      };
      const publications = members.map(({ deadLetterId: key, letter }) => {
        return { key, body: letter.message ?? '', attributes: {}, groupId: '' };
      });
      const keys = batchesOf(publications).map((batch) => batch.map(({ key }) => key));
      return new Set((await inParallel(keys, CALLS_AT_ONCE, sendBatch)).flat());
    },
  });

  const run = (lookMs = 0): void => {
    const environment = environmentOf(FUNCTION.runRedrive, TIMES.redriveTimeoutMs);
    const ports = portsOf(environment, TIMES.wakeBudgetMs);
    const { clock, store: own } = ports;
    const planning = { plannerOf: planners(), rowsAt: through(environment, 'rowsAt', memoryDecidingRows(store)) };
    const redrivers = new Map([...subscribers].map(([name, queue]) => [name, redriverOf(queue, environment)]));
    redrivers.set(FUNCTION.wakeDue, outboxRedriver(own, clock));
    const until = clock.now() + environment.remainingMs() - PAGE_MS;
    const watching: WatchPorts = {
      ...ports,
      due: own,
      redrives: own.statesOf(REDRIVE),
      chunks: own.statesOf(REDRIVE_CHUNK),
      letters: own,
      verdictsOf: (letters) => verdictsOf(letters, planning),
      redriverOf: ({ subscriber, message }) =>
        message === undefined ? 'NO_MESSAGE' : (redrivers.get(subscriber) ?? 'SUBSCRIBER_UNKNOWN'),
      pausedSubscribers: pausedIn(own),
      longestWaitMs: TIMES.redriveWaitMs,
      subscriber: FUNCTION.runRedrive,
      worker: environment.name,
    };
    watchRedrives({ until, lookUntil: clock.now() + lookMs }, watching).catch((error) =>
      log.error('run-redrive failed', { error }),
    );
  };
  let starts = 0;
  const committed = ({ key, next }: Commit): void => {
    if (key.part?.type !== REDRIVE.name || !next) return;
    const { status } = next.state as Redrive;
    if (status !== 'running') return;
    starts += 1;
    const name = `start of a redrive ${starts}`;
    if (!faults.strikes(name, 'stream-loss'))
      scheduler.after(faults.random(name).between(100, 1000), () => run(NUDGE_MS));
  };
  const commands = (environment: Environment): HttpFunction => {
    const ports = portsOf(environment, TIMES.commandBudgetMs, 1);
    const { statesOf } = ports.store;
    const routes = routeTable<RedriveCommandPorts & DeadLetterCommandPorts>([redriveCommands(), deadLetterCommands()]);
    const states = {
      ...{ letters: statesOf(DEAD_LETTER), letterGroups: statesOf(DEAD_LETTER_GROUP) },
      ...{ redrives: statesOf(REDRIVE), reservations: statesOf(RESERVATION), pausedSubscribers: pausedIn(ports.store) },
    };
    return serveRoutes(routes, { ...ports, ...states, secret: async () => SECRET }, { tenantClaim: TENANT_CLAIM });
  };
  const plans = (environment: Environment): HttpFunction => {
    const reader = memoryLetterReader(store);
    const sets = memoryRedriveSets(store);
    const own = portsOf(environment, TIMES.commandBudgetMs, 1);
    const ports = {
      ...own,
      pausedSubscribers: pausedIn(own.store),
      secret: async () => SECRET,
      letterLists: { listGroups: through(environment, 'listGroups', store.listGroups) },
      letterReader: {
        lettersIn: through(environment, 'lettersIn', reader.lettersIn),
        lettersAt: through(environment, 'lettersAt', reader.lettersAt),
      },
      redriveSets: { ...sets, writeSet: through(environment, 'writeSet', sets.writeSet, CALL_FAULTS) },
      rowsAt: through(environment, 'rowsAt', memoryDecidingRows(store)),
      plannerOf: planners(),
      editing: undefined,
    };
    return serveRoutes(planRoutes(), ports, { tenantClaim: TENANT_CLAIM });
  };

  return {
    deadLetterQueueOf,
    subscribe: (subscriber, queue) => void subscribers.set(subscriber, queue),
    run: () => run(),
    committed,
    queues: deadLetterQueues,
    async ask({ actor, routeKey, key, body, pathParameters }) {
      const isPlan = routeKey === 'POST /redrives';
      const name = isPlan ? FUNCTION.planRedrive : FUNCTION.handleCommand;
      const environment = environmentOf(name, TIMES.commandTimeoutMs);
      const event = httpEvent({
        ...{ routeKey, tenant: 'operator', body: JSON.stringify(body) },
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        ...(pathParameters && { pathParameters }),
      });
      Object.assign(event.requestContext.authorizer?.jwt?.claims ?? {}, { username: actor });
      const answer = await (isPlan ? plans : commands)(environment)(event);
      return { status: answer.statusCode ?? 0, json: bodyOf(answer) };
    },
    async isRedrivable(letter) {
      const [verdict] = await verdictsOf([letter], { plannerOf: planners(), rowsAt: memoryDecidingRows(store) });
      return verdict?.verdict === 'handled' || verdict?.verdict === 'alreadyDone';
    },
  };
}

const pausedIn = ({ statesOf }: FunctionPorts['store']) =>
  pausedSubscribers({ pauses: statesOf(PAUSES), readings: statesOf(READINGS) });

/** A call that may be lost, late or throttled. */
const call = <Result>(
  environment: Environment,
  operation: string,
  execute: () => Promise<Result>,
  possible: readonly CallFault[],
): Promise<Result> =>
  environment.call(operation, execute, {
    failed: (): Result => {
      throw new StoreUnavailable('No answer in time.');
    },
    timeoutMs: TIMES.storeTimeoutMs,
    lateMs: 60_000,
    freezeMs: 5 * 60_000,
    possible,
  });

/** A method of a port, called from an environment. */
const through =
  <Arguments extends unknown[], Result>(
    environment: Environment,
    operation: string,
    method: (...values: Arguments) => Promise<Result>,
    possible: readonly CallFault[] = READ_FAULTS,
  ) =>
  (...values: Arguments): Promise<Result> =>
    call(environment, operation, () => method(...values), possible);
