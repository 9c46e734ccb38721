import { DERIVED_ID, derivedId } from '#shared/http/derived-id.ts';

/** The format of an order id. */
export const ORDER_ID = DERIVED_ID;

/** The id of the order that a tenant places with an Idempotency-Key. */
export const orderIdFor = (tenant: string, idempotencyKey: string): string =>
  derivedId('order', tenant, idempotencyKey);
