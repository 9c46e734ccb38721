import { isRecord } from '../base/json.ts';

/** Invocations of one function since the last reset. */
export type InvocationCount = {
  function: string;
  /** Current invocations. A reset does not change this number. */
  running: number;
  /** Ended invocations, with any outcome. */
  count: number;
  /** Invocations that ended without a result. */
  failed: number;
  /** Messages or stream records in the events of ended invocations. A request or a scheduled event has none. */
  records: number;
  /**
   * Total duration without loading the bundle. Each invocation is rounded up to a whole millisecond, as Lambda bills
   * it.
   */
  durationMs: number;
  /** Total processor time (user and system) without loading the bundle. Invocations that were killed are missing. */
  cpuMs: number;
};

export function countInvocations(clock: () => number = () => performance.now()) {
  const running = new Map<string, number>();
  const ended = new Map<string, Omit<InvocationCount, 'function' | 'running'>>();
  const none = { count: 0, failed: 0, records: 0, durationMs: 0, cpuMs: 0 };
  const begin = (name: string, change: 1 | -1): void => void running.set(name, (running.get(name) ?? 0) + change);
  const end = (name: string, event: unknown, startedAt: number, failed: boolean): void => {
    const before = ended.get(name) ?? none;
    ended.set(name, {
      ...before,
      count: before.count + 1,
      failed: before.failed + (failed ? 1 : 0),
      records: before.records + recordsIn(event),
      durationMs: before.durationMs + Math.ceil(clock() - startedAt),
    });
    begin(name, -1);
  };
  return {
    /** Runs an invocation and counts it. */
    async measure<Result>(name: string, event: unknown, run: () => Promise<Result>): Promise<Result> {
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
    /** Adds processor time that an invocation has used. */
    addCpu(name: string, cpuMs: number): void {
      const before = ended.get(name) ?? none;
      ended.set(name, { ...before, cpuMs: before.cpuMs + cpuMs });
    },
    list: (): InvocationCount[] =>
      [...running.keys()]
        .sort()
        .map((name) => ({ function: name, running: running.get(name) ?? 0, ...(ended.get(name) ?? none) }))
        .map((one) => ({ ...one, cpuMs: Math.round(one.cpuMs) }))
        .filter((one) => one.running > 0 || one.count > 0),
    reset: (): void => ended.clear(),
  };
}

/** The number of records in an event of a queue or a stream. */
function recordsIn(event: unknown): number {
  const records = isRecord(event) ? event.Records : undefined;
  return Array.isArray(records) ? records.length : 0;
}
