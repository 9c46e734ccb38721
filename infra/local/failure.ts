/**
 * The local cloud cannot start, or cannot go on. The message is one sentence a fault, written for
 * the person at the terminal: it is printed as it is, without a stack.
 */
export class CannotRun extends Error {
  readonly code = 'CANNOT_RUN';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CannotRun';
  }
}

/** The function is invoked by requests only. */
export class NothingToPause extends Error {
  readonly code = 'NOTHING_TO_PAUSE';
  constructor(functionName: string, others: string[]) {
    super(`${functionName} has no mapping and no schedule; valid: ${others.join(', ')}.`);
    this.name = 'NothingToPause';
  }
}

/** The message of anything that was thrown; its first line, which says what happened. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}

/** The `code` of a Node error (`ENOENT`, `EADDRINUSE`, …), if it has one. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
