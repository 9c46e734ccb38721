import { echo, parameter, replayed, response } from '#shared/http/openapi/components.ts';
import { commandFailures, commandParameters, readFailures, requestBody } from '#shared/http/openapi/operation-parts.ts';
import { jsonOf } from '#shared/http/openapi/reference.ts';
import { SCOPE } from '#shared/names.ts';

const suppressOperation = {
  operationId: 'suppress',
  tags: ['Messages'],
  summary: 'Stop messages to a recipient',
  description: 'Other recipients are not affected. A message to several recipients still goes to the others.',
  security: [{ token: [SCOPE.messagesWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('Suppress', { channel: 'email', address: 'ada@example.com' }),
  responses: {
    201: {
      description: 'The suppression is in force.',
      headers: { ...echo, ...replayed },
      content: jsonOf('SuppressionAnswer'),
    },
    ...commandFailures,
  },
};

const liftSuppressionOperation = {
  operationId: 'liftSuppression',
  tags: ['Messages'],
  summary: 'Allow messages to a recipient again',
  description: 'A bounce from before this request does not suppress the recipient again, even if it is reported later.',
  security: [{ token: [SCOPE.messagesWrite] }],
  parameters: [parameter('Channel'), parameter('Address'), parameter('CorrelationId')],
  responses: {
    200: { description: 'The suppression that was in force.', headers: echo, content: jsonOf('LiftedSuppression') },
    400: response('BadRequest'),
    404: response('NotFound'),
    ...readFailures,
  },
};

const listSuppressionsOperation = {
  operationId: 'listSuppressions',
  tags: ['Messages'],
  summary: 'List suppressed recipients',
  description:
    'All suppressions in pages, or the suppression of one recipient with `channel` and `address`. The answer has no ' +
    'addresses, because none are stored. `origin` is the notification whose feedback caused the suppression, or `api`.',
  security: [{ token: [SCOPE.messagesRead] }],
  parameters: [
    { name: 'channel', in: 'query', schema: { type: 'string', enum: ['email', 'sms'] } },
    { name: 'address', in: 'query', schema: { type: 'string' } },
    { name: 'cursor', in: 'query', schema: { type: 'string' } },
    parameter('CorrelationId'),
  ],
  responses: {
    200: { description: 'The suppressions in force.', headers: echo, content: jsonOf('SuppressionList') },
    400: response('BadRequest'),
    ...readFailures,
  },
};

/** Operations on suppressions. */
export const suppressionPaths = {
  '/suppressions': { get: listSuppressionsOperation, post: suppressOperation, delete: liftSuppressionOperation },
};
