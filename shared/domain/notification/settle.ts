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
  /** How long the counts of a queue may lag behind the queue. */
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
  | { kind: 'wait'; until: number /** A message that only shows whether the feed moves would help. */; probe: boolean };

/**
 * Settles UNKNOWN. Silence counts as *not sent* only when an event about something accepted at least
 * the margin later has been applied, and nothing of the feed is left anywhere. It is strong evidence,
 * not proof: an event that took longer than the margin may still come, and shows the notification as
 * doubled then.
 */
export function settle(
  notification: Notification,
  { now, feed, feedDrained }: Evidence,
  settings: SettleSettings,
): Verdict {
  const unknowns = notification.attempts.filter(({ outcome }) => outcome === 'unknown');
  const latest = unknowns.at(-1);
  if (notification.status !== 'UNKNOWN' || !latest?.settledAt) return { kind: 'hold', reason: 'POLICY' };
  if (settings.onUnknown === 'hold') return { kind: 'hold', reason: 'POLICY' };
  if (unknowns.length > 1) return { kind: 'hold', reason: 'UNKNOWN_AGAIN' };

  const needed = Date.parse(latest.settledAt) + settings.inFlightMs + settings.marginMs;
  const feedMoved = (feed.watermark ?? 0) >= needed;
  const countsAreFresh = now >= needed + settings.countLagMs;
  if (feedMoved && countsAreFresh && feedDrained) return { kind: 'resend' };
  if (now >= Date.parse(notification.since) + settings.holdAfterMs) {
    return { kind: 'hold', reason: feedMoved ? 'FEED_BACKLOG' : 'FEED_SILENT' };
  }
  const probedSince = (feed.probedAt ?? 0) >= needed && (feed.probedAt ?? 0) + settings.marginMs > now;
  return {
    kind: 'wait',
    until: Math.max(now + settings.recheckMs, needed),
    probe: !feedMoved && now >= needed && !probedSince,
  };
}
