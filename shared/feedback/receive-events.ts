import type { HttpEvent, HttpResponse } from '#shared/http/event.ts';
import type { Clock, Log } from '#shared/messaging/system.ts';
import { COUNTER } from '#shared/names.ts';
import type { Counters } from '#shared/once/counters.ts';
import type { Publisher } from '#shared/once/ports.ts';
import { publishAll } from '#shared/once/publish.ts';
import type { EventReceiver } from './provider-event.ts';

/** Providers post less than a megabyte at once. A longer body is refused before its signature is computed. */
const MOST_BYTES = 2 * 1024 * 1024;

export type ReceivePorts = {
  receive: EventReceiver;
  publisher: Publisher;
  clock: Clock;
  log: Log;
  counters: Counters;
};

/**
 * Answers a provider that posts events. An answer 2xx means that every event is in the topic, so none is lost. After any
 * other answer, the provider posts the events again. A repetition is put into the topic again: the function that records the events
 * records each one once, which also covers repetitions within the topic and its queue.
 */
export function receiveEvents({ receive, publisher, clock, log, counters }: ReceivePorts) {
  /** The answer tells a stranger nothing. The log names the reason. */
  const refused = async (status: number, reason: string): Promise<HttpResponse> => {
    log.warn('Events refused', { reason });
    await counters.count(COUNTER.emailEventsRefused, 1);
    return answer(status);
  };
  return async ({ headers, body = '', isBase64Encoded }: HttpEvent): Promise<HttpResponse> => {
    const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
    if (bytes.length > MOST_BYTES) return refused(413, 'TOO_LARGE');
    const received = receive({ headers, body: bytes }, clock.now());
    if (received.kind === 'refused') {
      return refused(received.reason === 'UNREADABLE' ? 400 : 401, received.reason);
    }
    const { events, foreign } = received;
    const publications = events.map((event, index) => ({
      key: `event-${index}`,
      body: event,
      attributes: {},
      groupId: 'events',
    }));
    const failures = await publishAll(publications, publisher);
    if (failures.length > 0) {
      log.error('Events not queued; the provider posts them again', { events: events.length, failures });
      return answer(503);
    }
    log.info('Events queued', { events: events.length, foreign });
    return answer(204);
  };
}

const answer = (statusCode: number): HttpResponse => ({
  statusCode,
  headers: { 'cache-control': 'no-store' },
  body: '',
});
