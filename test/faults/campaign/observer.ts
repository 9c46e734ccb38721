import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Envelope } from '#shared/messaging/envelope.ts';
import type { Outputs } from '#test/support/deployment.ts';

/** One message of the topic with its repetitions. */
export type Overheard = {
  id: string;
  type: string;
  tenant: string;
  notificationId?: string;
  times: number;
  /** Each different text with this id. */
  bodies: Set<string>;
};

export type Observer = {
  overheard: Map<string, Overheard>;
  /** Subscribes again after each start, because a start keeps only the subscriptions of the template. */
  listen(outputs: Outputs): Promise<void>;
  /** Settles when its queue is empty. */
  stop(): Promise<void>;
};

const QUEUE = 'campaign-observer';
const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
const region = 'eu-central-1';

/**
 * A subscriber like one of another system: it receives every message of the topic. It misses messages between a start of
 * the cloud and its own subscription, so only received messages are evidence, and missing ones are not.
 */
export function createObserver(): Observer {
  const overheard = new Map<string, Overheard>();
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
    const listening = hear(sqs, QueueUrl as string, controller.signal, overheard);
    stopListening = async () => {
      controller.abort();
      await listening;
      sqs.destroy();
    };
  };
  return { overheard, listen, stop: () => stopListening() };
}

/** A killed engine does not answer until its restart, and keeps its messages. */
async function hear(sqs: SQSClient, QueueUrl: string, signal: AbortSignal, overheard: Map<string, Overheard>) {
  while (!signal.aborted) {
    try {
      const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 });
      const { Messages = [] } = await sqs.send(receive, { abortSignal: signal });
      for (const { Body = '' } of Messages) note(Body, overheard);
      if (Messages.length === 0) continue;
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }), { abortSignal: signal });
    } catch (error) {
      // The cloud is down or is being restarted. The restart calls `listen`.
      if (!signal.aborted && !isEngineAway(error)) throw error;
    }
  }
}

function isEngineAway(error: unknown): boolean {
  const { $metadata, $fault } = error as { $metadata?: { httpStatusCode?: number }; $fault?: string };
  return $fault !== 'client' || ($metadata?.httpStatusCode ?? 500) >= 500;
}

function note(body: string, overheard: Map<string, Overheard>): void {
  const { id, type, tenantid, data } = JSON.parse(body) as Envelope<{ notificationId?: string }>;
  const known = overheard.get(id);
  const { notificationId } = data ?? {};
  const about = { id, type, tenant: tenantid, ...(notificationId !== undefined && { notificationId }) };
  const one = known ?? { ...about, times: 0, bodies: new Set<string>() };
  one.times += 1;
  one.bodies.add(body);
  overheard.set(id, one);
}
