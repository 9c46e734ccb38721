import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { withoutSnsEnvelope } from '#shared/messaging/parse.ts';
import type { Clock, Log } from '#shared/messaging/system.ts';
import { keptOf } from './consume.ts';
import { addLogFields, withLogFields } from './log-context.ts';
import { messageLogFields } from './message-log-fields.ts';
import type { DeadLetterStore } from './ports.ts';

/** A dead-letter queue, and what is known about every message in it. */
export type DrainedQueue = {
  /** The subscriber that did not handle the messages. */
  subscriber: string;
  /** `undeliverable`: SNS could not put the message into the subscriber's queue. */
  kind: 'dead' | 'undeliverable';
  /** How often the subscriber's queue delivered each message. */
  receives: number;
};

export type CollectPorts = {
  deadLetters: Pick<DeadLetterStore, 'recordDeadLetter'>;
  /** The queue that a message came from; undefined: it is not known. */
  queueOf: (arn: string) => DrainedQueue | undefined;
  /** Converts an event of an outside service, which contains addresses. Absent for a subscriber to our own messages. */
  scrubOf: (subscriber: string) => ((body: string) => Promise<string | undefined>) | undefined;
  clock: Clock;
  log: Log;
};

const WHY = {
  dead: {
    reason: 'CRASHED',
    detail: 'The function crashed, or ran out of time, each time that its queue delivered the message.',
  },
  undeliverable: { reason: 'UNDELIVERABLE', detail: 'SNS could not put the message into the queue of its subscriber.' },
} as const;

/**
 * Records the messages of dead-letter queues. A message is deleted after its record is written. If it cannot be
 * recorded, it stays in its queue and is received again, for as long as the queue keeps it.
 */
export async function collect(event: SQSEvent, ports: CollectPorts): Promise<SQSBatchResponse> {
  const failures = await Promise.all(
    event.Records.map(async (record) => {
      const { messageId } = record;
      const isRecorded = await withLogFields({ messageId }, () => isCollected(record, ports));
      return isRecorded ? [] : [{ itemIdentifier: messageId }];
    }),
  );
  return { batchItemFailures: failures.flat() };
}

/** It never throws: Lambda would log the error with all its properties. */
async function isCollected(
  { body, messageAttributes, eventSourceARN }: SQSRecord,
  ports: CollectPorts,
): Promise<boolean> {
  const { deadLetters, queueOf, scrubOf, clock, log } = ports;
  try {
    const queue = queueOf(eventSourceARN);
    if (!queue) throw new TypeError('The message came from a queue that is not known here.');
    const { subscriber, kind, receives } = queue;
    const scrub = scrubOf(subscriber);
    const message = { body: withoutSnsEnvelope(body), messageAttributes };
    // An event of an outside service has no correlation id, and nothing of it is logged.
    if (!scrub) addLogFields(messageLogFields(message.body));
    const letter = {
      subscriber,
      ...(await keptOf(message, scrub ? { keepsMessage: false, scrub } : { keepsMessage: true })),
      ...WHY[kind],
      attempts: kind === 'dead' ? receives : 1,
    };
    await deadLetters.recordDeadLetter(letter, clock.now());
    log.error('Message of a dead-letter queue set aside as a dead letter', { subscriber, reason: letter.reason });
    return true;
  } catch (error) {
    log.error('Message of a dead-letter queue not recorded; it stays there', { error });
    return false;
  }
}
