import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { etagOf } from '#shared/http/if-match.ts';
import { CUSTOMER_ID } from '#shared/http/input/fields.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import { CUSTOMER_NOT_FOUND, type Customer, customerKey } from './customer.ts';
import type { CustomerStore } from './ports.ts';
import type { CustomerView } from './responses.ts';

export type CustomerQueryPorts = { customers: Pick<CustomerStore, 'read'> };

/** The customer. The answer for another tenant's customer is the same as for one that does not exist. */
export async function getCustomer(
  { tenant, pathParameters }: TenantRequest,
  { customers }: CustomerQueryPorts,
): Promise<Reply> {
  const customerId = pathParameters?.customerId ?? '';
  const stored = CUSTOMER_ID.test(customerId) ? await customers.read(customerKey(tenant, customerId)) : undefined;
  if (!stored) return problemResponse(problemOfRejection(CUSTOMER_NOT_FOUND));
  return jsonResponse(JSON.stringify(customerView(stored)), etagOf(stored.version));
}

function customerView({ state, version }: StoredState<Customer>): CustomerView {
  const { customerId, status, registeredAt } = state;
  const common = { customerId, status, version, registeredAt };
  return state.status === 'registered' ? { ...common, ...state.contact } : { ...common, erasedAt: state.erasedAt };
}
