import type { Feed } from '#shared/domain/feed/feed.ts';
import type { Notification } from './notification.ts';

/** What to do about a notification whose outcome stays unknown, per channel and purpose. */
export type OnUnknown = 'resend' | 'hold';

export type SettleSettings = {
  onUnknown: OnUnknown;
  /** How long a provider may still work on a call that we gave up. */
  inFlightMs: number;
  /** How long the provider's event may take to reach our queue. The one assumption of a resend. */
  marginMs: number;
  /** How long the counts of a queue may lag behind the queue: so long after the feed was seen to have moved, they are asked. */
  countLagMs: number;
  /** How long evidence is waited for before a person has to look. */
  holdAfterMs: number;
  /** Pause between two looks. */
  recheckMs: number;
};

/** What is known at the moment of judging. */
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
      /** A message that only shows whether the feed moves would help. */
      probe: boolean;
      /** Epoch milliseconds: since when the feed is known to have moved far enough. */
      feedMovedAt?: number;
    };

/**
 * Settles UNKNOWN. Silence counts as *not sent* only when an event about something accepted at least
 * the margin later has been applied, and nothing of the feed is left anywhere. The queues' counts lag, so
 * they are believed only that long after the feed was seen to have moved: a feed that stood still tells all
 * at once. It is strong evidence,
 * not proof: an event that took longer than the margin may still come, and shows the notification as
 * doubled then.
 */
export function settle(notification: Notification, evidence: Evidence, settings: SettleSettings): Verdict {
  const unknowns = notification.attempts.filter(({ outcome }) => outcome === 'unknown');
  const latest = unknowns.at(-1);
  if (notification.status !== 'UNKNOWN' || !latest?.settledAt) return { kind: 'hold', reason: 'POLICY' };
  if (settings.onUnknown === 'hold') return { kind: 'hold', reason: 'POLICY' };
  if (unknowns.length > 1) return { kind: 'hold', reason: 'UNKNOWN_AGAIN' };

  const needed = Date.parse(latest.settledAt) + settings.inFlightMs + settings.marginMs;
  const patienceEnds = Date.parse(notification.since) + settings.holdAfterMs;
  if ((evidence.feed.watermark ?? 0) >= needed) {
    return judgeSilence(notification.feedMovedAt ?? evidence.now, patienceEnds, evidence, settings);
  }
  return awaitFeed(needed, patienceEnds, evidence, settings);
}

/** The feed has come far enough: whatever it still holds is in a queue whose count will show it. */
function judgeSilence(
  feedMovedAt: number,
  patienceEnds: number,
  { now, feedDrained }: Evidence,
  { countLagMs, recheckMs }: SettleSettings,
): Verdict {
  const countsAreFreshAt = feedMovedAt + countLagMs;
  if (now < countsAreFreshAt) return { kind: 'wait', until: countsAreFreshAt, probe: false, feedMovedAt };
  if (feedDrained) return { kind: 'resend' };
  if (now >= patienceEnds) return { kind: 'hold', reason: 'FEED_BACKLOG' };
  return { kind: 'wait', until: now + recheckMs, probe: false, feedMovedAt };
}

function awaitFeed(
  needed: number,
  patienceEnds: number,
  { now, feed }: Evidence,
  { marginMs, recheckMs }: SettleSettings,
): Verdict {
  if (now >= patienceEnds) return { kind: 'hold', reason: 'FEED_SILENT' };
  const probedAt = feed.probedAt ?? 0;
  const probed = probedAt >= needed && probedAt + marginMs > now;
  return { kind: 'wait', until: Math.max(now + recheckMs, needed), probe: now >= needed && !probed };
}
