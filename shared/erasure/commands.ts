import { eraseContactOf } from '#shared/customer/commands.ts';
import type { CustomerStore } from '#shared/customer/ports.ts';
import { type CommandPorts, secretOf } from '#shared/http/command.ts';
import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { CUSTOMER_ID } from '#shared/http/input/fields.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { WithQuery } from '#shared/http/query-parameters.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import { httpCommandId } from '#shared/once/command-id.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import type { AddressQuery } from '#shared/recipient/requests.ts';
import { erasureDecider } from './decider.ts';
import type { ErasureScope } from './erasure.ts';
import { erasureKeyOf } from './erasure-key.ts';

export type ErasurePorts = CommandPorts & { customers: CustomerStore };

/** Erases the data of a customer. */
export async function eraseCustomer(event: TenantRequest, ports: ErasurePorts): Promise<Reply> {
  const customerId = event.pathParameters?.customerId ?? '';
  if (!CUSTOMER_ID.test(customerId)) return problemResponse(problemOfRejection(CUSTOMER_NOT_FOUND));
  return erase(event, { customerId }, [customerId], ports);
}

/** Erases the data of the owner of an address or number, and of the customers who were registered with it. */
export async function eraseAddress(
  event: TenantRequest & WithQuery<AddressQuery>,
  ports: ErasurePorts,
): Promise<Reply> {
  const { channel, address } = event.query;
  const recipient = recipientKey(await secretOf(ports))(event.tenant, channel, address);
  const find = () => ports.customers.customersWith(event.tenant, recipient);
  const customerIds = await find();
  const reply = await erase(event, { recipient }, customerIds, ports);
  await eraseLater(event, { recipient }, find, new Set(customerIds), ports);
  return reply;
}

/**
 * Erases the customers who were registered while the erasure was started. Each of them moves the bound, because an order
 * may have read the contact since. A customer who is registered after the last look has given the address again.
 */
async function eraseLater(
  event: TenantRequest,
  scope: ErasureScope,
  find: () => Promise<string[]>,
  erased: ReadonlySet<string>,
  ports: ErasurePorts,
): Promise<void> {
  const customerIds = await find();
  const later = customerIds.filter((id) => !erased.has(id));
  if (later.length === 0) return;
  await erase(event, scope, later, ports);
  await eraseLater(event, scope, find, new Set(customerIds), ports);
}

/**
 * An erasure has started, or a running erasure now also covers what was accepted since it was requested.
 * GET /erasures/{erasureId} reports when it is done.
 *
 * The customers' contacts are erased first. So an order that read one of them was decided before the erasure's bound, and
 * is covered by it. If this dies in between, the caller has no answer and repeats the request.
 */
async function erase(
  request: TenantRequest,
  scope: ErasureScope,
  customerIds: readonly string[],
  ports: CommandPorts,
): Promise<Reply> {
  const { tenant, correlationId, rawPath } = request;
  for (const customerId of customerIds) await eraseContactOf(customerId, request, ports);
  const key = erasureKeyOf(tenant, scope);
  const commandId = httpCommandId({
    tenant,
    method: 'DELETE',
    path: rawPath,
    idempotencyKey: ports.random.nonce(),
  });
  const { outcome } = await executeOnce(
    {
      decider: erasureDecider,
      key,
      commandId,
      fingerprint: commandId,
      command: { type: 'StartErasure', scope, correlationId },
      metadata: { correlationId, causationId: commandId },
    },
    ports,
  );
  // If a concurrent request has already moved the bound, this request changes nothing and its answer has no count.
  const { requests = 2 } = JSON.parse(outcome.answer) as { requests?: number };
  const answer = { erasureId: key.id, status: 'RUNNING', alreadyRunning: requests > 1 };
  return jsonResponse(JSON.stringify(answer), { location: `/erasures/${key.id}` });
}

const CUSTOMER_NOT_FOUND = {
  code: 'CUSTOMER_NOT_FOUND',
  detail: 'No customer can have this id.',
  next: 'Give the customerId of the customer or of the orders: letters, digits, _ and -.',
};
