import { CUSTOMER_ID } from '#shared/http/input/fields.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute, pathParameter, requestRoute } from '#shared/http/route.ts';
import { REACHABLE } from '#shared/recipient/requests.ts';
import { registerCustomer } from './commands.ts';
import { getCustomer } from './queries.ts';
import { CUSTOMER_BODY_BYTES, registerCustomerSchema } from './requests.ts';
import { customerAnswerSchema, customerViewSchema } from './responses.ts';

export const customerCommands = () => [
  commandRoute({
    path: '/customers',
    scope: 'orders:write',
    operationId: 'registerCustomer',
    tag: 'Customers',
    summary: 'Register a customer',
    description:
      'Orders may name the customer instead of a contact. Without a `customerId`, the id is derived from the ' +
      'Idempotency-Key in the same way as the id of an order, with `counterfoil-customer` instead of `counterfoil-order`. With a ' +
      '`customerId`, the Idempotency-Key belongs to this customer, and another registration with the same ' +
      '`customerId` is refused.',
    body: {
      schema: registerCustomerSchema,
      maximumBytes: CUSTOMER_BODY_BYTES,
      example: {
        name: 'Ada Lovelace',
        email: 'ada@example.com',
        phone: '+4366012345678',
        locale: 'en',
        customerId: 'ada-lovelace',
      },
    },
    answer: {
      status: 201,
      description: 'The customer is registered.',
      schema: customerAnswerSchema,
      hasLocation: true,
      hasETag: true,
    },
    handle: registerCustomer,
  }),
];

export const customerQueries = () => [
  requestRoute({
    method: 'GET',
    path: '/customers/{customerId}',
    scope: 'orders:read',
    operationId: 'getCustomer',
    tag: 'Customers',
    summary: 'Read a customer',
    parameters: [pathParameter('CustomerId', CUSTOMER_ID)],
    answer: {
      status: 200,
      description: 'The customer. After an erasure, it has no contact.',
      schema: customerViewSchema,
      hasETag: true,
    },
    failures: [404],
    handle: getCustomer,
  }),
];

/** Names in the OpenAPI document. */
export const customerSchemas: NamedSchemas = {
  RegisterCustomer: { schema: registerCustomerSchema, ...REACHABLE },
  CustomerAnswer: { schema: customerAnswerSchema },
  Customer: { schema: customerViewSchema },
};
