import { messageOf } from './base/failure.ts';

/** The steps that stop everything, in reverse order of the start. */
export type Teardown = {
  add(what: string, undo: () => void | Promise<void>): void;
  /** Runs all steps, also after a step failed. A second call waits for the first. */
  run(): Promise<void>;
};

export function createTeardown(log: (line: string) => void): Teardown {
  const steps: { what: string; undo: () => void | Promise<void> }[] = [];
  let running: Promise<void> | undefined;
  const undoAll = async (): Promise<void> => {
    for (let step = steps.pop(); step; step = steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        log(`${step.what} did not stop properly: ${messageOf(error)}`);
      }
    }
  };
  return {
    add: (what, undo) => void steps.push({ what, undo }),
    run: () => {
      running ??= undoAll();
      return running;
    },
  };
}
