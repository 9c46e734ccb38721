import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../base/failure.ts';
import { isRecord } from '../base/json.ts';

/** A source of invocations that a person or a test can pause: an event source mapping or a schedule. */
export type Mapping = {
  functionName: string;
  /** Settles when nothing more is taken from the source. Current deliveries continue. */
  pause(): Promise<void>;
  resume(): void;
  /** Settles when nothing is taken or delivered any more. A stopped mapping cannot be resumed. */
  stop(): Promise<void>;
};

/**
 * One round of a poller: waits for a batch from the source, calls `taken` when it has one, and delivers it. The signal
 * ends the waiting.
 */
type Poll = (signal: AbortSignal, taken: () => void) => Promise<void>;

/** Pause between two attempts of a poller whose source does not answer, in milliseconds. */
const RETRY_MS = { least: 100, most: 5000 };

type PollersOptions = {
  functionName: string;
  poll: Poll;
  /** Maximum number of batches in delivery at once. */
  maximum: number;
  /** Whether it takes nothing until it is resumed. Default: false. */
  startsPaused?: boolean;
  log: (line: string) => void;
};

/**
 * Runs pollers until they are stopped: one that waits, and one for each batch in delivery, up to the maximum. A source
 * that fails is polled again with growing pauses: a mapping never gives up.
 */
export function startPollers({ functionName, poll, maximum, startsPaused, log }: PollersOptions): Mapping {
  let controller = new AbortController();
  const pollers = new Set<Promise<void>>();
  /** Polls without a batch so far. Each settles when it has a batch or ends without one. */
  const waiting = new Set<Promise<void>>();

  const launch = (): void => {
    const poller = loop(controller.signal);
    pollers.add(poller);
    void poller.then(() => pollers.delete(poller));
  };
  const loop = async (signal: AbortSignal): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      const outcome = await attempt(signal);
      if (outcome === 'nothing' && waiting.size > 0) return;
      failures = outcome === 'failed' ? failures + 1 : 0;
      if (failures > 0) await wait(Math.min(RETRY_MS.most, RETRY_MS.least * 2 ** (failures - 1)), signal);
    }
  };
  /** One line for a failing source, not one for each attempt. */
  let reported = false;
  const attempt = async (signal: AbortSignal): Promise<'delivered' | 'nothing' | 'failed'> => {
    try {
      const outcome = (await round(signal)) ? 'delivered' : 'nothing';
      reported = false;
      return outcome;
    } catch (error) {
      if (signal.aborted) return 'failed';
      if (!reported) log(`${functionName}: its mapping cannot poll: ${messageOf(error)}`);
      reported = true;
      return 'failed';
    }
  };
  /** One poll. As soon as it has a batch, another poller must wait for the next batch. */
  const round = async (signal: AbortSignal): Promise<boolean> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let hasWork = false;
    const end = (): void => {
      waiting.delete(promise);
      resolve();
    };
    const taken = (): void => {
      hasWork = true;
      end();
      if (waiting.size === 0 && pollers.size < maximum && !signal.aborted) launch();
    };
    waiting.add(promise);
    try {
      await poll(signal, taken);
    } finally {
      end();
    }
    return hasWork;
  };
  const pause = async (): Promise<void> => {
    controller.abort();
    await Promise.all(waiting);
  };

  if (startsPaused) controller.abort();
  else launch();
  return {
    functionName,
    pause,
    resume() {
      if (!controller.signal.aborted) return;
      controller = new AbortController();
      launch();
    },
    async stop() {
      controller.abort();
      await Promise.all(pollers);
    },
  };
}

/** Waits until the time is over or the signal aborts. */
export const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  // The only error of a sleep is that it was aborted, and that is an end of the wait.
  sleep(ms, undefined, { signal }).catch(() => undefined);

/**
 * The ids of the items that a function reports as failed.
 * @returns every id of the batch when the answer is not a valid list of ids, as at AWS.
 */
export function failuresIn(result: unknown, batch: string[]): string[] {
  const failures = isRecord(result) ? result.batchItemFailures : undefined;
  if (failures === undefined || failures === null) return [];
  if (!Array.isArray(failures)) return batch;
  const ids = failures.map((failure) => (isRecord(failure) ? failure.itemIdentifier : undefined));
  return ids.every((id): id is string => typeof id === 'string' && batch.includes(id)) ? ids : batch;
}
