import type { Decision, DecisionContext } from '#shared/messaging/decider.ts';
import type { Approval } from '#shared/order/approval.ts';
import type { Order } from '#shared/order/order.ts';
import type { Contact } from '#shared/recipient/contact.ts';

/** The order as it is when the message about its approval is handled. `isOn`: the tenant's settings allow the e-mail. */
export type ApprovalCommand = { type: 'SendApproval'; data: { order: Order; isOn: boolean } };

export type ApprovalEvent =
  | { type: 'ApprovalRequested'; data: { orderId: string; order: ApprovedOrder; contact: Contact & { email: string } } }
  | { type: 'ApprovalEnded'; data: { orderId: string } };

export type ApprovedOrder = Extract<Order, { status: 'approved' }>;

/** The events of the command. A repetition has none, and neither has an order that a restored table has not approved. */
export function decide(
  { data: { order, isOn } }: ApprovalCommand,
  approval: Approval | undefined,
  { key }: DecisionContext,
): Decision<ApprovalEvent> {
  if (approval || order.status !== 'approved') return accepted();
  const orderId = key.id;
  const { contact } = order;
  // The contact was erased or has no address, or the tenant does not want this e-mail.
  if (contact?.email === undefined || !isOn) return accepted({ type: 'ApprovalEnded', data: { orderId } });
  const data = { orderId, order, contact: { ...contact, email: contact.email } };
  return accepted({ type: 'ApprovalRequested', data });
}

const accepted = (...events: ApprovalEvent[]): Decision<ApprovalEvent> => ({ kind: 'accepted', events });

/** The process after an event. */
export const evolve = (_approval: Approval | undefined, { type, data: { orderId } }: ApprovalEvent): Approval => ({
  orderId,
  status: type === 'ApprovalRequested' ? 'requested' : 'ended',
});
