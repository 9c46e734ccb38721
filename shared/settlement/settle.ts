import type { Notification } from '#shared/notification/notification.ts';
import type { Feed } from './feed.ts';

/** What happens to a notification whose outcome stays unknown, per channel and purpose. */
export type OnUnknown = 'resend' | 'hold' | 'repeat';

/** A sender that crashes on every attempt must not be started again forever. */
const MOST_REPEATS = 16;

export type SettleSettings = {
  onUnknown: OnUnknown;
  /** How long a provider may still process a call that we gave up on. */
  inFlightMs: number;
  /** How long the provider's event may take to reach our queue. This is the only assumption behind a resend. */
  marginMs: number;
  /** How long a queue's counts may lag. The counts are read this long after the feed was seen to have moved. */
  countLagMs: number;
  /** How long to wait for evidence before an operator has to decide. */
  holdAfterMs: number;
  /** Pause between two checks. */
  recheckMs: number;
};

/** What is known when the notification is judged. */
export type Evidence = {
  now: number;
  feed: Feed /** Nothing of the feed is queued, in flight or dead. */;
  feedDrained: boolean;
};

export type Verdict =
  | { kind: 'resend' }
  | { kind: 'hold'; reason: 'POLICY' | 'UNKNOWN_AGAIN' | 'FEED_SILENT' | 'FEED_BACKLOG' }
  | {
      kind: 'wait';
      /** Epoch milliseconds. */
      until: number;
      /** Whether a probe would help: a message that only shows whether the feed moves. */
      probe: boolean;
      /** Epoch milliseconds: since when the feed has been known to be far enough. */
      feedMovedAt?: number;
    };

/**
 * Settles UNKNOWN. Silence of the feed counts as *not sent* only under two conditions. First, an event has been applied
 * about something that was accepted at least the margin later. Second, no event of the feed is left in any queue. The
 * queues' counts lag, and a feed that stood still delivers everything at once. So the counts are believed only
 * `countLagMs` after the feed was seen to have moved. This is strong evidence, not proof: an event that takes longer
 * than the margin may still arrive, and then marks the notification as doubled.
 */
export function settle(notification: Notification, evidence: Evidence, settings: SettleSettings): Verdict {
  const unknowns = notification.attempts.filter(({ outcome }) => outcome === 'unknown');
  const latest = unknowns.at(-1);
  if (notification.status !== 'UNKNOWN' || !latest?.settledAt) return { kind: 'hold', reason: 'POLICY' };
  if (settings.onUnknown === 'hold') return { kind: 'hold', reason: 'POLICY' };
  // The receiver recognises a repetition, so it needs no evidence.
  if (settings.onUnknown === 'repeat') {
    return notification.attempts.length < MOST_REPEATS ? { kind: 'resend' } : { kind: 'hold', reason: 'UNKNOWN_AGAIN' };
  }
  if (unknowns.length > 1) return { kind: 'hold', reason: 'UNKNOWN_AGAIN' };

  const needed = Date.parse(latest.settledAt) + settings.inFlightMs + settings.marginMs;
  const waitEndsAt = Date.parse(notification.since) + settings.holdAfterMs;
  if ((evidence.feed.watermark ?? 0) >= needed) {
    return judgeSilence(notification.feedMovedAt ?? evidence.now, waitEndsAt, evidence, settings);
  }
  return awaitFeed(needed, waitEndsAt, evidence, settings);
}

/** The feed is far enough: every event that it still holds is in a queue, and the queue's count will show it. */
function judgeSilence(
  feedMovedAt: number,
  waitEndsAt: number,
  { now, feedDrained }: Evidence,
  { countLagMs, recheckMs }: SettleSettings,
): Verdict {
  const countsAreFreshAt = feedMovedAt + countLagMs;
  if (now < countsAreFreshAt) return { kind: 'wait', until: countsAreFreshAt, probe: false, feedMovedAt };
  if (feedDrained) return { kind: 'resend' };
  if (now >= waitEndsAt) return { kind: 'hold', reason: 'FEED_BACKLOG' };
  return { kind: 'wait', until: now + recheckMs, probe: false, feedMovedAt };
}

function awaitFeed(
  needed: number,
  waitEndsAt: number,
  { now, feed }: Evidence,
  { marginMs, recheckMs }: SettleSettings,
): Verdict {
  if (now >= waitEndsAt) return { kind: 'hold', reason: 'FEED_SILENT' };
  const probedAt = feed.probedAt ?? 0;
  const probed = probedAt >= needed && probedAt + marginMs > now;
  return { kind: 'wait', until: Math.max(now + recheckMs, needed), probe: now >= needed && !probed };
}
