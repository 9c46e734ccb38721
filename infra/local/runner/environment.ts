import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reaper } from '../engines/reaper.ts';
import type { EnvironmentMessage, FunctionError, Invocation } from './protocol.ts';

/** An invocation that gave no result; `errorType` is Lambda's word for why. */
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
  /** Everything the function sees; nothing of ours is added. */
  variables: Record<string, string>;
  /** Where the function's output goes. */
  logFile: number;
  timeoutMs: number;
};

/** One process in which one function runs, one invocation at a time. */
export type Environment = {
  /** Settles when the bundle is loaded; rejects with InvocationFailed when it cannot be. */
  ready: Promise<void>;
  /** Settles when the process is gone. */
  gone: Promise<void>;
  /**
   * Runs the function once. @returns what it returned, as JSON tells it.
   * @throws InvocationFailed when it threw, crashed, was killed or ran out of time.
   */
  invoke(event: unknown): Promise<unknown>;
  /** SIGKILL: nothing in the process gets to know. */
  kill(): void;
  /** Whether it can be given work: neither gone nor dying. */
  isAlive(): boolean;
};

/** As long as Lambda lets a bundle load. */
const INIT_LIMIT_MS = 10_000;

export function startEnvironment({ reaper, variables, logFile, timeoutMs }: EnvironmentOptions): Environment {
  const script = join(import.meta.dirname, 'environment-process.ts');
  const child = reaper.spawn(process.execPath, [script], {
    env: variables,
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
      // A process that is gone cannot be told; `gone` says so.
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
      const said = message as EnvironmentMessage;
      if (said.type === 'broken') reject(new InvocationFailed(said.error));
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

/** Rejects when the time is over, having stopped the environment for good. */
async function timeout(ms: number, signal: AbortSignal, kill: () => void): Promise<never> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // Called off: something else settled first.
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
      const said = message as EnvironmentMessage;
      if (!('requestId' in said) || said.requestId !== requestId) return;
      child.off('message', listen);
      if (said.type === 'done') resolve(JSON.parse(said.payload));
      else reject(new InvocationFailed(said.error));
    };
    child.on('message', listen);
  });
}
