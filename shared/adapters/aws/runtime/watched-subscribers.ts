import { GetEventSourceMappingCommand, LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { MappingState, SubscriberMappings, SubscriberQueues, WatchedSubscriber } from '#shared/lane/ports.ts';
import { parseWith } from '#shared/messaging/parse.ts';
import { listOf, number, object, optional, someText } from '#shared/messaging/read.ts';
import { requestTimeouts } from './request-handler.ts';

/** Short, because a function's variables have 4 KB together. Absent: the usual value. */
const subscribers = listOf(
  object({ name: someText, queue: someText, mapping: someText, id: optional(someText), days: optional(number) }),
);

/** SQS's longest retention, which queues have unless the stack says otherwise. */
const USUAL_DAYS = 14;

/**
 * The subscribers of a stage, their event source mappings and their queues.
 * @param text JSON, from the stack.
 * @param anyQueue the URL of a queue of the stage.
 */
export function watchedSubscribers(
  text: string,
  anyQueue: string,
): {
  subscribers: WatchedSubscriber[];
  mappings: SubscriberMappings;
  queues: SubscriberQueues;
} {
  const all = parseWith(subscribers, JSON.parse(text), 'The list of subscribers cannot be read');
  const byName = new Map(all.map((one) => [one.name, one]));
  const of = (name: string) => {
    const found = byName.get(name);
    if (!found) throw new TypeError('A subscriber is not in the list of the stack.');
    return found;
  };
  return {
    subscribers: all.map(({ name, id: subscriberId = name, days = USUAL_DAYS }) => ({
      ...{ name, subscriberId },
      retentionSeconds: days * 86_400,
    })),
    mappings: eventSourceMappings((name) => of(name).mapping),
    queues: queueFigures((name) => `${anyQueue.slice(0, anyQueue.lastIndexOf('/'))}/${of(name).queue}`),
  };
}

/** AWS has more states, such as `Creating` and `Updating`. Each of them ends by itself. */
const STATES: Readonly<Record<string, MappingState>> = { Enabled: 'enabled', Disabled: 'disabled' };

/** @param idOf the UUID of a subscriber's mapping. */
function eventSourceMappings(idOf: (name: string) => string): SubscriberMappings {
  const client = new LambdaClient({ requestHandler: requestTimeouts(3000) });
  return {
    async stateOf(name) {
      const { State = '' } = await client.send(new GetEventSourceMappingCommand({ UUID: idOf(name) }));
      return STATES[State] ?? 'changing';
    },
    async turn(name, to) {
      const command = new UpdateEventSourceMappingCommand({ UUID: idOf(name), Enabled: to === 'enabled' });
      await client.send(command).catch((error: unknown) => {
        // The previous change is still in progress.
        if (!(error instanceof Error && error.name === 'ResourceInUseException')) throw error;
      });
    },
  };
}

/** @param urlOf the URL of a subscriber's queue. */
function queueFigures(urlOf: (name: string) => string): SubscriberQueues {
  const client = new SQSClient({ requestHandler: requestTimeouts(3000) });
  return {
    async figuresOf(name) {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({
          QueueUrl: urlOf(name),
          AttributeNames: [
            'ApproximateNumberOfMessages',
            'ApproximateNumberOfMessagesNotVisible',
            'ApproximateNumberOfMessagesDelayed',
          ],
        }),
      );
      return {
        waiting: Number(Attributes.ApproximateNumberOfMessages ?? 0),
        inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
        delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
      };
    },
  };
}
