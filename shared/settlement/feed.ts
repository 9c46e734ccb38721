import type { StateKey } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { Channel } from '#shared/names.ts';

/** The state of a provider's event feed, for the whole stage. */
export type Feed = {
  /** Epoch milliseconds by the provider's clock: the newest acceptance that an event has reported. */
  watermark?: number;
  /** Epoch milliseconds: when the last probe was sent. A probe is a message that only shows whether the feed moves. */
  probedAt?: number;
  /** The provider whose events the watermark is about. Absent: SES, which was the only one in earlier releases. */
  provider?: string;
  /**
   * Epoch milliseconds: the first acceptance that this provider's events reported, if the stage had another provider
   * before. The feed knows nothing about earlier calls.
   */
  since?: number;
};

/** The provider of a feed's row that names none. */
const FIRST_PROVIDER = 'ses';

export const FEED = shapeOf<Feed>('feed');

/** One row per channel. It belongs to no tenant: the tenant is empty, and a real tenant's name never is. */
export const feedKey = (channel: Channel): StateKey => ({ tenant: '', type: FEED.name, id: channel });

/** Whether the row is about another provider than this one, so that its watermark says nothing about this one. */
export const isOfAnother = ({ watermark, provider = FIRST_PROVIDER }: Feed, name: string): boolean =>
  watermark !== undefined && provider !== name;

/** Advances the watermark to an acceptance by a provider. An older acceptance changes nothing. */
export function advanced(feed: Feed, acceptedAt: number, provider: string = FIRST_PROVIDER): Feed {
  const named = provider === FIRST_PROVIDER ? {} : { provider };
  if (isOfAnother(feed, provider)) return { ...named, watermark: acceptedAt, since: acceptedAt };
  return acceptedAt > (feed.watermark ?? 0) ? { ...feed, ...named, watermark: acceptedAt } : feed;
}

/** Used in place of a notification id in messages that only show whether the feed moves. */
export const PROBE_ID = 'probe';
