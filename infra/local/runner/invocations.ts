/** Invocations of one function since the last reset. */
export type InvocationCount = {
  function: string;
  /** Those under way now; a reset leaves them. */
  running: number;
  /** Those that ended, whatever became of them. */
  count: number;
  /** Those that ended without a result. */
  failed: number;
  /** Messages or stream records handed to those that ended; a request or a tick of a schedule has none. */
  records: number;
  /** What they took, each rounded up to a whole millisecond as Lambda bills it; without loading the bundle. */
  durationMs: number;
};

export type InvocationCounts = {
  /** Runs an invocation and counts it. */
  measure<Result>(functionName: string, event: unknown, run: () => Promise<Result>): Promise<Result>;
  list(): InvocationCount[];
  reset(): void;
};

export function countInvocations(clock: () => number = () => performance.now()): InvocationCounts {
  const running = new Map<string, number>();
  const ended = new Map<string, Omit<InvocationCount, 'function' | 'running'>>();
  const none = { count: 0, failed: 0, records: 0, durationMs: 0 };
  const begin = (name: string, change: 1 | -1): void => void running.set(name, (running.get(name) ?? 0) + change);
  const end = (name: string, event: unknown, startedAt: number, failed: boolean): void => {
    const so = ended.get(name) ?? none;
    ended.set(name, {
      count: so.count + 1,
      failed: so.failed + (failed ? 1 : 0),
      records: so.records + recordsIn(event),
      durationMs: so.durationMs + Math.ceil(clock() - startedAt),
    });
    begin(name, -1);
  };
  return {
    async measure(name, event, run) {
      const startedAt = clock();
      begin(name, 1);
      let failed = true;
      try {
        const result = await run();
        failed = false;
        return result;
      } finally {
        end(name, event, startedAt, failed);
      }
    },
    list: () =>
      [...running.keys()]
        .sort()
        .map((name) => ({ function: name, running: running.get(name) ?? 0, ...(ended.get(name) ?? none) }))
        .filter((one) => one.running > 0 || one.count > 0),
    reset: () => ended.clear(),
  };
}

/** How many records an event of a queue or a stream brings. */
function recordsIn(event: unknown): number {
  const records = (event as { Records?: unknown } | null | undefined)?.Records;
  return Array.isArray(records) ? records.length : 0;
}
