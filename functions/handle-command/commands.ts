import middy from '@middy/core';
import { FIELD_FAULTS } from '#shared/api/fields.ts';
import { ORDER_ID, orderIdFor } from '#shared/api/order-id.ts';
import {
  type AddItemBody,
  ORDER_BODY_BYTES,
  orderLineSchema,
  type PlaceOrderBody,
  placeOrderSchema,
} from '#shared/api/requests.ts';
import { orderDecider } from '#shared/domain/order/decider.ts';
import { ORDER_NOT_FOUND, type OrderCommand } from '#shared/domain/order/order.ts';
import type { Correlated } from '#shared/http/correlation.ts';
import { type HttpEvent, type HttpFunction, type HttpResponse, jsonResponse } from '#shared/http/event.ts';
import { fingerprintOf } from '#shared/http/fingerprint.ts';
import { asHttpFunction, httpFunction } from '#shared/http/http-function.ts';
import { type Idempotent, idempotencyKey } from '#shared/http/idempotency-key.ts';
import { jsonBody, type WithBody } from '#shared/http/json-body.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import { type OfTenant, tenant } from '#shared/http/tenant.ts';
import type { Rejection } from '#shared/messaging/decider.ts';
import { httpCommandId } from '#shared/once/command-id.ts';
import { TemporarilyUnavailable } from '#shared/once/errors.ts';
import { type Executed, type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import type { Log } from '#shared/ports.ts';

export type CommandPorts = ExecutorPorts & {
  /** Key of the fingerprints. */
  fingerprintKey: () => Promise<string>;
  log: Log;
};

type Call<Body> = HttpEvent & Correlated & OfTenant & Idempotent & WithBody<Body>;

/** Every command of the HTTP API: validated, then handed to the one executor. */
export function commandApi(ports: CommandPorts, { tenantClaim }: { tenantClaim: string }): HttpFunction {
  const common = () => [tenant({ claim: tenantClaim }), idempotencyKey()];
  const body = { formats: FIELD_FAULTS, maximumBytes: ORDER_BODY_BYTES };
  const placing = middy((event: Call<PlaceOrderBody>) => placeOrder(event, ports)).use([
    ...common(),
    jsonBody({ ...body, schema: placeOrderSchema }),
  ]);
  const adding = middy((event: Call<AddItemBody>) => addItem(event, ports)).use([
    ...common(),
    jsonBody({ ...body, schema: orderLineSchema }),
  ]);
  return httpFunction({
    routes: {
      'POST /orders': asHttpFunction(placing),
      'POST /orders/{orderId}/items': asHttpFunction(adding),
    },
    random: ports.random,
    log: ports.log,
  });
}

/** 201; the id follows from tenant and key, so nothing need be read: a repetition meets its own row. */
async function placeOrder(event: Call<PlaceOrderBody>, ports: CommandPorts): Promise<HttpResponse> {
  const orderId = orderIdFor(event.tenant, event.idempotencyKey);
  const command: OrderCommand = { type: 'PlaceOrder', data: event.json.valid };
  const executed = await execute(event, { orderId, path: '/orders', command, assume: 'absent' }, ports);
  return answer(executed, { status: 201, headers: { location: `/orders/${orderId}` } });
}

/** 200 with the order as it is then. */
async function addItem(event: Call<AddItemBody>, ports: CommandPorts): Promise<HttpResponse> {
  const orderId = event.pathParameters?.orderId ?? '';
  if (!ORDER_ID.test(orderId)) return problemResponse(problemOfRejection(ORDER_NOT_FOUND));
  const command: OrderCommand = { type: 'AddItem', data: { line: event.json.valid } };
  const executed = await execute(event, { orderId, path: `/orders/${orderId}/items`, command }, ports);
  return answer(executed, { status: 200, headers: {} });
}

type Execution = { orderId: string; path: string; command: OrderCommand; assume?: 'absent' };

async function execute(
  event: Call<unknown>,
  { orderId, path, command, assume }: Execution,
  ports: CommandPorts,
): Promise<Executed> {
  const { tenant, idempotencyKey, correlationId, traceparent, json } = event;
  const commandId = httpCommandId({ tenant, method: 'POST', path, idempotencyKey });
  const request = {
    decider: orderDecider,
    key: { tenant, type: 'order', id: orderId },
    commandId,
    fingerprint: fingerprintOf(json.received, await fingerprintKey(ports)),
    command,
    metadata: { correlationId, causationId: commandId, ...(traceparent === undefined ? {} : { traceparent }) },
  };
  return executeOnce(assume === undefined ? request : { ...request, assume }, ports);
}

/** Nothing is written before the key is there, so a caller may simply come again. */
async function fingerprintKey(ports: CommandPorts): Promise<string> {
  try {
    return await ports.fingerprintKey();
  } catch (cause) {
    throw new TemporarilyUnavailable('The command could not be started.', { cause });
  }
}

/** The stored text goes out as it is: a repetition is answered to the byte like the first time. */
function answer(
  { kind, outcome }: Executed,
  { status, headers }: { status: number; headers: Record<string, string> },
): HttpResponse {
  const replayed: Record<string, string> = kind === 'duplicate' ? { 'idempotency-replayed': 'true' } : {};
  if (outcome.accepted) return jsonResponse(status, outcome.answer, { ...headers, ...replayed });
  return problemResponse(problemOfRejection(JSON.parse(outcome.answer) as Rejection), replayed);
}
