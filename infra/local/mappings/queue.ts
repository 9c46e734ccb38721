import {
  DeleteMessageBatchCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { messageOf } from '../base/failure.ts';
import type { Invoke } from '../base/invoke.ts';
import type { QueueMappingPlan } from '../template/plan.ts';
import { failuresIn, type Mapping, startPollers } from './mapping.ts';

export type QueueMappingOptions = {
  mapping: QueueMappingPlan;
  region: string;
  /** Polls under the function's role. */
  sqs: SQSClient;
  invoke: Invoke;
  /** Default: false. */
  startsPaused?: boolean;
  log: (line: string) => void;
};

/** SQS's limit for the wait of a receive. */
const LONG_POLL_SECONDS = 20;

/**
 * Delivers a queue to a function as Lambda does: as many batches at once as the mapping allows. Processed messages are
 * deleted. Failed messages return after the queue's visibility timeout, and the queue's own redrive policy moves them
 * to the dead-letter queue.
 */
export function startQueueMapping({ mapping, region, sqs, invoke, startsPaused, log }: QueueMappingOptions): Mapping {
  const { queue, functionName } = mapping;
  const poll = async (signal: AbortSignal, taken: () => void): Promise<void> => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: mapping.batchSize,
        WaitTimeSeconds: LONG_POLL_SECONDS,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
      { abortSignal: signal },
    );
    if (Messages.length === 0) return;
    taken();
    const done = await deliver(Messages);
    if (done.length > 0) await remove(done);
  };
  const deliver = async (messages: Message[]): Promise<Message[]> => {
    try {
      const result = await invoke(functionName, {
        Records: messages.map((message) => queueRecord(message, queue.arn, region)),
      });
      if (!mapping.reportsItemFailures) return messages;
      const failed = failuresIn(
        result,
        messages.map(({ MessageId = '' }) => MessageId),
      );
      return messages.filter(({ MessageId = '' }) => !failed.includes(MessageId));
    } catch (error) {
      log(`${functionName}: a batch of ${messages.length} failed and stays in its queue: ${messageOf(error)}`);
      return [];
    }
  };
  const remove = async (messages: Message[]): Promise<void> => {
    const { Failed = [] } = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: queue.url,
        Entries: messages.map(({ ReceiptHandle }, position) => ({ Id: String(position), ReceiptHandle })),
      }),
    );
    for (const { Message: reason } of Failed)
      log(`${functionName}: a processed message was not deleted and will be delivered again: ${reason}`);
  };
  return startPollers({ functionName, poll, maximum: mapping.maximumConcurrency, startsPaused, log });
}

/** A message in the event that Lambda passes to a function. */
export function queueRecord(message: Message, queueArn: string, region: string): Record<string, unknown> {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body ?? '',
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, messageAttribute(value)]),
    ),
    ...(message.MD5OfMessageAttributes ? { md5OfMessageAttributes: message.MD5OfMessageAttributes } : {}),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

function messageAttribute({ DataType, StringValue, BinaryValue }: MessageAttributeValue): Record<string, unknown> {
  return {
    ...(StringValue === undefined ? {} : { stringValue: StringValue }),
    ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}
