import { Failure } from './failure.ts';
import { PoisonMessage } from './parse.ts';

/**
 * The time after which every transaction is completely visible. Queries and batch reads are isolated from a transaction
 * per row only: they may show one of its rows and not yet another. A transaction whose coordinator failed is completed
 * later, so the bound is far above the milliseconds that a transaction takes.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation
 */
const VISIBLE_AFTER_MS = 60 * 60 * 1000;

/**
 * Whether a missing row will never appear.
 * @param since ISO 8601: when the row was committed, according to the message or row that names it. If it is not a
 * timestamp, or is later than any of our clocks, we did not write it, and the absence is final.
 * @param now epoch milliseconds.
 */
export const isAbsenceFinal = (since: string, now: number): boolean =>
  !(Math.abs(now - Date.parse(since)) < VISIBLE_AFTER_MS);

/** The subject of a message is missing, but may not be visible yet. The message has to be delivered again. */
export class NotSeenYet extends Failure {
  override readonly name = 'NotSeenYet';
  readonly code = 'NOT_SEEN_YET';
  readonly retriable = true;
  readonly next =
    'Nothing: the message is delivered again. If the row is still missing after an hour, the message becomes a dead letter.';
}

/**
 * The error for a message whose subject is missing. While the subject's transaction may be partly visible, the message
 * is delivered again. After that, the subject never existed or is gone.
 * @param what the dead letter's code and sentence. @param since see `isAbsenceFinal`.
 */
export function absent(
  what: { reason: string; detail: string },
  since: string,
  now: number,
): NotSeenYet | PoisonMessage {
  return isAbsenceFinal(since, now) ? new PoisonMessage(what.reason, what.detail) : new NotSeenYet(what.detail);
}
