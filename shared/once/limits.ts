import { LimitExceeded } from '#shared/once/errors.ts';
import type { Commit } from '#shared/ports.ts';

/** What DynamoDB and SNS accept, checked before anything is written and told in the caller's words. */
export const LIMIT = {
  transactionItems: 100,
  /** Below DynamoDB's 400 KB by what attribute names and types add. */
  itemBytes: 380 * 1024,
  /** SNS allows 256 KB for the message and its attributes. */
  messageBytes: 250 * 1024,
} as const;

const bytes = (value: unknown): number => Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));

/** @throws LimitExceeded naming what is too large, its size and the limit. */
export function checkLimits(commit: Commit): void {
  const { notifications, also = [] } = commit;
  if (2 + also.length + 2 * notifications.length > LIMIT.transactionItems) {
    const most = Math.floor((LIMIT.transactionItems - 2 - also.length) / 2);
    const besides = also.length === 0 ? '' : ` beside ${also.length} other things that it changes`;
    throw new LimitExceeded(
      `The command asks for ${notifications.length} notifications${besides}; one command can ask for ${most}.`,
    );
  }
  const sizes: [what: string, size: number, limit: number][] = [
    ['The state after this command', commit.next ? bytes(commit.next.state) : 0, LIMIT.itemBytes],
    ['What this command says (its messages and its answer)', bytes(commit.outbox), LIMIT.itemBytes],
    ...also.map(({ next }): [string, number, number] => [
      'Another state that this command changes',
      bytes(next.state),
      LIMIT.itemBytes,
    ]),
    ...notifications.map((notification): [string, number, number] => [
      'The content of one notification',
      bytes(notification.content),
      LIMIT.itemBytes,
    ]),
    ...commit.outbox.messages.map((message): [string, number, number] => [
      'One message',
      bytes(message),
      LIMIT.messageBytes,
    ]),
  ];
  for (const [what, size, limit] of sizes) {
    if (size > limit) throw new LimitExceeded(`${what} would take ${size} bytes; ${limit} is the limit.`);
  }
}
