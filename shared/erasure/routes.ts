import { DERIVED_ID } from '#shared/http/derived-id.ts';
import { CUSTOMER_ID } from '#shared/http/input/fields.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { pathParameter, requestRoute } from '#shared/http/route.ts';
import { recipientParameters, suppressSchema } from '#shared/recipient/requests.ts';
import { eraseAddress, eraseCustomer } from './commands.ts';
import { getErasure } from './queries.ts';
import { erasureAnswerSchema, erasureSchema } from './responses.ts';

const erasureStarted = {
  status: 202,
  description:
    'The erasure has started, or a running erasure now includes everything that was accepted until now (`alreadyRunning`).',
  schema: erasureAnswerSchema,
  hasLocation: true,
} as const;

export const erasureCommands = () => [
  requestRoute({
    method: 'DELETE',
    path: '/customers/{customerId}/personal-data',
    scope: 'messages:write',
    operationId: 'eraseCustomer',
    tag: 'Messages',
    summary: 'Erase the personal data of a customer',
    description:
      'Erases the contents and contacts of everything that was accepted until now, and cancels unsent messages. Ids, ' +
      'figures, outcomes and suppressions remain. Data that is accepted after this request is not erased, because the ' +
      'customer has returned. Another request includes it.',
    parameters: [pathParameter('CustomerId', CUSTOMER_ID)],
    answer: erasureStarted,
    failures: [400, 404],
    handle: eraseCustomer,
  }),
  requestRoute({
    method: 'DELETE',
    path: '/personal-data',
    scope: 'messages:write',
    operationId: 'eraseAddress',
    tag: 'Messages',
    summary: 'Erase the personal data of the owner of an address or number',
    description:
      'Erases what `DELETE /customers/{customerId}/personal-data` erases, for the owner of the address, and also the ' +
      'contact of every customer who was registered with it. In a message to several recipients, only this recipient is ' +
      'erased. In an order that was confirmed to this recipient, the whole contact is erased.',
    parameters: recipientParameters,
    query: suppressSchema,
    answer: erasureStarted,
    failures: [400, 404],
    handle: eraseAddress,
  }),
];

export const erasureQueries = () => [
  requestRoute({
    method: 'GET',
    path: '/erasures/{erasureId}',
    scope: 'messages:read',
    operationId: 'getErasure',
    tag: 'Messages',
    summary: 'Get the progress of an erasure',
    description:
      '`DONE`: a second pass over the recent part of the log found nothing. `INCOMPLETE`: only notifications that cannot ' +
      'be read remain. They are tried again automatically. An erasure that is `DONE` reads the log again after an hour ' +
      'and after a day. It is `RUNNING` again if the log then has entries that were not visible before.',
    parameters: [pathParameter('ErasureId', DERIVED_ID)],
    answer: { status: 200, description: 'The progress.', schema: erasureSchema },
    failures: [404],
    handle: getErasure,
  }),
];

/** Names in the OpenAPI document. */
export const erasureSchemas: NamedSchemas = {
  ErasureAnswer: { schema: erasureAnswerSchema },
  Erasure: { schema: erasureSchema },
};
