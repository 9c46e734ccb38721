import { Failure } from './failure.ts';
import { PoisonMessage } from './parse.ts';

/**
 * A transaction is seen whole at the latest so long after it was made. A query, and a batch of reads, are isolated from
 * it row by row only: they may show one of its rows and not yet another. A transaction whose coordinator failed is
 * completed later, so the bound is far above the milliseconds that one takes.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation
 */
const SEEN_WHOLE_MS = 60 * 60 * 1000;

/**
 * Whether a row that is not there now will not come any more.
 * @param since ISO 8601: when the row was committed, by whoever names it. A text that is no timestamp, or one that no
 * clock of ours shows yet, is not ours, and promises nothing.
 * @param now epoch milliseconds.
 */
export const isAbsenceFinal = (since: string, now: number): boolean =>
  !(Math.abs(now - Date.parse(since)) < SEEN_WHOLE_MS);

/** What a message is about is not there, and may only be not seen yet: the message has to come again. */
export class NotSeenYet extends Failure {
  override readonly name = 'NotSeenYet';
  readonly code = 'NOT_SEEN_YET';
  readonly retriable = true;
  readonly next = 'Nothing: it comes again. If it stays away for an hour, it becomes a dead letter.';
}

/**
 * What to throw about a message whose subject is not there: while the transaction that made it may be seen in part,
 * the message comes again; after that its subject never was, or is gone.
 * @param what the dead letter's code and sentence. @param since see `isAbsenceFinal`.
 */
export function absent(
  what: { reason: string; detail: string },
  since: string,
  now: number,
): NotSeenYet | PoisonMessage {
  return isAbsenceFinal(since, now) ? new PoisonMessage(what.reason, what.detail) : new NotSeenYet(what.detail);
}

/** What is wrong with a message that names a notification which is not there. */
export const NO_SUCH_NOTIFICATION = {
  reason: 'NO_SUCH_NOTIFICATION',
  detail: 'No notification of that id belongs to that tenant.',
};
