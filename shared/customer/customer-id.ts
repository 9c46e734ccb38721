import { derivedId } from '#shared/http/derived-id.ts';
import { CUSTOMER } from './customer.ts';

/** The id of the customer that a tenant registers with an Idempotency-Key and without an id of its own. */
export const customerIdFor = (tenant: string, idempotencyKey: string): string =>
  derivedId(CUSTOMER.name, tenant, idempotencyKey);
