import { performance } from 'node:perf_hooks';

/** Reports the steps that a start waits for. */
export type Progress = ReturnType<typeof showProgress>;

/** A start on an idle machine ends before the first report. */
const EVERY_MS = 4000;

/** @param log receives a line every four seconds with the steps that have not ended. */
export function showProgress(log: (line: string) => void, everyMs = EVERY_MS) {
  const startedAt = performance.now();
  const open = new Set<string>();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    if (open.size > 0) log(`Starting for ${seconds} s; waiting for ${[...open].join(', ')}`);
  }, everyMs);
  return {
    /** Waits for one step of the start. */
    async step<Value>(what: string, work: Promise<Value>): Promise<Value> {
      open.add(what);
      try {
        return await work;
      } finally {
        open.delete(what);
      }
    },
    /** Ends the reports. */
    end: (): void => clearInterval(timer),
  };
}
