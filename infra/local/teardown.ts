import { messageOf } from './base/failure.ts';

/** The steps that stop everything, in reverse order of the start. */
export type Teardown = ReturnType<typeof createTeardown>;

export function createTeardown(log: (line: string) => void) {
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
    add: (what: string, undo: () => void | Promise<void>): void => void steps.push({ what, undo }),
    /** Runs all steps, also after a step failed. A second call waits for the first. */
    run: (): Promise<void> => {
      running ??= undoAll();
      return running;
    },
  };
}
