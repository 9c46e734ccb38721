import type { RecipientEvent } from '#shared/messaging/recipient-event.ts';
import type { Notification } from './notification.ts';

/** Milliseconds from one step of a message's life to the next; of those that are known. */
export type Durations = {
  acceptedToPublishedMs?: number;
  publishedToClaimedMs?: number;
  claimedToSentMs?: number;
  sentToDeliveredMs?: number;
};

export type Seen = { publishedAt?: string | undefined; events: readonly RecipientEvent[] };

/**
 * The time that each step took. What waited for its `sendAt` was accepted then. A step that was seen before the one
 * before it, by a clock that is behind or a sender that was quicker than the mark, took none.
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

/** When it could have been sent at the earliest, in epoch milliseconds. */
export const startOf = ({ createdAt, sendAt }: Notification): number =>
  Math.max(Date.parse(createdAt), sendAt === undefined ? 0 : Date.parse(sendAt));

/** When a provider took it, or a person knew that it had been sent. */
export const sentMoment = (notification: Notification): number | undefined =>
  notification.status === 'SENT' ? Date.parse(notification.sentAt) : undefined;

/** When the last of those who have it got it; undefined: nobody is known to have it. */
export function deliveredMoment(events: readonly RecipientEvent[]): number | undefined {
  const moments = events.filter(({ kind }) => kind === 'DELIVERED').map(({ at }) => Date.parse(at));
  return moments.length === 0 ? undefined : Math.max(...moments);
}

const between = (earlier: number | undefined, later: number | undefined): number | undefined =>
  earlier === undefined || later === undefined ? undefined : Math.max(0, later - earlier);
