import type { Channel } from '#shared/names.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { advanced, FEED, type Feed, feedKey, isOfAnother } from './feed.ts';

/** Reads and advances the feed's row. A write that conflicts is retried with the current row. */
export type FeedKeeper = {
  read(): Promise<Feed>;
  /**
   * Moves the watermark after an event reported an acceptance at `acceptedAt` (epoch milliseconds). Steps smaller than
   * `stepMs` are not worth a write.
   */
  advance(acceptedAt: number, stepMs: number): Promise<void>;
  /** True for the one caller that may probe now, because no one has probed since `since` (epoch milliseconds). */
  reserveProbe(now: number, since: number): Promise<boolean>;
};

/** @param provider whose events are reported; default: SES. */
export function feedKeeper(store: StateStore<Feed>, channel: Channel, provider = 'ses'): FeedKeeper {
  const key = feedKey(channel);
  let known = 0;

  /** Writes the result of `changed`, and retries after a conflict. False: there is nothing to change. */
  const change = async (changed: (feed: Feed) => Feed | undefined): Promise<boolean> => {
    let stored = await store.read(key);
    while (true) {
      const state = changed(stored?.state ?? {});
      if (!state) return false;
      const version = stored?.version ?? 0;
      const result = await store.replace(key, version, {
        schemaVersion: stored?.schemaVersion ?? FEED.written,
        version: version + 1,
        state,
      });
      if (result.kind === 'replaced') return true;
      stored = result.current;
    }
  };

  return {
    read: async () => (await store.read(key))?.state ?? {},
    advance: async (acceptedAt, stepMs) => {
      if (acceptedAt < known + stepMs) return;
      await change((feed) =>
        isOfAnother(feed, provider) || acceptedAt >= (feed.watermark ?? 0) + stepMs
          ? advanced(feed, acceptedAt, provider)
          : undefined,
      );
      known = acceptedAt;
    },
    reserveProbe: (now, since) =>
      change((feed) => ((feed.probedAt ?? 0) >= since ? undefined : { ...feed, probedAt: now })),
  };
}
