import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { requestTimeouts } from './request-handler.ts';

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/**
 * The number of messages in these queues: waiting, in flight and delayed. SQS counts approximately, and up to a
 * minute late. The queues are read one after the other. List a source queue before its dead-letter queue, so that
 * a message that moves between them is counted at least once.
 */
export function queueDepth(queueUrls: readonly string[]): () => Promise<number> {
  const client = new SQSClient({ requestHandler: requestTimeouts(3000) });
  return async () => {
    let depth = 0;
    for (const QueueUrl of queueUrls) {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...COUNTS] }),
      );
      depth += COUNTS.reduce((sum, count) => sum + Number(Attributes[count] ?? 0), 0);
    }
    return depth;
  };
}
