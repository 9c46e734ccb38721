import type { AnnounceContext } from '#shared/messaging/decider.ts';
import { OF_PROCESS } from '#shared/notification/notification-id.ts';
import { processDecider } from '#shared/notification/process-decider.ts';
import {
  type AnnouncedNotifications,
  type NotificationTerms,
  requestNotification,
} from '#shared/notification/request.ts';
import { contentFrom } from '#shared/notification/template.ts';
import { APPROVAL, type Approval } from '#shared/order/approval.ts';
import { itemCountOf } from '#shared/order/order.ts';
import { type ApprovalCommand, type ApprovalEvent, type ApprovedOrder, decide, evolve } from './approval.ts';
import { APPROVAL_MESSAGE } from './messages.ts';
import { ORDER_APPROVAL, type OrderApproval } from './order-approval.ts';

/** The approval's decider for the executor. */
export const approvalDecider = processDecider<Approval, ApprovalCommand, ApprovalEvent>({
  shape: APPROVAL,
  decide,
  evolve,
  requestsOf: (event, context) => (event.type === 'ApprovalRequested' ? [approvalRequest(event.data, context)] : []),
  // It acts on a message at once.
  due: () => undefined,
});

const { channels, purpose } = APPROVAL_MESSAGE.OrderApproved;
const [channel] = channels;

const approvalRequest = (
  { order, contact }: Extract<ApprovalEvent, { type: 'ApprovalRequested' }>['data'],
  context: AnnounceContext<NotificationTerms>,
): AnnouncedNotifications =>
  requestNotification({
    context,
    version: OF_PROCESS.version,
    position: OF_PROCESS.approval,
    channel,
    purpose,
    // The message that the order was approved.
    causePosition: 0,
    ...(order.customerId !== undefined && { customerId: order.customerId }),
    content: contentFrom(ORDER_APPROVAL, [contact.email], {
      locale: contact.locale,
      data: dataOf(order, contact.name),
    }),
  });

function dataOf(order: ApprovedOrder, name: string): OrderApproval {
  const { orderId, currency, total, approvedAt, lines } = order;
  return {
    orderId,
    name,
    currency,
    total,
    itemCount: itemCountOf(order),
    approvedAt,
    lines: lines.map(({ description, quantity, unitPrice }) => ({ description, quantity, unitPrice })),
  };
}
