/** Invokes a function of the stack with an event and returns what the function returned. */
export type Invoke = (functionName: string, event: unknown) => Promise<unknown>;
