import { parseWith } from '#shared/messaging/parse.ts';
import { listOf, number, object, someText } from '#shared/messaging/read.ts';
import type { DrainedQueue } from '#shared/once/collect.ts';

const subscribers = listOf(object({ subscriber: someText, receives: number, dead: someText, undeliverable: someText }));

/**
 * The dead-letter queues of a stage by their ARNs.
 * @param text JSON: for each subscriber, the names of its queues, and how often its queue delivers a message.
 */
export function drainedQueues(text: string): (arn: string) => DrainedQueue | undefined {
  const all = parseWith(subscribers, JSON.parse(text), 'The list of dead-letter queues cannot be read');
  const byName = new Map(
    all.flatMap(({ subscriber, receives, dead, undeliverable }): [string, DrainedQueue][] => [
      [dead, { subscriber, receives, kind: 'dead' }],
      [undeliverable, { subscriber, receives, kind: 'undeliverable' }],
    ]),
  );
  return (arn) => byName.get(arn.split(':').at(-1) ?? '');
}
