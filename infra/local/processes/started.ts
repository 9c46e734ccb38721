import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotRun } from '../base/failure.ts';

const MAX_CHARACTERS = 1000;

/** The end of what a process has written to its standard error so far. */
export function errorOutputOf({ stderr }: ChildProcess): () => string {
  let output = '';
  stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    output = (output + chunk).slice(-MAX_CHARACTERS);
  });
  return () => output.trim();
}

export type Starting<Value> = {
  /** The name for people. It is the beginning of sentences. */
  name: string;
  child: ChildProcess;
  withinMs: number;
  /** Settles when the process is ready. */
  ready: Promise<Value>;
};

/**
 * Waits until a process is ready.
 * @throws CannotRun when the process ends, or the time is over, before that.
 */
export async function started<Value>({ name, child, withinMs, ready }: Starting<Value>): Promise<Value> {
  const output = errorOutputOf(child);
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new CannotRun(`${name} did not start: ${output() || `exit code ${code}`}`)));
  });
  const late = sleep(withinMs, undefined, { ref: false }).then(() => {
    throw new CannotRun(`${name} did not answer within ${withinMs / 1000} seconds.`);
  });
  return Promise.race([ready, failed, late]);
}
