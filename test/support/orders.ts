import { type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import { orderDecider } from '#shared/order/decider.ts';
import type { OrderLine } from '#shared/order/order.ts';
import type { Contact } from '#shared/recipient/contact.ts';
import { TERMS } from './requested.ts';

export type OrderToPlace = {
  tenant: string;
  contact: Contact;
  lines?: OrderLine[];
  orderId?: string;
  customerId?: string;
  firstClaimMs?: number;
};

/** Places an order through the real executor and decider. */
export async function placeOrder(
  { tenant, contact, lines = [], orderId = 'o1', customerId, firstClaimMs = TERMS.firstClaimMs }: OrderToPlace,
  ports: ExecutorPorts,
): Promise<{ orderId: string }> {
  await executeOnce(
    {
      decider: orderDecider,
      key: { tenant, type: 'order', id: orderId },
      commandId: `http#${orderId}`,
      fingerprint: orderId,
      command: {
        type: 'PlaceOrder',
        data: { contact, currency: 'EUR', lines, ...(customerId !== undefined && { customerId }) },
      },
      terms: { ...TERMS, firstClaimMs },
      metadata: { correlationId: 'correlation', causationId: 'request' },
      assume: 'absent',
    },
    ports,
  );
  return { orderId };
}
