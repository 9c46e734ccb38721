import type { SQSRecord } from 'aws-lambda';
import type { Clock } from '#shared/messaging/system.ts';
import { REDRIVE_ATTRIBUTE } from './redriven-letter.ts';

/** SQS message attributes of a message that was returned to its queue. */
export const RETURNED_ATTRIBUTE = {
  /** Epoch milliseconds. It is needed because SQS restarts a message's age with each return. */
  firstSentAt: 'firstSentAt',
  returns: 'returns',
} as const;

/** A message on its way back to its own queue. */
export type ReturnedMessage = {
  body: string;
  delaySeconds: number;
  /** Message group for fair queues; absent: the message has none. */
  groupId?: string;
  /** Epoch milliseconds: when the message was sent for the first time. */
  firstSentAt: number;
  /** How often it was returned, including this time. */
  returns: number;
  /** The dead letter that it was redriven from, as text. */
  redrive?: string;
};

export type ReturnPorts = {
  clock: Clock;
  /** Sends a message to the queue that it came from. */
  sendBack(message: ReturnedMessage): Promise<void>;
  /**
   * Whether the work failed because a dependency is unavailable: the table, a key, the network, a permission. Every
   * other failure is a fault of our code or of the message, and waiting does not help.
   */
  isAway(error: unknown): boolean;
  /** For how long a message is returned, counted from when it was first sent. */
  longestMs: number;
};

const FIRST_DELAY_SECONDS = 5;
/** The maximum delay of SQS. */
const LONGEST_DELAY_SECONDS = 900;

/** Each return waits twice as long as the previous one. */
export const delaySecondsOf = (returns: number): number =>
  Math.min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (returns - 1));

/** Nothing has failed: the message waits for its turn. It comes again after this time. */
export class NotItsTurn extends Error {
  override readonly name = 'NotItsTurn';
  readonly afterMs: number;
  constructor(afterMs: number) {
    super('The message waits for its turn.');
    this.afterMs = afterMs;
  }
}

/**
 * Sends a copy of a message to its own queue with a growing delay. Changing the visibility timeout instead would not
 * work: every receive counts towards the queue's `maxReceiveCount`, and those receives are reserved for crashes. The
 * copy starts with no receives. If the function crashes before the original is deleted, both are handled, and handling
 * recognises the repetition.
 * @returns undefined: the message has waited for the longest permitted time, and was not sent.
 */
export async function returnToQueue(record: SQSRecord, ports: ReturnPorts): Promise<ReturnedMessage | undefined> {
  const copy = copyOf(record, ports.clock.now());
  if (ports.clock.now() - copy.firstSentAt >= ports.longestMs) return undefined;
  const returns = copy.returns + 1;
  const message = { ...copy, returns, delaySeconds: delaySecondsOf(returns) };
  await ports.sendBack(message);
  return message;
}

/**
 * Sends a copy of a message to its own queue, which delivers it when its turn is expected. This is no failure: it is not
 * counted as a return, and happens as often as necessary. If SQS cannot delay it for so long, it waits again.
 */
export async function waitInQueue(
  record: SQSRecord,
  { afterMs }: Pick<NotItsTurn, 'afterMs'>,
  ports: Pick<ReturnPorts, 'clock' | 'sendBack'>,
): Promise<number> {
  const delaySeconds = Math.min(LONGEST_DELAY_SECONDS, Math.max(1, Math.ceil(afterMs / 1000)));
  await ports.sendBack({ ...copyOf(record, ports.clock.now()), delaySeconds });
  return delaySeconds;
}

/** What a copy has of its message. */
function copyOf(
  { body, attributes, messageAttributes }: SQSRecord,
  now: number,
): Omit<ReturnedMessage, 'delaySeconds'> {
  const firstSentAt =
    numberIn(messageAttributes, RETURNED_ATTRIBUTE.firstSentAt) ?? (Number(attributes.SentTimestamp) || now);
  const returns = numberIn(messageAttributes, RETURNED_ATTRIBUTE.returns) ?? 0;
  const { MessageGroupId: groupId } = attributes;
  const redrive = messageAttributes[REDRIVE_ATTRIBUTE]?.stringValue;
  return {
    ...{ body, firstSentAt, returns },
    ...(groupId !== undefined && { groupId }),
    ...(redrive !== undefined && { redrive }),
  };
}

function numberIn(attributes: SQSRecord['messageAttributes'], name: string): number | undefined {
  const value = Number(attributes[name]?.stringValue);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
