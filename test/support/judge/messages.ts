import type { Envelope } from '#shared/messaging/envelope.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { tracedMessage } from '#shared/once/trace.ts';

/** A message as it was stored or published, with fields of its envelope. */
export type Message = {
  id: string;
  type: string;
  tenant: string;
  /** Its subject, such as `order/o1`. */
  subject: string;
  notificationId?: string;
  body: string;
};

/** @param body the envelope, as JSON. */
export function messageIn(body: string): Message {
  const { id, type, tenantid, subject, data } = JSON.parse(body) as Envelope<{ notificationId?: string }>;
  const notificationId = data?.notificationId;
  return { id, type, tenant: tenantid, subject, ...(notificationId !== undefined && { notificationId }), body };
}

/** The name of a notification, order or message in a report. */
export const nameOf = (tenant: string, id: string): string => `${tenant} ${id}`;

const NOTIFICATION_EVENT = /^counterfoil\.notification\.(\w+)\.v1$/;

/** Events about each notification, by `nameOf`: `requested`, `sent`, `failed`, … */
export function eventsByNotification(messages: Iterable<Message>): Map<string, string[]> {
  const events = new Map<string, string[]>();
  for (const { type, tenant, notificationId } of messages) {
    const event = NOTIFICATION_EVENT.exec(type)?.[1];
    if (event === undefined || notificationId === undefined) continue;
    const name = nameOf(tenant, notificationId);
    events.set(name, [...(events.get(name) ?? []), event]);
  }
  return events;
}

export type MessageFinding = {
  what: 'published with different contents' | 'published, but in no outbox' | 'one event, twice';
  about: string;
  why: string;
};

/** Events that happen once for their subject. */
const ONCE =
  /notification\.(sent|failed|held|doubled|suppressed|cancelled|delivered|bounced|complained|rejected)|first-item-added|order\.placed/;

/** A message is committed without the `traceparent` that follows from it, and is published with it. */
const traced = (body: string): string => tracedMessage(body).body;

/**
 * A message has the same content each time it is published, and in its outbox row. A message that is in no outbox is a
 * reminder of an existing notification. An event that happens once is announced once.
 * @param notifications names of all existing notifications, from `nameOf`.
 */
export function judgeMessages(
  stored: readonly Message[],
  published: Iterable<Message>,
  notifications: ReadonlySet<string>,
): MessageFinding[] {
  const findings: MessageFinding[] = [];
  const storedBodies = new Map(stored.map(({ id, body }) => [id, body]));
  for (const [id, same] of Map.groupBy(published, (one) => one.id)) {
    const [{ type, tenant, notificationId = '' }] = same as [Message];
    const about = `${type} ${id} of ${tenant}`;
    const own = storedBodies.get(id);
    const bodies = new Set([...same.map(({ body }) => body), ...(own === undefined ? [] : [own])].map(traced));
    if (bodies.size > 1)
      findings.push({ what: 'published with different contents', about, why: [...bodies].join(' | ') });
    const isReminder = type === NOTIFICATION_REQUESTED && notifications.has(nameOf(tenant, notificationId));
    if (own === undefined && !isReminder)
      findings.push({ what: 'published, but in no outbox', about, why: same[0]?.body ?? '' });
  }
  return [...findings, ...repeatedEvents(stored)];
}

function repeatedEvents(stored: readonly Message[]): MessageFinding[] {
  const events = Map.groupBy(
    stored.filter(({ type }) => ONCE.test(type)),
    ({ type, tenant, subject, notificationId = '' }) => `${type} of ${tenant} ${subject} ${notificationId}`,
  );
  return [...events]
    .filter(([, same]) => same.length > 1)
    .map(([about, same]) => ({ what: 'one event, twice', about, why: same.map(({ id }) => id).join(', ') }));
}
