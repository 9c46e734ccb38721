import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileCache } from '../processes/compile-cache.ts';
import type { Reaper } from '../processes/reaper.ts';
import { type FunctionError, type Invocation, isEnvironmentMessage } from './protocol.ts';

/** An invocation without a result. `errorType` is Lambda's name for the reason. */
class InvocationFailed extends Error {
  readonly code = 'INVOCATION_FAILED';
  readonly errorType: string;
  readonly trace: string[];
  constructor({ errorType, errorMessage, trace }: FunctionError) {
    super(errorMessage);
    this.name = 'InvocationFailed';
    this.errorType = errorType;
    this.trace = trace;
  }
}

export type EnvironmentOptions = {
  reaper: Reaper;
  /** All environment variables of the function. No others are added. */
  variables: Record<string, string>;
  /** File descriptor for the function's output. */
  logFile: number;
  timeoutMs: number;
};

/** One process that runs one function, one invocation at a time. */
export type Environment = {
  /** Settles when the bundle is loaded. Rejects with InvocationFailed when it cannot be loaded. */
  ready: Promise<void>;
  /** Settles when the process is gone. */
  gone: Promise<void>;
  /**
   * Runs the function once. @returns the function's result, after serialisation as JSON.
   * @throws InvocationFailed when the function threw, crashed, was killed or exceeded its timeout.
   */
  invoke(event: unknown): Promise<unknown>;
  /** Sends SIGKILL: the process is not informed. */
  kill(): void;
  /** Whether it can accept an invocation: it has neither ended nor been killed. */
  isAlive(): boolean;
};

/** Lambda's limit for loading a bundle. */
const INIT_LIMIT_MS = 10_000;

export function startEnvironment({ reaper, variables, logFile, timeoutMs }: EnvironmentOptions): Environment {
  const script = join(import.meta.dirname, 'environment-process.ts');
  const child = reaper.spawn(process.execPath, [script], {
    env: { ...variables, ...compileCache() },
    stdio: ['ignore', logFile, logFile, 'ipc'],
  });
  let alive = true;
  const gone = new Promise<void>((resolve) => {
    const end = (): void => {
      alive = false;
      resolve();
    };
    child.once('exit', end);
    child.once('error', end);
  });
  const kill = (): void => {
    alive = false;
    child.kill('SIGKILL');
  };
  const ready = untilReady(child, gone, kill);
  return {
    ready,
    gone,
    kill,
    isAlive: () => alive,
    async invoke(event) {
      const invocation: Invocation = { requestId: randomUUID(), event, deadlineMs: Date.now() + timeoutMs };
      const answer = answerOf(child, invocation.requestId);
      // An error means that the process is gone, which `gone` reports.
      child.send(invocation, () => undefined);
      const timer = new AbortController();
      try {
        return await Promise.race([
          answer,
          gone.then(() => Promise.reject(crashed(child))),
          timeout(timeoutMs, timer.signal, kill),
        ]);
      } finally {
        timer.abort();
      }
    },
  };
}

async function untilReady(child: ChildProcess, gone: Promise<void>, kill: () => void): Promise<void> {
  const first = new Promise<void>((resolve, reject) => {
    child.once('message', (message) => {
      if (isEnvironmentMessage(message) && message.type === 'broken') reject(new InvocationFailed(message.error));
      else resolve();
    });
  });
  const timer = new AbortController();
  try {
    await Promise.race([
      first,
      gone.then(() => Promise.reject(crashed(child))),
      timeout(INIT_LIMIT_MS, timer.signal, kill),
    ]);
  } finally {
    timer.abort();
  }
}

/** Kills the environment and rejects when the time is over. */
async function timeout(ms: number, signal: AbortSignal, kill: () => void): Promise<never> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // Cancelled, because something else settled first.
    return new Promise<never>(() => undefined);
  }
  kill();
  throw new InvocationFailed({
    errorType: 'Sandbox.Timedout',
    errorMessage: `Task timed out after ${(ms / 1000).toFixed(2)} seconds`,
    trace: [],
  });
}

function crashed(child: ChildProcess): InvocationFailed {
  const how = child.signalCode ? `signal: ${child.signalCode}` : `exit status ${child.exitCode}`;
  return new InvocationFailed({
    errorType: 'Runtime.ExitError',
    errorMessage: `Runtime exited with error: ${how}`,
    trace: [],
  });
}

function answerOf(child: ChildProcess, requestId: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const listen = (message: unknown): void => {
      if (!isEnvironmentMessage(message) || !('requestId' in message) || message.requestId !== requestId) return;
      child.off('message', listen);
      if (message.type === 'done') resolve(JSON.parse(message.payload));
      else reject(new InvocationFailed(message.error));
    };
    child.on('message', listen);
  });
}
