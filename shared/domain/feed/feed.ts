import type { StateKey } from '#shared/messaging/identity.ts';
import type { Channel } from '#shared/names.ts';

/** What is known of a provider's feed of events, for the whole stage. */
export type Feed = {
  /** Epoch milliseconds by the provider's clock: the newest acceptance that an event has told us of. */
  watermark?: number;
  /** Epoch milliseconds: when a message was last sent only to see whether the feed moves. */
  probedAt?: number;
};

/** One row a channel. No tenant's: a tenant's name is never empty. */
export const feedKey = (channel: Channel): StateKey => ({ tenant: '', type: 'feed', id: channel });

/** The feed after an acceptance was seen; the same if it is no news. */
export function advanced(feed: Feed, acceptedAt: number): Feed {
  return acceptedAt > (feed.watermark ?? 0) ? { ...feed, watermark: acceptedAt } : feed;
}
