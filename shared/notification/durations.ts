import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import type { Notification } from './notification.ts';

/** Milliseconds from one step of a notification's life to the next. Unknown durations are absent. */
export type Durations = {
  acceptedToPublishedMs?: number;
  publishedToClaimedMs?: number;
  claimedToSentMs?: number;
  sentToDeliveredMs?: number;
};

export type Seen = { publishedAt?: string | undefined; events: readonly RecipientEvent[] };

/**
 * The duration of each step. A notification with a `sendAt` counts as accepted at that time. If a step has an earlier
 * timestamp than the step before it, its duration is 0: a clock was behind, or the sender was faster than the mark.
 */
export function durationsOf(notification: Notification, { publishedAt, events }: Seen): Durations {
  const accepted = startOf(notification);
  const published = publishedAt === undefined ? undefined : Date.parse(publishedAt);
  const [first] = notification.attempts;
  const claimed = first && Date.parse(first.claimedAt);
  const sent = sentMoment(notification);
  const delivered = deliveredMoment(events);
  const durations = {
    acceptedToPublishedMs: between(accepted, published),
    publishedToClaimedMs: between(published, claimed),
    claimedToSentMs: between(claimed, sent),
    sentToDeliveredMs: between(sent, delivered),
  };
  return Object.fromEntries(Object.entries(durations).filter(([, ms]) => ms !== undefined));
}

/** The earliest time at which it could be sent, in epoch milliseconds. */
export const startOf = ({ createdAt, sendAt }: Notification): number =>
  Math.max(Date.parse(createdAt), sendAt === undefined ? 0 : Date.parse(sendAt));

/** When a provider accepted it, or when an operator marked it as sent. */
export const sentMoment = (notification: Notification): number | undefined =>
  notification.status === 'SENT' ? Date.parse(notification.sentAt) : undefined;

/** The time of the last known delivery to a recipient; undefined: no delivery is known. */
export function deliveredMoment(events: readonly RecipientEvent[]): number | undefined {
  const moments = events.filter(({ kind }) => kind === 'DELIVERED').map(({ at }) => Date.parse(at));
  return moments.length === 0 ? undefined : Math.max(...moments);
}

const between = (earlier: number | undefined, later: number | undefined): number | undefined =>
  earlier === undefined || later === undefined ? undefined : Math.max(0, later - earlier);
