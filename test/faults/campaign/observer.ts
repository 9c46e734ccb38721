import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Outputs } from '#test/support/deployment.ts';
import { type Message, messageIn } from '#test/support/judge/messages.ts';

/** One message of the topic with one content, and how often it was received. */
export type ObservedMessage = Message & { times: number };

export type Observer = {
  /** By content. */
  observed: ReadonlyMap<string, ObservedMessage>;
  /** Subscribes on a cloud that has just been started: a start keeps only the subscriptions of the template. */
  listen(outputs: Outputs): Promise<void>;
  /** Stops receiving. */
  stop(): Promise<void>;
};

const QUEUE = 'campaign-observer';
const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
const region = 'eu-central-1';

/**
 * A subscriber like one of another system: it gets every message of the topic. It misses messages that are published
 * between a start of the cloud and its own subscription. So only the messages that it received are evidence.
 */
export function createObserver(): Observer {
  const observed = new Map<string, ObservedMessage>();
  let stopListening: () => Promise<void> = async () => undefined;

  const listen = async ({ endpoints, topicArn }: Outputs): Promise<void> => {
    await stopListening();
    const sns = new SNSClient({ endpoint: endpoints.sns, region, credentials });
    const sqs = new SQSClient({ endpoint: endpoints.sqs, region, credentials });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: QUEUE }));
    const Endpoint = topicArn.replace(/^arn:aws:sns:(.*):[^:]*$/, `arn:aws:sqs:$1:${QUEUE}`);
    const Attributes = { RawMessageDelivery: 'true' };
    await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint, Attributes }));
    sns.destroy();
    const controller = new AbortController();
    const listening = receive(sqs, QueueUrl as string, controller.signal, observed);
    stopListening = async () => {
      controller.abort();
      await listening;
      sqs.destroy();
    };
  };
  return { observed, listen, stop: () => stopListening() };
}

/** An engine that was killed does not answer for a moment; it keeps its messages. */
async function receive(sqs: SQSClient, QueueUrl: string, signal: AbortSignal, observed: Map<string, ObservedMessage>) {
  while (!signal.aborted) {
    try {
      const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 });
      const { Messages = [] } = await sqs.send(command, { abortSignal: signal });
      for (const { Body = '' } of Messages) note(Body, observed);
      if (Messages.length === 0) continue;
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }), { abortSignal: signal });
    } catch (error) {
      // The engine stopped with its cloud, or is about to be restarted. The code that starts it calls `listen`.
      if (!signal.aborted && !isEngineAway(error)) throw error;
    }
  }
}

function isEngineAway(error: unknown): boolean {
  const { $metadata, $fault } = error as { $metadata?: { httpStatusCode?: number }; $fault?: string };
  return $fault !== 'client' || ($metadata?.httpStatusCode ?? 500) >= 500;
}

function note(body: string, observed: Map<string, ObservedMessage>): void {
  const known = observed.get(body) ?? { ...messageIn(body), times: 0 };
  observed.set(body, { ...known, times: known.times + 1 });
}
