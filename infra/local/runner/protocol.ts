/** What the runner and an environment say to each other over the process channel. */

export type Invocation = {
  requestId: string;
  event: unknown;
  /** Epoch milliseconds at which the environment is stopped. */
  deadlineMs: number;
};

/** As the Lambda service reports it to whoever invoked the function. */
export type FunctionError = { errorType: string; errorMessage: string; trace: string[] };

export type EnvironmentMessage =
  | { type: 'ready' }
  | { type: 'broken'; error: FunctionError }
  /** `payload` is JSON: what the function returned is what JSON makes of it. */
  | { type: 'done'; requestId: string; payload: string }
  | { type: 'failed'; requestId: string; error: FunctionError };
