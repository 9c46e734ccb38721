/** A source of invocations that a person or a test can hold back: an event source mapping or a schedule. */
export type Mapping = {
  functionName: string;
  /** Settles when nothing more is taken from the source; what was taken goes on. */
  pause(): Promise<void>;
  resume(): void;
  /** Settles when nothing more is taken; not to be resumed. */
  stop(): Promise<void>;
};

export type Invoke = (functionName: string, event: unknown) => Promise<unknown>;

/** What one poller does: take a portion from the source, deliver it. The signal ends the waiting for one. */
type Poll = (signal: AbortSignal) => Promise<void>;

/** Pause between two attempts of a poller whose source does not answer, in milliseconds. */
const RETRY_MS = { least: 100, most: 5000 };

export type PollersOptions = {
  functionName: string;
  /** One loop each. */
  polls: Poll[];
  log: (line: string) => void;
};

/**
 * Runs pollers until they are stopped. A source that fails is tried again, ever more slowly: a mapping
 * never gives up.
 */
export function startPollers({ functionName, polls, log }: PollersOptions): Mapping {
  let controller = new AbortController();
  let loops = begin();

  function begin(): Promise<unknown> {
    const { signal } = controller;
    return Promise.all(
      polls.map((poll) => loop(poll, signal, (problem) => log(`${functionName}: its mapping cannot poll: ${problem}`))),
    );
  }
  const pause = async (): Promise<void> => {
    controller.abort();
    await loops;
  };
  return {
    functionName,
    pause,
    resume() {
      if (!controller.signal.aborted) return;
      controller = new AbortController();
      loops = begin();
    },
    stop: pause,
  };
}

async function loop(poll: Poll, signal: AbortSignal, report: (problem: string) => void): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await poll(signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      if (failures === 1) report(error instanceof Error ? error.message : String(error));
      await wait(Math.min(RETRY_MS.most, RETRY_MS.least * 2 ** (failures - 1)), signal);
    }
  }
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
