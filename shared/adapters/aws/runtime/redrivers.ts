import { type FailedRedriverPorts, failedRedriver } from '#shared/delivery/failed-redriver.ts';
import { type ErasureRedriverPorts, erasureRedriver, isAboutErasure } from '#shared/erasure/erasure-redriver.ts';
import { AS_REPLACEMENT } from '#shared/fallback/fallback.ts';
import { parseWith } from '#shared/messaging/parse.ts';
import { listOf, object, someText } from '#shared/messaging/read.ts';
import type { Log } from '#shared/messaging/system.ts';
import { FUNCTION } from '#shared/names.ts';
import type { OutboxStore } from '#shared/once/ports.ts';
import type { Redriver } from '#shared/once/redriver.ts';
import { outboxRedriver } from '#shared/redrive/outbox-redriver.ts';
import type { PagePorts } from '#shared/redrive/ports.ts';
import { queueRedriver } from './queue-redriver.ts';

const queues = listOf(object({ subscriber: someText, url: someText }));

export type RedriverPorts = ErasureRedriverPorts &
  Omit<FailedRedriverPorts, 'replacement'> & { outbox: Pick<OutboxStore, 'makeDue' | 'readOutbox'>; log: Log };

/** The subscribers whose requests fail together with their notifications. */
const SENDERS: readonly string[] = [FUNCTION.sendEmail, FUNCTION.sendSms, FUNCTION.postWebhook];

/**
 * How the dead letters of each subscriber of a stage are sent again.
 * @param text JSON: for each subscriber, the address of its queue.
 */
export function redriversOf(
  text: string,
  ports: RedriverPorts,
): { subscribers: string[]; redriverOf: PagePorts['redriverOf'] } {
  const all = parseWith(queues, JSON.parse(text), 'The list of queues cannot be read');
  const bySubscriber = new Map(
    all.map(({ subscriber, url }) => [subscriber, ofSubscriber(subscriber, queueRedriver(url, ports.log), ports)]),
  );
  return { subscribers: all.map(({ subscriber }) => subscriber), redriverOf: registered(bySubscriber, ports) };
}

/** The redrivers of concepts, beside those of queues. */
export function registered(bySubscriber: ReadonlyMap<string, Redriver>, ports: RedriverPorts): PagePorts['redriverOf'] {
  const ofRows = outboxRedriver(ports.outbox, ports.clock);
  const ofErasures = erasureRedriver(ports);
  return (letter) => {
    const { subscriber, message } = letter;
    if (message === undefined) return 'NO_MESSAGE';
    if (subscriber === FUNCTION.relayOutbox) return ofRows;
    if (subscriber === FUNCTION.wakeDue) return isAboutErasure(letter) ? ofErasures : ofRows;
    return bySubscriber.get(subscriber) ?? 'SUBSCRIBER_UNKNOWN';
  };
}

/** A sender's request may be about a notification that has failed. */
export const ofSubscriber = (subscriber: string, queue: Redriver, ports: RedriverPorts): Redriver =>
  SENDERS.includes(subscriber) ? failedRedriver(queue, { ...ports, replacement: AS_REPLACEMENT }) : queue;
