/**
 * The local cloud cannot start, or cannot continue. The message has one sentence for each fault. The command prints it
 * without a stack, because the reader is the person at the terminal.
 */
export class CannotRun extends Error {
  override readonly name: string = 'CannotRun';
  readonly code = 'CANNOT_RUN';
}

/** Only requests invoke the function, so there is nothing to pause. */
export class NothingToPause extends Error {
  override readonly name = 'NothingToPause';
  readonly code = 'NOTHING_TO_PAUSE';
  constructor(functionName: string, others: string[]) {
    super(`${functionName} has no mapping and no schedule; valid: ${others.join(', ')}.`);
  }
}

/** The first line of the message of anything that was thrown. It says what happened. */
export function messageOf(error: unknown): string {
  return wholeMessageOf(error).split('\n', 1)[0] ?? '';
}

/** The message of anything that was thrown, with all its lines. */
export function wholeMessageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The stack of anything that was thrown, or its message where it has no stack. */
export function stackOf(error: unknown): string {
  return (error instanceof Error ? error.stack : undefined) ?? wholeMessageOf(error);
}

/** The `code` of a Node error (`ENOENT`, `EADDRINUSE`, …), if it has one. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
