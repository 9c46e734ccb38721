import { Failure } from '#shared/messaging/failure.ts';

/** The idempotency key was already used with another command. Nothing was changed. */
export class IdempotencyConflict extends Failure {
  override readonly name = 'IdempotencyConflict';
  readonly code = 'IDEMPOTENCY_CONFLICT';
  readonly retriable = false;
  readonly next = 'Send the same body as the first time, or a new Idempotency-Key for a new command.';
  constructor() {
    super('The Idempotency-Key was used before with a different body.');
  }
}

/**
 * The time budget ran out because of too much contention, or because the store did not answer. The command may have
 * been committed. Repeating it with the same key is safe and returns the outcome.
 */
export class TemporarilyUnavailable extends Failure {
  override readonly name = 'TemporarilyUnavailable';
  readonly code = 'TEMPORARILY_UNAVAILABLE';
  readonly retriable = true;
  readonly next = 'Repeat the request with the same Idempotency-Key; it takes effect once.';
}

/** The command needs more than one transaction or one row can hold. Nothing was written. */
export class LimitExceeded extends Failure {
  override readonly name = 'LimitExceeded';
  readonly code = 'LIMIT_EXCEEDED';
  readonly retriable = false;
  readonly next = 'Split it into smaller commands.';
}

/** The caller expected another version of the state. Nothing was written, and nothing is stored under the key. */
export class VersionMismatch extends Failure {
  override readonly name = 'VersionMismatch';
  readonly code = 'VERSION_MISMATCH';
  readonly retriable = false;
  readonly next =
    'Read the current version and decide again. Then send the command with that version; the Idempotency-Key may be the same.';
  /** 0: there is no state. */
  readonly currentVersion: number;
  constructor(expectedVersion: number, currentVersion: number) {
    super(`The command is for version ${expectedVersion}, but the current version is ${currentVersion}.`);
    this.currentVersion = currentVersion;
  }
}
