import { echo, parameter } from '#shared/http/openapi/components.ts';
import { readFailures } from '#shared/http/openapi/operation-parts.ts';
import { jsonOf } from '#shared/http/openapi/reference.ts';
import { SCOPE } from '#shared/names.ts';

const listDeadLettersOperation = {
  operationId: 'listDeadLetters',
  tags: ['Operations'],
  summary: 'List messages and records that could not be handled, with the reasons',
  description: 'The 100 oldest open dead letters of all tenants. Only for operators.',
  security: [{ token: [SCOPE.operations] }],
  parameters: [parameter('CorrelationId')],
  responses: {
    200: { description: 'Oldest first.', headers: echo, content: jsonOf('DeadLetters') },
    ...readFailures,
  },
};

/** Operations for operators. */
export const deadLetterPaths = {
  '/dead-letters': { get: listDeadLettersOperation },
};
