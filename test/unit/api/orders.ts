import type { HttpResponse } from '#shared/http/event.ts';
import { orderIdFor } from '#shared/order/order-id.ts';
import { httpEvent, type Request } from '#test/support/http-event.ts';

/** An order, the requests that place it and add to it, and their answers. */

export const mug = { sku: 'MUG-01', description: 'Mug, blue', quantity: 2, unitPrice: 1250 };

export const order = {
  contact: { name: 'Ada', email: 'ada@example.com', phone: '+4366012345678' },
  currency: 'EUR',
  lines: [mug],
};

export const orderId = orderIdFor('acme', 'key-1');

export const headers = { 'content-type': 'application/json', 'idempotency-key': 'key-1' };

export const placing = (overrides: Partial<Request> = {}) =>
  httpEvent({ routeKey: 'POST /orders', tenant: 'acme', headers, body: JSON.stringify(order), ...overrides });

export const adding = (overrides: Partial<Request> & { id?: string } = {}) => {
  const id = overrides.id ?? orderId;
  return httpEvent({
    routeKey: 'POST /orders/{orderId}/items',
    path: `/orders/${id}/items`,
    pathParameters: { orderId: id },
    tenant: 'acme',
    headers,
    body: JSON.stringify(mug),
    ...overrides,
  });
};

export const withoutCorrelation = ({ headers: { 'x-correlation-id': _, ...others }, ...response }: HttpResponse) => ({
  ...response,
  headers: others,
});
