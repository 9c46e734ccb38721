import { messageOf } from '../failure.ts';

/** A source of invocations that a person or a test can hold back: an event source mapping or a schedule. */
export type Mapping = {
  functionName: string;
  /** Settles when nothing more is taken from the source; what was taken goes on. */
  pause(): Promise<void>;
  resume(): void;
  /** Settles when nothing is taken or delivered any more; not to be resumed. */
  stop(): Promise<void>;
};

export type Invoke = (functionName: string, event: unknown) => Promise<unknown>;

/**
 * What a poller does: waits for a portion from the source, says that it has one, delivers it. The signal
 * ends the waiting.
 */
type Poll = (signal: AbortSignal, taken: () => void) => Promise<void>;

/** Pause between two attempts of a poller whose source does not answer, in milliseconds. */
const RETRY_MS = { least: 100, most: 5000 };

type PollersOptions = {
  functionName: string;
  poll: Poll;
  /** Most portions at work at once. */
  maximum: number;
  log: (line: string) => void;
};

/**
 * Runs pollers until they are stopped: one that waits, and as many as have something to deliver, as long
 * as they may. A source that fails is tried again, ever more slowly: a mapping never gives up.
 */
export function startPollers({ functionName, poll, maximum, log }: PollersOptions): Mapping {
  let controller = new AbortController();
  const pollers = new Set<Promise<void>>();
  /** Polls that have got nothing yet; each settles when it has, or ends without. */
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
  /** One line for a source that fails, not one for each attempt. */
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
  /** One poll. As soon as it has got something, somebody else must wait for what comes next. */
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

  launch();
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

/** Waits, unless called off. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}

/**
 * The ids that a function says it could not process.
 * @returns every id of the batch when the answer is not a valid list of them, as AWS does.
 */
export function failuresIn(result: unknown, batch: string[]): string[] {
  const failures = (result as { batchItemFailures?: unknown } | null | undefined)?.batchItemFailures;
  if (failures === undefined || failures === null) return [];
  if (!Array.isArray(failures)) return batch;
  const ids = failures.map((failure) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  return ids.every((id): id is string => typeof id === 'string' && batch.includes(id)) ? ids : batch;
}
