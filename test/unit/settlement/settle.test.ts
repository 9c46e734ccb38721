import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attempt, Notification } from '#shared/notification/notification.ts';
import { type Evidence, type SettleSettings, settle } from '#shared/settlement/settle.ts';

const SINCE = Date.UTC(2026, 0, 1);
const at = (ms: number): string => new Date(ms).toISOString();
const settings: SettleSettings = {
  onUnknown: 'resend',
  inFlightMs: 60_000,
  marginMs: 900_000,
  countLagMs: 60_000,
  holdAfterMs: 14_400_000,
  recheckMs: 60_000,
};
const NEEDED = SINCE + settings.inFlightMs + settings.marginMs;
const FRESH = NEEDED + settings.countLagMs;

const unknownAttempt = (nonce: string): Attempt => ({
  nonce,
  claimedAt: at(SINCE - 5000),
  outcome: 'unknown',
  settledAt: at(SINCE),
  reason: 'TimeoutError',
});

/** As it is after a look that found the feed far enough at `NEEDED`. */
function unknown(attempts: Attempt[] = [unknownAttempt('one')]): Notification {
  const about = { channel: 'email', purpose: 'order-confirmation', createdAt: at(SINCE), correlationId: 'c' } as const;
  return {
    ...about,
    attempts,
    status: 'UNKNOWN',
    reason: 'TimeoutError',
    since: at(SINCE),
    deadline: SINCE + 1,
    feedMovedAt: NEEDED,
  };
}

/** Everything speaks for a resend; each test takes one thing away. */
const evidence = (over: Partial<Evidence> = {}): Evidence => ({
  now: FRESH,
  feed: { watermark: NEEDED },
  feedDrained: true,
  ...over,
});

describe('settling an unknown outcome', () => {
  it('resends once when silence means that it was not sent', () => {
    assert.deepEqual(settle(unknown(), evidence(), settings), { kind: 'resend' });
  });

  it('waits as long as any one condition is missing', () => {
    const missing: Record<string, Evidence> = {
      'an event about something accepted the margin later': evidence({ feed: { watermark: NEEDED - 1 } }),
      'any event at all': evidence({ feed: {} }),
      'an empty feed queue': evidence({ feedDrained: false }),
      'counts that have caught up': evidence({ now: FRESH - 1 }),
    };
    for (const [what, known] of Object.entries(missing))
      assert.equal(settle(unknown(), known, settings).kind, 'wait', what);
  });

  it('does not resend a call that was made before the present provider reported anything', () => {
    const late = SINCE + settings.holdAfterMs;
    const claimedAt = Date.parse(unknown().attempts[0]?.claimedAt ?? '');
    const feed = { watermark: NEEDED, provider: 'sendgrid', since: claimedAt + 1 };
    assert.equal(settle(unknown(), evidence({ feed }), settings).kind, 'wait');
    assert.deepEqual(settle(unknown(), evidence({ feed, now: late }), settings), {
      kind: 'hold',
      reason: 'FEED_SILENT',
    });
    assert.equal(settle(unknown(), evidence({ feed: { ...feed, since: claimedAt } }), settings).kind, 'resend');
  });

  it('leaves it to a person by policy, after a second unknown outcome, and when evidence never comes', () => {
    const late = SINCE + settings.holdAfterMs;
    const reasonOf = (notification: Notification, known: Evidence, over: Partial<SettleSettings> = {}) => {
      const verdict = settle(notification, known, { ...settings, ...over });
      return verdict.kind === 'hold' ? verdict.reason : verdict.kind;
    };
    assert.equal(reasonOf(unknown(), evidence(), { onUnknown: 'hold' }), 'POLICY');
    assert.equal(reasonOf(unknown([unknownAttempt('one'), unknownAttempt('two')]), evidence()), 'UNKNOWN_AGAIN');
    assert.equal(reasonOf(unknown(), evidence({ now: late, feed: {} })), 'FEED_SILENT');
    assert.equal(reasonOf(unknown(), evidence({ now: late, feedDrained: false })), 'FEED_BACKLOG');
    assert.equal(reasonOf(unknown(), evidence({ now: late })), 'resend', 'late, but the evidence is there');
  });

  it('asks for a probe of an idle stage once its answer can count, and once a margin', () => {
    const probe = (known: Partial<Evidence>) => {
      const verdict = settle(unknown(), evidence({ feed: {}, ...known }), settings);
      return verdict.kind === 'wait' && verdict.probe;
    };
    assert.equal(probe({ now: NEEDED - 1 }), false, 'an answer from before would not count');
    assert.equal(probe({ now: NEEDED }), true);
    assert.equal(probe({ now: NEEDED, feed: { probedAt: NEEDED - 1 } }), true);
    assert.equal(probe({ now: NEEDED + 1, feed: { probedAt: NEEDED } }), false);
    assert.equal(probe({ now: NEEDED + settings.marginMs, feed: { probedAt: NEEDED } }), true);
    assert.equal(probe({ now: NEEDED, feed: { watermark: NEEDED } }), false, 'the feed moves by itself');
  });

  it('does not look again before it can have learned something', () => {
    const early = settle(unknown(), evidence({ now: SINCE, feed: {} }), settings);
    assert.deepEqual(early, { kind: 'wait', until: NEEDED, probe: false });
    const later = settle(unknown(), evidence({ now: FRESH, feedDrained: false }), settings);
    assert.deepEqual(later, {
      kind: 'wait',
      until: FRESH + settings.recheckMs,
      probe: false,
      feedMovedAt: NEEDED,
    });
  });

  it('trusts the counts only some time after the feed moved: a stalled feed delivers all its events at once', () => {
    const muchLater = FRESH + 3_600_000;
    const { feedMovedAt: _, ...notYetSeen } = unknown() as Notification & { feedMovedAt?: number };
    assert.deepEqual(settle(notYetSeen as Notification, evidence({ now: muchLater }), settings), {
      kind: 'wait',
      until: muchLater + settings.countLagMs,
      probe: false,
      feedMovedAt: muchLater,
    });
    const late = SINCE + settings.holdAfterMs;
    const seenLate = settle(notYetSeen as Notification, evidence({ now: late }), settings);
    assert.equal(seenLate.kind, 'wait', 'patience does not end between two looks');
  });
});
