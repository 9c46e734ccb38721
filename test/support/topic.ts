import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Outputs } from '#infra/local/outputs.ts';

const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
const region = 'eu-central-1';

/**
 * Subscribes a queue to the topic of a local cloud, like a subscriber of another system: it gets every message. A start
 * of the cloud keeps only the subscriptions of the template.
 * @returns what stops it, after the messages that have arrived.
 */
export async function listenTo(
  { endpoints, topicArn }: Outputs,
  queue: string,
  onMessage: (body: string) => void,
): Promise<() => Promise<void>> {
  const sns = new SNSClient({ endpoint: endpoints.sns, region, credentials });
  const sqs = new SQSClient({ endpoint: endpoints.sqs, region, credentials });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: queue }));
  const Endpoint = topicArn.replace(/^arn:aws:sns:(.*):[^:]*$/, `arn:aws:sqs:$1:${queue}`);
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint, Attributes }));
  sns.destroy();
  const controller = new AbortController();
  const listening = receive({ sqs, QueueUrl: QueueUrl ?? '' }, controller.signal, onMessage);
  return async () => {
    controller.abort();
    await listening;
    sqs.destroy();
  };
}

/** An engine that was killed does not answer for a moment; it keeps its messages. */
async function receive(queue: Queue, signal: AbortSignal, onMessage: (body: string) => void): Promise<void> {
  while (!signal.aborted) await unlessAway(() => receiveBatch(queue, onMessage, { WaitTimeSeconds: 5 }, signal));
  while (await unlessAway(() => receiveBatch(queue, onMessage, { WaitTimeSeconds: 0 })));
}

type Queue = { sqs: SQSClient; QueueUrl: string };

/** @returns how many messages there were. */
async function receiveBatch(
  { sqs, QueueUrl }: Queue,
  onMessage: (body: string) => void,
  wait: { WaitTimeSeconds: number },
  abortSignal?: AbortSignal,
): Promise<number> {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...wait });
  const { Messages = [] } = await sqs.send(command, { ...(abortSignal && { abortSignal }) });
  for (const { Body = '' } of Messages) onMessage(Body);
  if (Messages.length === 0) return 0;
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  return Messages.length;
}

/** The engine stopped with its cloud, is about to be restarted, or the wait was cancelled: there is nothing to receive. */
async function unlessAway(receiving: () => Promise<number>): Promise<number> {
  try {
    return await receiving();
  } catch (error) {
    if (isEngineAway(error) || (error instanceof Error && error.name === 'AbortError')) return 0;
    throw error;
  }
}

function isEngineAway(error: unknown): boolean {
  const { $metadata, $fault } = error as { $metadata?: { httpStatusCode?: number }; $fault?: string };
  return $fault !== 'client' || ($metadata?.httpStatusCode ?? 500) >= 500;
}
