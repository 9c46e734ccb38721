import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute, requestRoute } from '#shared/http/route.ts';
import { recipientParameters, suppressSchema } from '#shared/recipient/requests.ts';
import { lift, suppress } from './commands.ts';
import { listSuppressions } from './queries.ts';
import { SUPPRESS_BODY_BYTES, suppressionsQuerySchema } from './requests.ts';
import { liftedSuppressionSchema, suppressionAnswerSchema, suppressionListSchema } from './responses.ts';

export const suppressionCommands = () => [
  commandRoute({
    path: '/suppressions',
    scope: 'messages:write',
    operationId: 'suppress',
    tag: 'Messages',
    summary: 'Stop messages to a recipient',
    description: 'Other recipients are not affected. A message to several recipients still goes to the others.',
    body: {
      schema: suppressSchema,
      maximumBytes: SUPPRESS_BODY_BYTES,
      example: { channel: 'email', address: 'ada@example.com' },
    },
    answer: { status: 201, description: 'The suppression is in force.', schema: suppressionAnswerSchema },
    handle: suppress,
  }),
  requestRoute({
    method: 'DELETE',
    path: '/suppressions',
    scope: 'messages:write',
    operationId: 'liftSuppression',
    tag: 'Messages',
    summary: 'Allow messages to a recipient again',
    description:
      'A bounce from before this request does not suppress the recipient again, even if it is reported later.',
    parameters: recipientParameters,
    query: suppressSchema,
    answer: { status: 200, description: 'The suppression that was in force.', schema: liftedSuppressionSchema },
    failures: [400, 404],
    handle: lift,
  }),
];

export const suppressionQueries = () => [
  requestRoute({
    method: 'GET',
    path: '/suppressions',
    scope: 'messages:read',
    operationId: 'listSuppressions',
    tag: 'Messages',
    summary: 'List suppressed recipients',
    description:
      'All suppressions in pages, or the suppression of one recipient with `channel` and `address`. The answer has no ' +
      'addresses, because none are stored. `origin` is the notification whose feedback caused the suppression, or `api`.',
    parameters: [
      { name: 'channel', in: 'query', schema: { type: 'string', enum: ['email', 'sms'] } },
      { name: 'address', in: 'query', schema: { type: 'string' } },
      { name: 'cursor', in: 'query', schema: { type: 'string' } },
    ],
    query: suppressionsQuerySchema,
    answer: { status: 200, description: 'The suppressions in force.', schema: suppressionListSchema },
    failures: [400],
    handle: listSuppressions,
  }),
];

/** Names in the OpenAPI document. */
export const suppressionSchemas: NamedSchemas = {
  Suppress: { schema: suppressSchema },
  SuppressionAnswer: { schema: suppressionAnswerSchema },
  SuppressionList: { schema: suppressionListSchema },
  LiftedSuppression: { schema: liftedSuppressionSchema },
};
