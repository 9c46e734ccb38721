import { SCOPE } from '#shared/names.ts';
import { echo, parameter, replayed, response } from './components.ts';
import { commandFailures, commandParameters, readFailures, requestBody } from './operation-parts.ts';
import { jsonOf } from './reference.ts';

const suppressOperation = {
  operationId: 'suppress',
  tags: ['Messages'],
  summary: 'Write to somebody no more',
  description: 'Messages to others go on; with this recipient among several, the rest still get theirs.',
  security: [{ token: [SCOPE.messagesWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('Suppress', { channel: 'email', address: 'ada@example.com' }),
  responses: {
    201: { description: 'It is in force.', headers: { ...echo, ...replayed }, content: jsonOf('SuppressionAnswer') },
    ...commandFailures,
  },
};

const liftSuppressionOperation = {
  operationId: 'liftSuppression',
  tags: ['Messages'],
  summary: 'Write to somebody again',
  description: 'What bounced before now, and is only told later, suppresses nobody again.',
  security: [{ token: [SCOPE.messagesWrite] }],
  parameters: [parameter('Channel'), parameter('Address'), parameter('CorrelationId')],
  responses: {
    200: { description: 'What was in force.', headers: echo, content: jsonOf('LiftedSuppression') },
    400: response('BadRequest'),
    404: response('NotFound'),
    ...readFailures,
  },
};

const listSuppressionsOperation = {
  operationId: 'listSuppressions',
  tags: ['Messages'],
  summary: 'See whom nothing is sent to',
  description:
    'Everybody, page by page, or one recipient with `channel` and `address`. No addresses are kept, so none are told: ' +
    '`origin` says which notification led to it.',
  security: [{ token: [SCOPE.messagesRead] }],
  parameters: [
    { name: 'channel', in: 'query', schema: { type: 'string', enum: ['email', 'sms'] } },
    { name: 'address', in: 'query', schema: { type: 'string' } },
    { name: 'cursor', in: 'query', schema: { type: 'string' } },
    parameter('CorrelationId'),
  ],
  responses: {
    200: { description: 'What is in force.', headers: echo, content: jsonOf('SuppressionList') },
    400: response('BadRequest'),
    ...readFailures,
  },
};

/** Whom nothing is sent to. */
export const suppressionPaths = {
  '/suppressions': { get: listSuppressionsOperation, post: suppressOperation, delete: liftSuppressionOperation },
};
