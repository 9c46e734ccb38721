import type { ChildProcess } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotRun } from '../base/failure.ts';
import { portOf } from '../base/listening.ts';
import { hasExited } from './supervisor.ts';

/** A port of 127.0.0.1 that is free now, for engines that do not report the port that they got for 0. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const port = portOf(server);
      server.close(() => resolve(port));
    });
  });
}

export type UntilListening = {
  /** The name for people. It is the beginning of sentences. */
  name: string;
  child: ChildProcess;
  port: number;
  withinMs: number;
  /** The output of the process so far, for the sentence that reports why it ended. */
  output: () => string;
};

/**
 * Settles when a process accepts connections on a port of 127.0.0.1.
 * @throws CannotRun when the process ends, or the time is over, before that.
 */
export async function untilListening({ name, child, port, withinMs, output }: UntilListening): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await answers(port))) {
    if (hasExited(child)) throw new CannotRun(`${name} did not start: ${output() || `exit code ${child.exitCode}`}`);
    if (Date.now() > deadline) throw new CannotRun(`${name} did not answer within ${withinMs / 1000} seconds.`);
    await sleep(5);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}
