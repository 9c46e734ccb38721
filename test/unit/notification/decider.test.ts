import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type NotificationCommand, notificationDecider } from '#shared/notification/decider.ts';
import type { NotificationEvent } from '#shared/notification/events.ts';
import {
  claimed,
  dueOf,
  isClaimable,
  type Notification,
  postponed,
  RESOLVE_ACTIONS,
  released,
} from '#shared/notification/notification.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import { checkProperty } from '#test/support/random-runs.ts';

const NOW = Date.UTC(2026, 0, 1);

const deferral = (retryAt: number) => ({ reason: 'THROTTLED', now: NOW, retryAt });
const AT = '2026-01-01T00:00:00.000Z';
const key = notificationKeyOf({ tenant: 'acme', type: 'order', id: 'o1' }, 'order_o1_1-1');

const pending: Notification = {
  status: 'PENDING',
  channel: 'email',
  purpose: 'order-confirmation',
  createdAt: AT,
  correlationId: 'correlation',
  attempts: [],
  dueAt: NOW + 1000,
};
const claim = (notification: Notification, nonce: string): Notification =>
  claimed(notification, { nonce, now: NOW, leaseUntil: NOW + 9000 });

type Applied = { notification: Notification; events: NotificationEvent['type'][]; announced: string[] };

/** Given a notification, when a command comes, then this is the notification, with its events and messages. */
function when(notification: Notification, command: NotificationCommand, now = NOW): Applied {
  const decision = notificationDecider.decide(command, notification, { key, now });
  assert.ok(decision.kind === 'accepted' || ['Resolve', 'Erase'].includes(command.type));
  const events = decision.kind === 'accepted' ? decision.events : [];
  const next = events.reduce((state, event) => notificationDecider.evolve(state, event), notification);
  const context = { key, now, version: 2, correlationId: 'correlation', commandId: 'command', terms: undefined };
  const { messages } = notificationDecider.announce(events, next, context);
  return { notification: next, events: events.map(({ type }) => type), announced: messages.map(({ type }) => type) };
}

const acceptance = (nonce: string): NotificationCommand => ({
  type: 'RecordAcceptance',
  nonce,
  providerMessageId: `p-${nonce}`,
  acceptedAt: AT,
});
const unknown = (nonce: string): NotificationCommand => ({
  type: 'RecordUnknown',
  nonce,
  reason: 'TimeoutError',
  deadline: NOW + 60_000,
});
const SENT = 'counterfoil.notification.sent.v1';

describe('a notification', () => {
  it('is sent when its attempt was accepted, and announces it once', () => {
    const sent = when(claim(pending, 'one'), acceptance('one'));
    assert.equal(sent.notification.status, 'SENT');
    assert.deepEqual(sent.announced, [SENT]);
    assert.equal(dueOf(sent.notification), undefined);
    assert.deepEqual(when(sent.notification, acceptance('one')), {
      notification: sent.notification,
      events: [],
      announced: [],
    });
  });

  it('fails permanently if the provider rejects it', () => {
    const failed = when(claim(pending, 'one'), { type: 'RecordRejection', nonce: 'one', reason: 'MessageRejected' });
    assert.equal(failed.notification.status, 'FAILED');
    assert.deepEqual(failed.announced, ['counterfoil.notification.failed.v1']);
  });

  it('is unknown, not sent and not pending, after a timeout and after a lost lease', () => {
    const claimedOnce = claim(pending, 'one');
    for (const command of [unknown('one'), { type: 'ExpireLease', nonce: 'one', deadline: NOW + 60_000 } as const]) {
      const { notification, announced } = when(claimedOnce, command, NOW + 9000);
      assert.equal(notification.status, 'UNKNOWN');
      assert.deepEqual(dueOf(notification), { kind: 'unknown', at: NOW + 60_000 });
      assert.deepEqual(announced, []);
    }
  });

  it('keeps its claim as long as the lease lasts', () => {
    assert.deepEqual(
      when(claim(pending, 'one'), { type: 'ExpireLease', nonce: 'one', deadline: 0 }, NOW + 8999).events,
      [],
    );
  });

  it('lets a sender that lost its claim change nothing', () => {
    const again = claim(
      when(when(claim(pending, 'one'), unknown('one')).notification, {
        type: 'AuthoriseResend',
        nonce: 'one',
        dueAt: NOW,
      }).notification,
      'two',
    );
    for (const command of [unknown('one'), { type: 'RecordRejection', nonce: 'one', reason: 'x' } as const]) {
      assert.deepEqual(when(again, command), { notification: again, events: [], announced: [] });
    }
  });

  it('releases a claim without counting an attempt if the provider was certainly not called', () => {
    const back = released(claim(pending, 'one'), 'one', deferral(NOW + 5000));
    assert.deepEqual(back.attempts, []);
    assert.equal(back.deferrals, 1);
    assert.deepEqual([back.status, 'deferredBecause' in back && back.deferredBecause], ['PENDING', 'THROTTLED']);
    assert.equal(back.deferredSince, new Date(NOW).toISOString());
    assert.equal(isClaimable(back, NOW + 3999), false);
    assert.equal(isClaimable(back, NOW + 4000), true, 'by a clock that is a second behind the one that announces it');
    assert.deepEqual(dueOf(back), { kind: 'notification', at: NOW + 5000 });
  });

  it('keeps since when it waits, however often it is deferred, and the last reason', () => {
    const first = released(claim(pending, 'one'), 'one', deferral(NOW + 5000));
    const again = postponed(first, { reason: 'CIRCUIT_OPEN', now: NOW + 6000, retryAt: NOW + 9000 });
    assert.equal(again.deferrals, 2);
    assert.equal(again.deferredSince, new Date(NOW).toISOString());
    assert.equal('deferredBecause' in again && again.deferredBecause, 'CIRCUIT_OPEN');
    assert.deepEqual(dueOf(again), { kind: 'notification', at: NOW + 9000 });
    const claimedAgain = claim({ ...again, notBefore: NOW } as Notification, 'two');
    assert.ok(!('deferredBecause' in claimedAgain));
  });

  it('starts again if it is sent again: earlier deferrals do not count', () => {
    const waited = released(claim(pending, 'one'), 'one', { ...deferral(NOW), retryAt: 0 });
    const failed = when(claim(waited, 'two'), { type: 'RecordRejection', nonce: 'two', reason: 'x' }).notification;
    const resend = { type: 'Resolve', action: 'resend', by: 'ada', reason: 'again', dueAt: NOW } as const;
    const { deferrals, deferredSince, ...resent } = when(failed, resend).notification;
    assert.deepEqual([resent.status, deferrals, deferredSince], ['PENDING', undefined, undefined]);
    assert.ok(!('deferredBecause' in resent));
  });

  it('is postponed only while it is pending', () => {
    const sending = claim(pending, 'one');
    assert.deepEqual(postponed(sending, deferral(NOW)), sending);
  });

  it('believes late evidence in any state', () => {
    const unknownOne = when(claim(pending, 'one'), unknown('one')).notification;
    const resend = when(unknownOne, { type: 'AuthoriseResend', nonce: 'one', dueAt: NOW }).notification;
    const held = when(unknownOne, { type: 'Hold', nonce: 'one', reason: 'NO_EVIDENCE' }).notification;
    const failed = when(claim(resend, 'two'), { type: 'RecordRejection', nonce: 'two', reason: 'x' }).notification;
    for (const state of [unknownOne, resend, held, failed]) {
      const { notification, announced } = when(state, acceptance('one'));
      assert.equal(notification.status, 'SENT', state.status);
      assert.deepEqual(announced, [SENT], state.status);
      assert.equal(notification.doubled, undefined);
    }
  });

  it('withdraws a resend that is under way only once its own outcome is known', () => {
    const unknownOne = when(claim(pending, 'one'), unknown('one')).notification;
    const underWay = claim(when(unknownOne, { type: 'AuthoriseResend', nonce: 'one', dueAt: NOW }).notification, 'two');
    const evidence = when(underWay, acceptance('one'));
    assert.equal(evidence.notification.status, 'SENDING');
    assert.deepEqual(evidence.announced, [SENT]);

    assert.equal(released(evidence.notification, 'two', deferral(NOW)).status, 'SENT');
    assert.equal(
      when(evidence.notification, { type: 'RecordRejection', nonce: 'two', reason: 'x' }).notification.status,
      'SENT',
    );
    assert.equal(when(evidence.notification, unknown('two')).notification.status, 'SENT');
    const doubled = when(evidence.notification, acceptance('two'));
    assert.equal(doubled.notification.status, 'SENT');
    assert.equal(doubled.notification.doubled, true);
    assert.deepEqual(doubled.announced, ['counterfoil.notification.doubled.v1']);
  });

  it('asks its sender again when a resend is authorised', () => {
    const unknownOne = when(claim(pending, 'one'), unknown('one')).notification;
    const resend = when(unknownOne, { type: 'AuthoriseResend', nonce: 'one', dueAt: NOW + 5000 });
    assert.equal(resend.notification.status, 'PENDING');
    assert.deepEqual(resend.announced, ['counterfoil.notification.requested.v1']);
    assert.equal(isClaimable(resend.notification, NOW), true);
  });

  it('is not settled by a verdict about an earlier attempt', () => {
    const once = when(claim(pending, 'one'), unknown('one')).notification;
    const twice = when(
      claim(when(once, { type: 'AuthoriseResend', nonce: 'one', dueAt: NOW }).notification, 'two'),
      unknown('two'),
    ).notification;
    assert.deepEqual(when(twice, { type: 'AuthoriseResend', nonce: 'one', dueAt: NOW }).events, []);
    assert.deepEqual(when(twice, { type: 'Hold', nonce: 'one', reason: 'FEED_SILENT' }).events, []);
    const sending = claim(when(twice, { type: 'AuthoriseResend', nonce: 'two', dueAt: NOW }).notification, 'three');
    assert.deepEqual(when(sending, { type: 'ExpireLease', nonce: 'two', deadline: NOW }, NOW + 99_000).events, []);
  });

  it('ignores evidence for an attempt that it never made', () => {
    assert.deepEqual(when(claim(pending, 'one'), acceptance('forged')).events, []);
  });

  it('of a restored table is held, whatever was known of it, unless it is younger than that', () => {
    const unknownOne = when(claim(pending, 'one'), unknown('one')).notification;
    const feedSilent = when(unknownOne, { type: 'Hold', nonce: 'one', reason: 'FEED_SILENT' }).notification;
    for (const state of [pending, claim(pending, 'one'), unknownOne, feedSilent]) {
      const held = when(state, { type: 'HoldRestored', restoredAt: '2026-01-01T00:00:00.001Z' });
      assert.deepEqual(held.announced, ['counterfoil.notification.held.v1'], state.status);
      assert.equal(held.notification.status === 'HELD' && held.notification.reason, 'RESTORED', state.status);
      assert.equal(isClaimable(held.notification, NOW * 2), false);
      assert.deepEqual(
        when(held.notification, { type: 'HoldRestored', restoredAt: '2027-01-01T00:00:00Z' }).events,
        [],
      );
      assert.deepEqual(when(state, { type: 'HoldRestored', restoredAt: AT }).events, [], state.status);
    }
  });

  it('of a restored table keeps what is certain: finished stays, and a resend under way ends as SENT', () => {
    const restored = { type: 'HoldRestored', restoredAt: '2027-01-01T00:00:00Z' } as const;
    const sent = when(claim(pending, 'one'), acceptance('one')).notification;
    const failed = when(claim(pending, 'one'), { type: 'RecordRejection', nonce: 'one', reason: 'x' }).notification;
    for (const state of [sent, failed]) assert.deepEqual(when(state, restored).events, [], state.status);
    const unknownOne = when(claim(pending, 'one'), unknown('one')).notification;
    const underWay = claim(when(unknownOne, { type: 'AuthoriseResend', nonce: 'one', dueAt: NOW }).notification, 'two');
    const evidence = when(underWay, acceptance('one')).notification;
    assert.equal(evidence.status, 'SENDING');
    const { notification, announced } = when(evidence, restored);
    assert.equal(notification.status, 'SENT');
    assert.deepEqual(announced, []);
    assert.equal(when(notification, acceptance('two')).notification.doubled, true);
  });

  it('can be cancelled while a redrive sends it again, but not while a person does', () => {
    const failed = when(pending, { type: 'Fail', reason: 'CONTENT_GONE' }).notification;
    const decision = { type: 'Resolve', by: 'ada', reason: 'x', dueAt: NOW } as const;
    const redriven = when(failed, { type: 'Redrive', redriveId: 'r', dueAt: NOW }).notification;
    const resent = when(failed, { ...decision, action: 'resend' }).notification;
    assert.deepEqual([redriven.status, resent.status], ['PENDING', 'PENDING']);
    const cancel = { ...decision, by: 'eve', action: 'cancel' } as const;
    const { notification } = when(redriven, cancel);
    assert.deepEqual(
      [notification.status, notification.resolutions?.map(({ by }) => by), dueOf(notification)],
      ['CANCELLED', ['redrive:r', 'eve'], undefined],
    );
    assert.deepEqual(when(resent, cancel).events, []);
    assert.deepEqual(when(redriven, { ...cancel, action: 'mark-sent' }).events, []);
  });

  it('of a restored table may have been redriven since, if it failed for a reason about this system', () => {
    const failed = when(pending, { type: 'Fail', reason: 'CONTENT_GONE' }).notification;
    const { notification } = when(failed, { type: 'HoldRestored', restoredAt: '2027-01-01T00:00:00Z' });
    assert.deepEqual(
      [notification.status, notification.status === 'HELD' && notification.reason],
      ['HELD', 'RESTORED'],
    );
    assert.deepEqual(when(notification, { type: 'Redrive', redriveId: 'r', dueAt: NOW }).events, []);
  });

  it('of a restored table believes evidence for an attempt that the copy has forgotten', () => {
    const held = when(pending, { type: 'HoldRestored', restoredAt: '2027-01-01T00:00:00Z' }).notification;
    const sent = when(held, acceptance('forgotten'));
    assert.equal(sent.notification.status, 'SENT');
    assert.deepEqual(sent.announced, [SENT]);
    assert.deepEqual(
      sent.notification.attempts.map(({ nonce, outcome }) => [nonce, outcome]),
      [['forgotten', 'accepted']],
    );
  });

  it('announces "sent" at most once, and is due unless finished, with any commands in any order', async () => {
    const nonces = ['n1', 'n2', 'n3'];
    const step = fc.oneof(
      fc.constantFrom(...nonces).map((nonce): NotificationCommand => acceptance(nonce)),
      fc.constantFrom(...nonces).map((nonce): NotificationCommand => unknown(nonce)),
      fc.constantFrom(...nonces).map((nonce): NotificationCommand => ({ type: 'RecordRejection', nonce, reason: 'x' })),
      fc.constantFrom(...nonces).map((nonce): NotificationCommand => ({ type: 'ExpireLease', nonce, deadline: NOW })),
      fc.constantFrom(...nonces).map((nonce): NotificationCommand => ({ type: 'AuthoriseResend', nonce, dueAt: NOW })),
      fc.constantFrom(...nonces).map((nonce): NotificationCommand => ({ type: 'Hold', nonce, reason: 'NO_EVIDENCE' })),
      fc.constant<NotificationCommand>({ type: 'HoldRestored', restoredAt: '2027-01-01T00:00:00Z' }),
      fc.constant<NotificationCommand>({ type: 'Suppress' }),
      fc.constant<NotificationCommand>({ type: 'Erase', positions: [] }),
      fc
        .constantFrom(...RESOLVE_ACTIONS)
        .map((action): NotificationCommand => ({ type: 'Resolve', action, by: 'eve', reason: 'x', dueAt: NOW })),
      fc.constant('claim' as const),
      fc.constant('release' as const),
    );
    const property = fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const announced: string[] = [];
      let claims = 0;
      steps.reduce<Notification>((before, next) => {
        if (next === 'claim') claims += 1;
        const after = applied(before, next, `n${claims}`);
        announced.push(...after.announced);
        assertInvariants(after.notification, announced);
        return after.notification;
      }, pending);
    });
    await checkProperty('notification', property, 2000);
  });
});

function applied(notification: Notification, step: NotificationCommand | 'claim' | 'release', nonce: string) {
  const later = NOW * 2;
  if (step === 'claim')
    return {
      notification: isClaimable(notification, later) ? claim(notification, nonce) : notification,
      announced: [],
    };
  if (step !== 'release') return when(notification, step, later);
  return {
    notification:
      notification.status === 'SENDING' ? released(notification, notification.nonce, deferral(NOW)) : notification,
    announced: [],
  };
}

function assertInvariants(notification: Notification, announced: string[]): void {
  const accepted = notification.attempts.filter(({ outcome }) => outcome === 'accepted').length;
  const known = notification.resolutions?.some(({ action }) => action === 'mark-sent') ?? false;
  assert.equal(announced.filter((type) => type === SENT).length, known || accepted > 0 ? 1 : 0);
  assert.equal(notification.doubled ?? false, accepted > 1);
  const finished = ['SENT', 'FAILED', 'SUPPRESSED', 'CANCELLED'].includes(notification.status);
  assert.equal(dueOf(notification) === undefined, finished);
  assert.equal(dueOf(notification)?.kind === 'held', notification.status === 'HELD');
  if (accepted > 0) assert.ok(['SENT', 'SENDING'].includes(notification.status));
}
