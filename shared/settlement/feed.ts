import type { StateKey } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { Channel } from '#shared/names.ts';

/** The state of a provider's event feed, for the whole stage. */
export type Feed = {
  /** Epoch milliseconds by the provider's clock: the newest acceptance that an event has reported. */
  watermark?: number;
  /** Epoch milliseconds: when the last probe was sent. A probe is a message that only shows whether the feed moves. */
  probedAt?: number;
};

export const FEED = shapeOf<Feed>('feed');

/** One row per channel. It belongs to no tenant: the tenant is empty, and a real tenant's name never is. */
export const feedKey = (channel: Channel): StateKey => ({ tenant: '', type: FEED.name, id: channel });

/** Advances the watermark to an acceptance. An older acceptance changes nothing. */
export function advanced(feed: Feed, acceptedAt: number): Feed {
  return acceptedAt > (feed.watermark ?? 0) ? { ...feed, watermark: acceptedAt } : feed;
}

/** Used in place of a notification id in messages that only show whether the feed moves. */
export const PROBE_ID = 'probe';
