import type { StateKey } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { ORDER } from './order.ts';

/**
 * What the process `approval` has done for an order. It is a part of the order, and contains no contact.
 *
 * ```
 *   order approved ──┬──> requested
 *                    └──> ended: there is no address to send to, or the tenant has switched the e-mail off
 * ```
 *
 * What becomes of a requested e-mail is in its notification.
 */
export type Approval = { orderId: string; status: 'requested' | 'ended' };

export const APPROVAL = shapeOf<Approval>('approval');

/** The key of an order's approval. */
export const approvalKey = (tenant: string, orderId: string): StateKey => ({
  tenant,
  type: ORDER.name,
  id: orderId,
  part: { type: APPROVAL.name, id: orderId },
});
