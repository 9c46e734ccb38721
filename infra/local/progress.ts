import { performance } from 'node:perf_hooks';

/** Says what a start waits for, as long as it takes. */
export type Progress = {
  /** Waits for one step of the start. */
  step<Value>(what: string, work: Promise<Value>): Promise<Value>;
  /** Nothing is said any more. */
  end(): void;
};

/** A start on an idle machine is done before anything is said. */
const EVERY_MS = 4000;

/** @param log gets a line every four seconds that names the steps which are not done yet. */
export function showProgress(log: (line: string) => void, everyMs = EVERY_MS): Progress {
  const startedAt = performance.now();
  const open = new Set<string>();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    if (open.size > 0) log(`Starting since ${seconds} s; waiting for ${[...open].join(', ')}`);
  }, everyMs);
  return {
    async step(what, work) {
      open.add(what);
      try {
        return await work;
      } finally {
        open.delete(what);
      }
    },
    end: () => clearInterval(timer),
  };
}
