import { answer, type Call, type CommandPorts, execute, secretOf } from '#shared/http/command.ts';
import type { Reply } from '#shared/http/event.ts';
import { etagOf } from '#shared/http/if-match.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { customerKey } from './customer.ts';
import { customerIdFor } from './customer-id.ts';
import { type CustomerTerms, customerDecider } from './decider.ts';
import type { RegisterCustomerBody } from './requests.ts';

/**
 * Without a `customerId`, the id is derived from tenant and idempotency key. Either way, no read is needed: a
 * repetition finds its own row.
 */
export async function registerCustomer(call: Call<RegisterCustomerBody>, ports: CommandPorts): Promise<Reply> {
  const { customerId = customerIdFor(call.tenant, call.idempotencyKey), ...contact } = call.json.valid;
  const executed = await execute(
    call,
    {
      decider: customerDecider,
      key: customerKey(call.tenant, customerId),
      path: '/customers',
      command: { type: 'RegisterCustomer', data: { contact } },
      terms: await customerTerms(ports),
      assume: 'absent',
    },
    ports,
  );
  return answer(executed, { location: `/customers/${customerId}`, ...etagOf(executed.outcome.version) });
}

/** Erases a customer's contact. It can be repeated, and does nothing if there is no such customer. */
export async function eraseContactOf(
  customerId: string,
  { tenant, correlationId }: Pick<TenantRequest, 'tenant' | 'correlationId'>,
  ports: CommandPorts,
): Promise<void> {
  await executeTransition(
    {
      decider: customerDecider,
      key: customerKey(tenant, customerId),
      command: { type: 'EraseCustomer' },
      terms: await customerTerms(ports),
    },
    { subscriber: 'erase', transitionId: `customer_${customerId}`, metadata: { correlationId } },
    ports,
  );
}

const customerTerms = async (ports: CommandPorts): Promise<CustomerTerms> => ({
  recipientKey: recipientKey(await secretOf(ports)),
});
