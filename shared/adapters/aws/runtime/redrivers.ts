import { parseWith } from '#shared/messaging/parse.ts';
import { listOf, object, someText } from '#shared/messaging/read.ts';
import type { Clock, Log } from '#shared/messaging/system.ts';
import { FUNCTION } from '#shared/names.ts';
import type { OutboxStore } from '#shared/once/ports.ts';
import { outboxRedriver } from '#shared/redrive/outbox-redriver.ts';
import type { PagePorts, Redriver } from '#shared/redrive/ports.ts';
import { queueRedriver } from './queue-redriver.ts';

const queues = listOf(object({ subscriber: someText, url: someText }));

type RedriverPorts = { outbox: Pick<OutboxStore, 'makeDue' | 'readOutbox'>; clock: Clock; log: Log };

/**
 * How the dead letters of each subscriber of a stage are sent again.
 * @param text JSON: for each subscriber, the address of its queue.
 */
export function redriversOf(
  text: string,
  { outbox, clock, log }: RedriverPorts,
): { subscribers: string[]; redriverOf: PagePorts['redriverOf'] } {
  const all = parseWith(queues, JSON.parse(text), 'The list of queues cannot be read');
  const bySubscriber = new Map<string, Redriver>(
    all.map(({ subscriber, url }) => [subscriber, queueRedriver(url, log)]),
  );
  bySubscriber.set(FUNCTION.wakeDue, outboxRedriver(outbox, clock));
  return {
    subscribers: all.map(({ subscriber }) => subscriber),
    redriverOf: ({ subscriber, message }) =>
      message === undefined ? 'NO_MESSAGE' : (bySubscriber.get(subscriber) ?? 'SUBSCRIBER_UNKNOWN'),
  };
}
