import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { impatient } from './request-handler.ts';

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/** Messages in these queues: waiting, in flight and delayed. SQS counts approximately, and up to a minute late. */
export function queueDepth(queueUrls: readonly string[]): () => Promise<number> {
  const client = new SQSClient({ requestHandler: impatient(3000) });
  return async () => {
    const depths = await Promise.all(
      queueUrls.map(async (QueueUrl) => {
        const { Attributes = {} } = await client.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...COUNTS] }),
        );
        return COUNTS.reduce((sum, count) => sum + Number(Attributes[count] ?? 0), 0);
      }),
    );
    return depths.reduce((sum, depth) => sum + depth, 0);
  };
}
