import * as v from 'valibot';
import { identifier } from '#shared/http/input/fields.ts';
import { strictObject } from '#shared/http/input/structures.ts';
import { contactFields, reachable } from '#shared/recipient/requests.ts';

/** Bound of the body of `POST /customers`. */
export const CUSTOMER_BODY_BYTES = 4096;

/** Body of `POST /customers`: a contact, and the caller's own id for the customer. */
export const registerCustomerSchema = v.pipe(
  strictObject({ ...contactFields, customerId: v.optional(identifier) }),
  reachable(),
);

export type RegisterCustomerBody = v.InferOutput<typeof registerCustomerSchema>;
