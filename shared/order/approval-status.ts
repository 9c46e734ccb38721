import type { Subject } from '#shared/messaging/identity.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { notificationIdOf, OF_PROCESS } from '#shared/notification/notification-id.ts';
import type { ListedNotification } from '#shared/notification/ports.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { type Approval, approvalKey } from './approval.ts';
import type { Order } from './order.ts';
import type { ApprovalEmailView } from './responses.ts';

export type ApprovalReaderPorts = { approvals: Pick<StateStore<Approval>, 'read'> };

/**
 * What became of an order's approval e-mail, from the notification that the process `approval` requested.
 * @returns undefined: there is no such e-mail, and none is expected.
 */
export async function approvalEmailOf(
  subject: Subject,
  { status, contact }: Order,
  listed: readonly ListedNotification[],
  { approvals }: ApprovalReaderPorts,
): Promise<ApprovalEmailView | undefined> {
  const id = notificationIdOf(subject, OF_PROCESS.version, OF_PROCESS.approval);
  const found = listed.find(({ notificationId }) => notificationId === id);
  if (found) return viewOf(found.stored.state);
  if (status !== 'approved' || contact?.email === undefined) return undefined;
  // The process has not handled the message yet, or has ended. Only then, its row is read.
  const approval = await approvals.read(approvalKey(subject.tenant, subject.id));
  return approval?.state.status === 'ended' ? undefined : { status: 'pending' };
}

function viewOf(notification: Notification): ApprovalEmailView {
  switch (notification.status) {
    case 'PENDING':
    case 'SENDING':
    // It is settled from evidence, or becomes HELD.
    case 'UNKNOWN':
      return { status: 'pending' };
    case 'SENT':
      return afterSending(notification);
    case 'HELD':
      return { status: 'held', at: notification.heldAt, reason: notification.reason };
    case 'FAILED':
      return { status: 'failed', at: notification.failedAt, reason: notification.reason };
    case 'SUPPRESSED':
      return { status: 'failed', at: notification.suppressedAt, reason: 'SUPPRESSED' };
    case 'CANCELLED':
      return { status: 'failed', at: notification.cancelledAt, reason: 'CANCELLED' };
    default:
      return notification satisfies never;
  }
}

/** The provider accepted it. A bounce or a rejection afterwards is final, and a delivery does not change `sent`. */
function afterSending({ outcomes = [], sentAt }: Extract<Notification, { status: 'SENT' }>): ApprovalEmailView {
  const failure = (['bounced', 'rejected'] as const).find((outcome) => outcomes.includes(outcome));
  return failure ? { status: 'failed', reason: failure.toUpperCase() } : { status: 'sent', at: sentAt };
}
