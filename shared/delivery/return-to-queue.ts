import type { SQSRecord } from 'aws-lambda';
import { RETURNED_ATTRIBUTE } from '#shared/names.ts';
import type { Clock } from '#shared/ports.ts';

/** A message on its way back to its own queue. */
export type ReturnedMessage = {
  body: string;
  delaySeconds: number;
  /** Of fair queues; absent: the message has none. */
  groupId?: string;
  /** Epoch milliseconds: when the message was sent for the first time. */
  firstSentAt: number;
  /** How often it was returned, this time included. */
  returns: number;
};

export type ReturnPorts = {
  clock: Clock;
  /** Sends a message to the queue that it came from. */
  sendBack(message: ReturnedMessage): Promise<void>;
  /**
   * Whether the work failed because something that it depends on is away: the table, a key, the network, a permission.
   * Everything else is a fault of ours or of the message, which waiting does not change.
   */
  isAway(error: unknown): boolean;
  /** For how long a message is returned, counted from when it was first sent. */
  longestMs: number;
};

const FIRST_DELAY_SECONDS = 5;
/** SQS delays a message by no more. */
const LONGEST_DELAY_SECONDS = 900;

/** Each return waits twice as long as the one before. */
export const delaySecondsOf = (returns: number): number =>
  Math.min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (returns - 1));

/**
 * Sends a message back to its own queue with a growing delay. Every receive of a message counts towards the queue's
 * `maxReceiveCount`, a new visibility timeout included, so that waiting in place would use up the receives, which are
 * for crashes. The copy begins with none. If the function dies before the original is deleted, both are handled,
 * and handling recognises a repetition.
 * @returns undefined: the message has waited for as long as a message may, and was not sent.
 */
export async function returnToQueue(record: SQSRecord, ports: ReturnPorts): Promise<ReturnedMessage | undefined> {
  const { body, attributes, messageAttributes } = record;
  const now = ports.clock.now();
  const firstSentAt =
    numberIn(messageAttributes, RETURNED_ATTRIBUTE.firstSentAt) ?? (Number(attributes.SentTimestamp) || now);
  if (now - firstSentAt >= ports.longestMs) return undefined;
  const returns = (numberIn(messageAttributes, RETURNED_ATTRIBUTE.returns) ?? 0) + 1;
  const { MessageGroupId: groupId } = attributes;
  const delaySeconds = delaySecondsOf(returns);
  const message = { body, delaySeconds, firstSentAt, returns, ...(groupId !== undefined && { groupId }) };
  await ports.sendBack(message);
  return message;
}

function numberIn(attributes: SQSRecord['messageAttributes'], name: string): number | undefined {
  const value = Number(attributes[name]?.stringValue);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
