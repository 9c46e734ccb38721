import { Failure } from '#shared/messaging/failure.ts';

/** The idempotency key was used before, with another command. Nothing was changed. */
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
 * The time budget ran out: too much contention, or the store did not answer. Whether the command
 * was committed may be unknown; repeating it with the same key is safe and tells.
 */
export class TemporarilyUnavailable extends Failure {
  override readonly name = 'TemporarilyUnavailable';
  readonly code = 'TEMPORARILY_UNAVAILABLE';
  readonly retriable = true;
  readonly next = 'Repeat the request with the same Idempotency-Key; it takes effect once.';
}

/** The command would need more than one transaction or row can hold. Nothing was written. */
export class LimitExceeded extends Failure {
  override readonly name = 'LimitExceeded';
  readonly code = 'LIMIT_EXCEEDED';
  readonly retriable = false;
  readonly next = 'Split it into smaller commands.';
}
