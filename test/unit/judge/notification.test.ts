import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attempt, Notification } from '#shared/notification/notification.ts';
import {
  type AcceptedCall,
  judgeNotification,
  type NotificationEvidence,
  type NotificationFinding,
} from '#test/support/judge/notification.ts';

const AT = '2026-01-01T12:00:00.000Z';
const attempt = (nonce: string, outcome?: Attempt['outcome']): Attempt => ({
  nonce,
  claimedAt: AT,
  ...(outcome && { outcome }),
});
const call = (nonce: string, isReported = true): AcceptedCall => ({
  providerMessageId: `id of ${nonce}`,
  nonce,
  isReported,
});
const header = { channel: 'email', purpose: 'order-confirmation', createdAt: AT, correlationId: 'c' } as const;

const sent = (...attempts: Attempt[]): Extract<Notification, { status: 'SENT' }> => {
  const providerMessageId = `id of ${attempts.at(-1)?.nonce}`;
  return { ...header, attempts, status: 'SENT', providerMessageId, sentAt: AT };
};
const held = (...attempts: Attempt[]): Notification => {
  return { ...header, attempts, status: 'HELD', reason: 'FEED_SILENT', heldAt: AT };
};
const failed: Notification = { ...header, attempts: [], status: 'FAILED', reason: 'MESSAGE_REJECTED', failedAt: AT };
const cancelled: Notification = { ...header, attempts: [], status: 'CANCELLED', cancelledAt: AT };

const SENT = {
  notification: sent(attempt('one', 'accepted')),
  accepted: [call('one')],
  contents: new Set(['Hello']),
  events: ['requested', 'sent'],
} satisfies NotificationEvidence;
const DOUBLED = { ...SENT, accepted: [call('one'), call('one')] };
const HELD = { ...SENT, notification: held(attempt('one', 'unknown')), accepted: [], events: ['requested', 'held'] };

const FAULTS: Record<NotificationFinding, [evidence: NotificationEvidence, also?: NotificationFinding[]]> = {
  'sent twice': [{ ...DOUBLED, notification: { ...SENT.notification, doubled: true } }],
  'doubled, but its row has no mark': [DOUBLED, ['sent twice']],
  'not doubled, but its row has the mark': [{ ...SENT, notification: { ...SENT.notification, doubled: true } }],
  'sent with different contents': [{ ...SENT, contents: new Set(['Hello', 'Good day']) }],
  'sent again after it was accepted': [
    { ...SENT, notification: { ...sent(attempt('one', 'accepted'), attempt('two')), providerMessageId: 'id of one' } },
  ],
  'sent again more than once': [
    { ...SENT, notification: sent(attempt('three', 'unknown'), attempt('two', 'unknown'), attempt('one', 'accepted')) },
  ],
  'left unfinished': [{ ...HELD, notification: { ...header, attempts: [], status: 'PENDING', dueAt: 0 } }],
  'SENT, but never accepted': [{ ...SENT, accepted: [] }, ['a sent event without an accepted call']],
  'SENT with the id of another message': [
    { ...SENT, notification: { ...SENT.notification, providerMessageId: 'another' } },
  ],
  'accepted and reported, but not SENT': [{ ...HELD, accepted: [call('one')] }],
  'accepted, but not SENT': [{ ...HELD, accepted: [call('one', false)] }],
  'HELD without a call of unknown outcome': [{ ...HELD, notification: held() }],
  'a sent event without an accepted call': [
    { ...HELD, events: ['requested', 'sent'] },
    ['not exactly one sent event for SENT'],
  ],
  'a failed event, but accepted': [{ ...SENT, events: ['requested', 'failed', 'sent'] }],
  'not exactly one sent event for SENT': [{ ...SENT, events: ['requested', 'sent', 'sent'] }],
};

const found = (evidence: NotificationEvidence): string[] => judgeNotification(evidence).map(({ what }) => what);

describe('The judge of one notification', () => {
  it('reports nothing about one that was sent, held, rejected or cancelled', () => {
    const resent = sent(attempt('two', 'unknown'), attempt('one', 'accepted'));
    const nothing = { accepted: [], contents: new Set<string>(), events: [] };
    assert.deepEqual(found(SENT), []);
    assert.deepEqual(found({ ...SENT, notification: resent }), []);
    assert.deepEqual(found(HELD), []);
    assert.deepEqual(found({ ...nothing, notification: failed }), []);
    assert.deepEqual(found({ ...nothing, notification: cancelled }), []);
  });

  for (const [what, [evidence, also = []]] of Object.entries(FAULTS)) {
    it(`finds: ${what}`, () => {
      assert.deepEqual(found(evidence).toSorted(), [what, ...also].toSorted());
    });
  }

  it('does not require in a row what was not reported', () => {
    const accepted = [call('one'), call('one', false)];
    assert.deepEqual(found({ ...SENT, accepted }), ['sent twice']);
  });

  it('reports what it knows about the notification', () => {
    const [finding] = judgeNotification({ ...SENT, accepted: [] });
    assert.match(finding?.why ?? '', /"status":"SENT".*"accepted":\[\],"events":\["requested","sent"\]/);
  });
});
