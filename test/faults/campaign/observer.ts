import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Outputs } from '#test/support/deployment.ts';
import { type Message, messageIn } from '#test/support/judge/messages.ts';

/** One message of the topic, in one wording, as often as it came. */
export type Overheard = Message & { times: number };

export type Observer = {
  /** By their text. */
  overheard: ReadonlyMap<string, Overheard>;
  /** Listens on a cloud that has just been started: a start leaves only the subscriptions of the template. */
  listen(outputs: Outputs): Promise<void>;
  /** Settles when nothing more is waiting for it. */
  stop(): Promise<void>;
};

const QUEUE = 'campaign-observer';
const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
const region = 'eu-central-1';

/**
 * A subscriber like any other system's: it gets every message of the topic. It misses what is published between a
 * start of the cloud and its own subscription, so what it did not hear says nothing; what it heard does.
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

/** An engine that was killed does not answer for a moment; what it holds is there afterwards. */
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
      // Gone with its cloud, or about to be started again: whoever starts it calls `listen`.
      if (!signal.aborted && !isEngineAway(error)) throw error;
    }
  }
}

function isEngineAway(error: unknown): boolean {
  const { $metadata, $fault } = error as { $metadata?: { httpStatusCode?: number }; $fault?: string };
  return $fault !== 'client' || ($metadata?.httpStatusCode ?? 500) >= 500;
}

function note(body: string, overheard: Map<string, Overheard>): void {
  const known = overheard.get(body) ?? { ...messageIn(body), times: 0 };
  overheard.set(body, { ...known, times: known.times + 1 });
}
