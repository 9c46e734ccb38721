import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatStatus } from '#infra/ops/verbs/status.ts';
import { formatPaused } from '#infra/ops/verbs/subscribers.ts';
import type { StatusView, SubscriberView } from '#shared/lane/responses.ts';
import { OPS_NOW } from '#test/support/ops.ts';

const secondsAgo = (seconds: number): string => new Date(OPS_NOW - seconds * 1000).toISOString();
const subscriber = (name: string, more: Partial<SubscriberView> = {}): SubscriberView => ({
  ...{ subscriber: name, state: 'running', waiting: 0, inFlight: 0, delayed: 0 },
  ...{ dead: { count: 0, isCapped: false }, retentionSeconds: 1_209_600, ...more },
});
const pause = {
  since: secondsAgo(60),
  actor: 'eve',
  reason: 'Asked to',
  owner: 'mail team',
  losesMessagesFrom: secondsAgo(-86_400),
};
const PAUSED = subscriber('send-email', {
  ...{
    state: 'paused',
    pause,
    waiting: 12,
    waitingSince: secondsAgo(90),
    ...{ changePerMinute: 8, inPerMinute: 20, outPerMinute: 12 },
    dead: { count: 3, isCapped: true },
  },
  circuit: { status: 'open', because: 'PERMISSION_DENIED' },
});
const status = (more: Partial<StatusView> = {}): StatusView => ({
  ...{ measuredAt: secondsAgo(12), ageSeconds: 12, paused: 1, unknown: 2, held: 0, dead: 3, isCapped: true },
  subscribers: [PAUSED, subscriber('send-sms')],
  due: [
    { kind: 'unknown', count: 2, isCapped: false, oldestDueAt: secondsAgo(-30), overdueSeconds: 0 },
    { kind: 'held', count: 0, isCapped: false, overdueSeconds: 0 },
    { kind: 'outbox', changePerMinute: -3, count: 9, isCapped: true, oldestDueAt: secondsAgo(61), overdueSeconds: 61 },
  ],
  channels: [
    {
      channel: 'email',
      unknown: 2,
      held: 0,
      isCapped: false,
      circuit: { status: 'open', because: 'PERMISSION_DENIED' },
    },
    { channel: 'webhook', unknown: 0, held: 0, isCapped: false },
  ],
  ...more,
});

describe('the status', () => {
  it('shows what waits in each lane, and since when', () => {
    assert.deepEqual(formatStatus(status(), OPS_NOW, Infinity).split('\n'), [
      'SUBSCRIBER  STATE                 WAITING  SINCE       IN/MIN  OUT/MIN  IN FLIGHT  DEAD',
      'send-email  paused, circuit open       12  1 min 30 s      20       12          0    3+',
      'send-sms    running                     0                                       0',
      '',
      'ROWS THAT WAIT  COUNT  CHANGE/MIN  OLDEST',
      'unknown             2              due in 30 s',
      'outbox             9+          -3  overdue for 1 min 1 s',
      '',
      'CHANNEL  UNKNOWN  HELD  CIRCUIT',
      'email          2     0  open, PERMISSION_DENIED',
      '',
      '2 unknown, 0 held, 3 dead, 1 paused (at least); measured 12 s ago.',
    ]);
  });

  it('says if the figures are old', () => {
    assert.match(formatStatus(status({ ageSeconds: 121 }), OPS_NOW, 80), /watch-lanes does not run\.$/);
    const { ageSeconds: _age, ...unmeasured } = status();
    assert.match(formatStatus(unmeasured, OPS_NOW, 80), /not measured yet\.\nThese figures are old/);
  });

  it('does not show a figure that could not be read as 0', () => {
    const { waiting: _waiting, ...unread } = subscriber('send-sms');
    assert.match(formatStatus(status({ subscribers: [unread] }), OPS_NOW, 80), /^send-sms +running +\? /m);
  });
});

describe('what is paused', () => {
  it('is shown with who paused it and why', () => {
    assert.match(
      formatPaused({ subscribers: [PAUSED], redrives: [] }, OPS_NOW, Infinity),
      /^send-email +paused +1 min +\S+Z +eve +mail team +Asked to$/m,
    );
    assert.equal(formatPaused({ subscribers: [], redrives: [] }, OPS_NOW, 80), 'Nothing is paused.');
  });
});
