import { answer, type Call, execute } from '#shared/http/command.ts';
import type { Reply } from '#shared/http/event.ts';
import { etagOf } from '#shared/http/if-match.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import { type NotifyingPorts, notificationTerms } from '#shared/notification/terms.ts';
import { orderDecider } from './decider.ts';
import { ORDER_NOT_FOUND, type OrderCommand } from './order.ts';
import { ORDER_ID, orderIdFor } from './order-id.ts';
import type { AddItemBody, CancelOrderBody, PlaceOrderBody } from './requests.ts';

/** The id is derived from tenant and idempotency key, so no read is needed: a repetition finds its own row. */
export async function placeOrder(call: Call<PlaceOrderBody>, ports: NotifyingPorts): Promise<Reply> {
  const orderId = orderIdFor(call.tenant, call.idempotencyKey);
  const executed = await execute(
    call,
    {
      decider: orderDecider,
      key: { tenant: call.tenant, type: 'order', id: orderId },
      path: '/orders',
      command: { type: 'PlaceOrder', data: call.json.valid },
      terms: await notificationTerms(ports),
      assume: 'absent',
    },
    ports,
  );
  return answer(executed, { location: `/orders/${orderId}`, ...etagOf(executed.outcome.version) });
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
      terms: await notificationTerms(ports),
    },
    ports,
  );
  return answer(executed, etagOf(executed.outcome.version));
}
