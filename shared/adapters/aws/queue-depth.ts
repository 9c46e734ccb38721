import { onFirstUse } from './first-use.ts';
import { impatient } from './request-handler.ts';

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/**
 * Messages in these queues: waiting, in flight and delayed. SQS counts approximately, and up to a minute
 * late. They are asked one after the other: name a source before its dead-letter queue, so that a message
 * on its way between them is seen at least once. The client is imported on first use.
 */
export function queueDepth(queueUrls: readonly string[]): () => Promise<number> {
  const asker = onFirstUse(async () => {
    const { GetQueueAttributesCommand, SQSClient } = await import('./sqs-client.ts');
    const client = new SQSClient({ requestHandler: impatient(3000) });
    return (QueueUrl: string) => client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...COUNTS] }));
  });
  return async () => {
    const attributesOf = await asker();
    let depth = 0;
    for (const QueueUrl of queueUrls) {
      const { Attributes = {} } = await attributesOf(QueueUrl);
      depth += COUNTS.reduce((sum, count) => sum + Number(Attributes[count] ?? 0), 0);
    }
    return depth;
  };
}
