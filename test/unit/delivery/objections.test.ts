import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commonReason } from '#shared/delivery/objections.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { SuppressionReason } from '#shared/suppression/ports.ts';

const at = '2026-01-02T03:04:05.000Z';
const notification = (recipients: string[], erased?: number[]): Notification => ({
  channel: 'email',
  purpose: 'order-confirmation',
  createdAt: at,
  correlationId: 'c',
  attempts: [],
  recipients,
  ...(erased && { erased }),
  status: 'PENDING',
  dueAt: 0,
});
const objections = (reasons: Record<string, SuppressionReason>) => ({
  suppressions: Object.entries(reasons).map(([recipient, reason]) => ({
    recipient,
    channel: 'email' as const,
    reason,
    origin: 'feedback',
    since: at,
  })),
  erasures: [],
});

describe('the reason why every recipient is suppressed', () => {
  it('is the one that they share', () => {
    assert.equal(commonReason(notification(['a']), objections({ a: 'BOUNCE' })), 'BOUNCE');
    assert.equal(commonReason(notification(['a', 'b']), objections({ a: 'MANUAL', b: 'MANUAL' })), 'MANUAL');
  });

  it('is not known if they differ, or a recipient is not suppressed or was erased', () => {
    assert.equal(commonReason(notification(['a', 'b']), objections({ a: 'BOUNCE', b: 'COMPLAINT' })), undefined);
    assert.equal(commonReason(notification(['a', 'b']), objections({ a: 'BOUNCE' })), undefined);
    assert.equal(commonReason(notification(['a'], [0]), objections({ a: 'BOUNCE' })), undefined);
    assert.equal(commonReason(notification([]), objections({})), undefined);
  });
});
