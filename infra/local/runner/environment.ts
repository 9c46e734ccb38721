import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { compileCache } from '../processes/compile-cache.ts';
import type { Reaper } from '../processes/reaper.ts';
import { ownsConnection } from './connection-owner.ts';
import { type FunctionError, type Invocation, isEnvironmentMessage } from './protocol.ts';

/** An invocation without a result. `errorType` is Lambda's name for the reason. */
class InvocationFailed extends Error {
  readonly code = 'INVOCATION_FAILED';
  override readonly name = 'InvocationFailed';
  readonly errorType: string;
  constructor({ errorType, errorMessage }: Omit<FunctionError, 'trace'>) {
    super(errorMessage);
    this.errorType = errorType;
  }
}

export type EnvironmentOptions = {
  reaper: Reaper;
  /** All environment variables of the function. No others are added. */
  variables: Record<string, string>;
  /** File descriptor for the function's output. */
  logFile: number;
  timeoutMs: number;
  /** Is called with the processor time (user and system) of each invocation that the process has ended. */
  onUsed?: (cpuMs: number) => void;
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
  /** Whether the connection with this local port is its own. */
  owns(port: number): boolean;
  /** Sends SIGKILL: the process is not informed. */
  kill(): void;
  /** Whether it can accept an invocation: it has neither ended nor been killed. */
  isAlive(): boolean;
};

/** Lambda's limit for loading a bundle. */
const INIT_LIMIT_MS = 10_000;

export function startEnvironment(options: EnvironmentOptions): Environment {
  const { reaper, variables, logFile, timeoutMs, onUsed } = options;
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
  /** Waits for an answer of the process, which fails if the process ends. When the time is over, the process is killed. */
  const answered = async <Answer>(answer: Promise<Answer>, withinMs: number): Promise<Answer> => {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      kill();
      late.reject(timedOut(withinMs));
    }, withinMs);
    try {
      return await Promise.race([answer, gone.then(() => Promise.reject(crashed(child))), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    ready: answered(loaded(child), INIT_LIMIT_MS),
    gone,
    kill,
    owns: (port) => alive && child.pid !== undefined && ownsConnection(child.pid, port),
    isAlive: () => alive,
    async invoke(event) {
      const invocation: Invocation = { requestId: randomUUID(), event, deadlineMs: Date.now() + timeoutMs };
      const answer = answerOf(child, invocation.requestId, onUsed);
      // An error means that the process is gone, which `gone` reports.
      child.send(invocation, () => undefined);
      return answered(answer, timeoutMs);
    },
  };
}

/** Settles when the process has loaded the bundle, or cannot load it. */
function loaded(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      if (isEnvironmentMessage(message) && message.type === 'broken') reject(new InvocationFailed(message.error));
      else resolve();
    });
  });
}

function timedOut(ms: number): InvocationFailed {
  const errorMessage = `Task timed out after ${(ms / 1000).toFixed(2)} seconds`;
  return new InvocationFailed({ errorType: 'Sandbox.Timedout', errorMessage });
}

function crashed(child: ChildProcess): InvocationFailed {
  const how = child.signalCode ? `signal: ${child.signalCode}` : `exit status ${child.exitCode}`;
  return new InvocationFailed({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with error: ${how}` });
}

function answerOf(child: ChildProcess, requestId: string, onUsed?: (cpuMs: number) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const listen = (message: unknown): void => {
      if (!isEnvironmentMessage(message) || !('requestId' in message) || message.requestId !== requestId) return;
      child.off('message', listen);
      onUsed?.(message.cpuMs);
      if (message.type === 'done') resolve(JSON.parse(message.payload));
      else reject(new InvocationFailed(message.error));
    };
    child.on('message', listen);
  });
}
