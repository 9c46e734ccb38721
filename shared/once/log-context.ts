import { AsyncLocalStorage } from 'node:async_hooks';

type Fields = Record<string, unknown>;

const context = new AsyncLocalStorage<Fields>();

/**
 * Runs `work`. Every line that is logged during it has these fields, no matter which code logs it. An invocation
 * handles several messages at once, so a logger with fields of one message would label the lines of the others.
 */
export function withLogFields<Result>(fields: Fields, work: () => Result): Result {
  return context.run({ ...context.getStore(), ...fields }, work);
}

/** Adds fields that are known only after the work has begun to the rest of the innermost `withLogFields`. */
export function addLogFields(fields: Fields): void {
  Object.assign(context.getStore() ?? {}, fields);
}

/** The fields that a line logged now has besides its own. */
export const currentLogFields = (): Readonly<Fields> => context.getStore() ?? {};
