import { AsyncLocalStorage } from 'node:async_hooks';

type Fields = Record<string, unknown>;

const context = new AsyncLocalStorage<Fields>();

/**
 * Runs `work`; each line that is logged meanwhile, by whoever, says these fields too: an invocation handles
 * several messages at once, so a logger that remembers one of them would speak for the others.
 */
export function withLogFields<Result>(fields: Fields, work: () => Result): Result {
  return context.run({ ...context.getStore(), ...fields }, work);
}

/** For what is only known once the work has begun: the rest of the innermost `withLogFields` says these too. */
export function addLogFields(fields: Fields): void {
  Object.assign(context.getStore() ?? {}, fields);
}

/** What a line that is logged now has to say besides its own fields. */
export const currentLogFields = (): Readonly<Fields> => context.getStore() ?? {};
