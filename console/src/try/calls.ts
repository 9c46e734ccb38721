import type { Api, Result } from '#console/base/api.ts';
import type { NotificationDetailsView } from '#shared/message-log/responses.ts';
import type { OrderView } from '#shared/order/responses.ts';

export const placeOrder = (api: Api, body: object, key: string): Promise<Result<{ orderId: string }>> =>
  api.send('POST', '/orders', { key, body });

/** An order with each of its messages in full. */
export type Run = { order: OrderView; messages: readonly NotificationDetailsView[] };

export async function readRun(api: Api, orderId: string, signal: AbortSignal): Promise<Result<Run>> {
  const order = await api.get<OrderView>(`/orders/${encodeURIComponent(orderId)}`, signal);
  if ('failure' in order) return order;
  const read = await Promise.all(
    order.value.notifications.map(({ notificationId }) =>
      api.get<NotificationDetailsView>(`/notifications/${encodeURIComponent(notificationId)}`, signal),
    ),
  );
  const messages: NotificationDetailsView[] = [];
  for (const one of read) {
    if ('failure' in one) return one;
    messages.push(one.value);
  }
  return { value: { order: order.value, messages } };
}

/** `on`: the fault that is on. `foreign`: a script changed the local cloud through its control API. */
export type Faults = { on?: { name: string; hits: number; endsAt: string }; foreign: boolean };

export const readFaults = (signal: AbortSignal): Promise<Faults | undefined> => askFaults({ signal });

/** @param fault `undefined` switches the current one off. */
export const switchFault = (fault: string | undefined): Promise<Faults | undefined> =>
  askFaults({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ fault: fault ?? null }),
  });

/** The console’s own server switches faults, and only on a stage of this machine. */
async function askFaults(init: RequestInit): Promise<Faults | undefined> {
  try {
    const answer = await fetch('faults', { ...init, cache: 'no-store' });
    return answer.ok ? await answer.json() : undefined;
  } catch {
    // The local cloud has ended. The next read shows whether it is back.
    return undefined;
  }
}
