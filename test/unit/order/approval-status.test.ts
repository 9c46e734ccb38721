import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type NotificationCommand, notificationDecider } from '#shared/notification/decider.ts';
import type { NotificationEvent } from '#shared/notification/events.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { approvalEmailOf } from '#shared/order/approval-status.ts';
import type { Order } from '#shared/order/order.ts';

const subject = { tenant: 'acme', type: 'order', id: 'order7' };
const at = '2026-01-02T03:04:05.000Z';
const order: Order = {
  orderId: 'order7',
  status: 'approved',
  contact: { name: 'Ada', email: 'ada@example.com' },
  currency: 'EUR',
  lines: [],
  total: 0,
  placedAt: at,
  confirmedAt: at,
  approvedAt: at,
};
const { contact: _, ...erased } = order;
const sending: Notification = {
  channel: 'email',
  purpose: 'approval',
  createdAt: at,
  correlationId: 'correlation',
  recipients: ['key'],
  attempts: [{ nonce: 'n', claimedAt: at }],
  status: 'SENDING',
  nonce: 'n',
  leaseUntil: Date.parse(at),
};
const pending: Notification = { ...sending, attempts: [], status: 'PENDING', dueAt: Date.parse(at) };

/** The notification after commands, by its own decider. */
const after = (notification: Notification, ...commands: NotificationCommand[]): Notification =>
  commands.reduce((state, command) => {
    const decision = notificationDecider.decide(command, state, {
      key: { ...subject, part: { type: 'notification', id: 'order_order7_0-1' } },
      now: Date.parse(at),
    });
    const events: readonly NotificationEvent[] = decision.kind === 'accepted' ? decision.events : [];
    assert.ok(events.length > 0, command.type);
    return events.reduce((current, event) => notificationDecider.evolve(current, event), state);
  }, notification);

const accepted: NotificationCommand = {
  type: 'RecordAcceptance',
  nonce: 'n',
  providerMessageId: 'p',
  acceptedAt: at,
};
const unknown: NotificationCommand = { type: 'RecordUnknown', nonce: 'n', reason: 'TIMEOUT', deadline: 0 };
const outcome = (known: 'bounced' | 'delivered' | 'rejected' | 'complained'): NotificationCommand => ({
  type: 'RecordOutcome',
  outcome: known,
});
const resolve = (action: 'resend' | 'cancel' | 'mark-sent'): NotificationCommand => ({
  type: 'Resolve',
  action,
  by: 'operator',
  reason: 'They called.',
  dueAt: 0,
});

/** Without a notification, the process may have ended. */
const shown = (
  notification: Notification | 'ended' | undefined,
  of: Order = order,
  notificationId = 'order_order7_0-1',
) =>
  approvalEmailOf(
    subject,
    of,
    typeof notification === 'object'
      ? [{ notificationId, stored: { schemaVersion: 1, version: 1, state: notification } }]
      : [],
    {
      approvals: {
        read: async () =>
          notification === 'ended'
            ? { schemaVersion: 1, version: 1, state: { orderId: 'order7', status: notification } }
            : undefined,
      },
    },
  );

describe('the approval e-mail in an order', () => {
  it('is pending until its outcome is known', async () => {
    for (const state of [pending, sending, after(sending, unknown)])
      assert.deepEqual(await shown(state), { status: 'pending' });
  });

  it('is sent when the provider has accepted it, and stays sent when it is delivered', async () => {
    for (const commands of [[accepted], [accepted, outcome('delivered')], [accepted, outcome('complained')]])
      assert.deepEqual(await shown(after(sending, ...commands)), { status: 'sent', at });
  });

  it('is failed with the reason when nothing will be sent any more', async () => {
    const rejected: NotificationCommand = { type: 'RecordRejection', nonce: 'n', reason: 'MESSAGE_REJECTED' };
    for (const [state, reason] of [
      [after(sending, rejected), 'MESSAGE_REJECTED'],
      [after(pending, { type: 'Fail', reason: 'CONTENT_GONE' }), 'CONTENT_GONE'],
      [after(pending, { type: 'Suppress' }), 'SUPPRESSED'],
      [after(pending, resolve('cancel')), 'CANCELLED'],
    ] as const)
      assert.deepEqual(await shown(state), { status: 'failed', at, reason });
  });

  it('is failed when it bounced or was rejected after it was sent, also if a delivery was reported', async () => {
    for (const known of ['bounced', 'rejected'] as const) {
      const reason = known.toUpperCase();
      assert.deepEqual(await shown(after(sending, accepted, outcome(known))), { status: 'failed', reason });
      assert.deepEqual(await shown(after(sending, accepted, outcome('delivered'), outcome(known))), {
        status: 'failed',
        reason,
      });
    }
  });

  it('is held while a person must decide, and follows the decision', async () => {
    const held = after(sending, unknown, { type: 'Hold', nonce: 'n', reason: 'FEED_SILENT' });
    assert.deepEqual(await shown(held), { status: 'held', at, reason: 'FEED_SILENT' });
    assert.deepEqual(await shown(after(held, resolve('resend'))), { status: 'pending' });
    assert.deepEqual(await shown(after(held, resolve('mark-sent'))), { status: 'sent', at });
    assert.deepEqual(await shown(after(held, resolve('cancel'))), { status: 'failed', at, reason: 'CANCELLED' });
  });

  it('is pending before the process has seen the approval, and absent if none will be sent', async () => {
    assert.deepEqual(await shown(undefined), { status: 'pending' });
    assert.equal(await shown('ended'), undefined);
    assert.equal(await shown(undefined, erased), undefined);
    assert.equal(await shown(undefined, { ...order, contact: { name: 'Ada', phone: '+4366012345678' } }), undefined);
    const { approvedAt: _at, ...confirmed } = order as Extract<Order, { status: 'approved' }>;
    assert.equal(await shown(undefined, { ...confirmed, status: 'confirmed' }), undefined);
  });

  it('is shown after an erasure, and is no other notification of the order', async () => {
    assert.deepEqual(await shown(after(sending, accepted), erased), { status: 'sent', at });
    assert.deepEqual(await shown(after(sending, accepted), order, 'order_order7_1-1'), { status: 'pending' });
  });
});
