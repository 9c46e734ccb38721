import { contactOf } from '#shared/customer/contact-of.ts';
import type { CustomerStore } from '#shared/customer/ports.ts';
import { answer, type Call, execute } from '#shared/http/command.ts';
import type { Reply } from '#shared/http/event.ts';
import { etagOf } from '#shared/http/if-match.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import { type NotifyingPorts, notificationTerms } from '#shared/notification/terms.ts';
import type { Contact } from '#shared/recipient/contact.ts';
import { orderDecider } from './decider.ts';
import { ORDER_NOT_FOUND, type OrderCommand, type PlaceOrder } from './order.ts';
import { ORDER_ID, orderIdFor } from './order-id.ts';
import type { AddItemBody, CancelOrderBody, PlaceOrderBody } from './requests.ts';

export type PlaceOrderPorts = NotifyingPorts & { customers: Pick<CustomerStore, 'read'> };

/**
 * The id is derived from tenant and idempotency key, so the order is not read: a repetition finds its own row. Only
 * an order without a contact needs a read, of its customer.
 */
export async function placeOrder(call: Call<PlaceOrderBody>, ports: PlaceOrderPorts): Promise<Reply> {
  const orderId = orderIdFor(call.tenant, call.idempotencyKey);
  const executed = await execute(
    call,
    {
      decider: orderDecider,
      key: { tenant: call.tenant, type: 'order', id: orderId },
      path: '/orders',
      ...commandOf(call, ports),
      terms: await notificationTerms(ports, call.tenant),
      assume: 'absent',
    },
    ports,
  );
  return answer(executed, { location: `/orders/${orderId}`, ...etagOf(executed.outcome.version) });
}

function commandOf({ tenant, json }: Call<PlaceOrderBody>, { customers }: PlaceOrderPorts) {
  const { contact, customerId, ...order } = json.valid;
  const placing = (given: Contact): PlaceOrder => ({
    type: 'PlaceOrder',
    data: { contact: given, ...(customerId !== undefined && { customerId }), ...order },
  });
  if (contact) return { command: placing(contact) };
  // The schema requires one of both.
  return { readCommand: async () => placing(await contactOf(tenant, customerId ?? '', customers)) };
}

/** Answers with the resulting order, as for all other commands on an existing order. */
export const addItem = (call: Call<AddItemBody>, ports: NotifyingPorts): Promise<Reply> =>
  change(call, 'items', { type: 'AddItem', data: { line: call.json.valid } }, ports);

export const confirmOrder = (call: Call<unknown>, ports: NotifyingPorts): Promise<Reply> =>
  change(call, 'confirm', { type: 'ConfirmOrder' }, ports);

export const approveOrder = (call: Call<unknown>, ports: NotifyingPorts): Promise<Reply> =>
  change(call, 'approve', { type: 'ApproveOrder' }, ports);

export const cancelOrder = (call: Call<CancelOrderBody>, ports: NotifyingPorts): Promise<Reply> =>
  change(call, 'cancel', { type: 'CancelOrder', data: call.json.valid }, ports);

/** @param action the last segment of the path. */
async function change(
  call: Call<unknown>,
  action: string,
  command: OrderCommand,
  ports: NotifyingPorts,
): Promise<Reply> {
  const orderId = call.pathParameters?.orderId ?? '';
  if (!ORDER_ID.test(orderId)) return problemResponse(problemOfRejection(ORDER_NOT_FOUND));
  const executed = await execute(
    call,
    {
      decider: orderDecider,
      key: { tenant: call.tenant, type: 'order', id: orderId },
      path: `/orders/${orderId}/${action}`,
      command,
      terms: await notificationTerms(ports, call.tenant),
    },
    ports,
  );
  return answer(executed, etagOf(executed.outcome.version));
}
