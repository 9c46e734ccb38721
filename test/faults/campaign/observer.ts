import type { Outputs } from '#test/support/deployment.ts';
import { type Message, messageIn } from '#test/support/judge/messages.ts';
import { listenTo } from '#test/support/topic.ts';

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

/**
 * A subscriber like one of another system: it gets every message of the topic. It misses messages that are published
 * between a start of the cloud and its own subscription. So only the messages that it received are evidence.
 */
export function createObserver(): Observer {
  const observed = new Map<string, ObservedMessage>();
  let stopListening: () => Promise<void> = async () => undefined;

  const listen = async (outputs: Outputs): Promise<void> => {
    await stopListening();
    stopListening = await listenTo(outputs, 'campaign-observer', (body) => note(body, observed));
  };
  return { observed, listen, stop: () => stopListening() };
}

function note(body: string, observed: Map<string, ObservedMessage>): void {
  const known = observed.get(body) ?? { ...messageIn(body), times: 0 };
  observed.set(body, { ...known, times: known.times + 1 });
}
