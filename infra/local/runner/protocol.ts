/**
 * The messages between the runner and an environment, over the process channel. The environment loads this file: no
 * imports.
 */

export type Invocation = {
  requestId: string;
  event: unknown;
  /** Epoch milliseconds at which the environment is killed. */
  deadlineMs: number;
};

/** An error as the Lambda service reports it to the caller of the function. */
export type FunctionError = { errorType: string; errorMessage: string; trace: string[] };

export type EnvironmentMessage =
  | { type: 'ready' }
  | { type: 'broken'; error: FunctionError }
  /** `payload` is the function's result as JSON. */
  | ({ type: 'done'; payload: string } & Ended)
  | ({ type: 'failed'; error: FunctionError } & Ended);

/** An invocation that has ended, and the processor time (user and system) that it used. */
type Ended = { requestId: string; cpuMs: number };

const fieldsOf = (message: unknown): Record<string, unknown> => (typeof message === 'object' ? { ...message } : {});

/** Whether a message is an invocation. */
export function isInvocation(message: unknown): message is Invocation {
  const { requestId, deadlineMs } = fieldsOf(message);
  return typeof requestId === 'string' && typeof deadlineMs === 'number';
}

/** Whether a message is one that an environment sends. */
export function isEnvironmentMessage(message: unknown): message is EnvironmentMessage {
  const { type, requestId, cpuMs, payload, error } = fieldsOf(message);
  const hasEnded = typeof requestId === 'string' && typeof cpuMs === 'number';
  switch (type) {
    case 'ready':
      return true;
    case 'broken':
      return isFunctionError(error);
    case 'done':
      return hasEnded && typeof payload === 'string';
    case 'failed':
      return hasEnded && isFunctionError(error);
    default:
      return false;
  }
}

function isFunctionError(error: unknown): error is FunctionError {
  const { errorType, errorMessage, trace } = fieldsOf(error);
  if (typeof errorType !== 'string' || typeof errorMessage !== 'string' || !Array.isArray(trace)) return false;
  return trace.every((line) => typeof line === 'string');
}
