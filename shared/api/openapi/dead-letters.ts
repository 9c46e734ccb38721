import { SCOPE } from '#shared/names.ts';
import { echo, parameter } from './components.ts';
import { readFailures } from './operation-parts.ts';
import { jsonOf } from './reference.ts';

const listDeadLettersOperation = {
  operationId: 'listDeadLetters',
  tags: ['Operations'],
  summary: 'Read what could not be handled, with its reason',
  description: 'The 100 oldest that are open, of all tenants: for operators.',
  security: [{ token: [SCOPE.operations] }],
  parameters: [parameter('CorrelationId')],
  responses: {
    200: { description: 'Oldest first.', headers: echo, content: jsonOf('DeadLetters') },
    ...readFailures,
  },
};

/** What operators read. */
export const deadLetterPaths = {
  '/dead-letters': { get: listDeadLettersOperation },
};
