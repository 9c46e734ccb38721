import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { stageRoute } from '#shared/http/route.ts';
import { getDeadLetters } from './queries.ts';
import { deadLetterSchema, deadLettersSchema } from './responses.ts';

export const deadLetterQueries = () => [
  stageRoute({
    method: 'GET',
    path: '/dead-letters',
    scope: 'operations',
    operationId: 'listDeadLetters',
    tag: 'Operations',
    summary: 'List messages and records that could not be handled, with the reasons',
    description: 'The 100 oldest open dead letters of all tenants. Only for operators.',
    answer: { status: 200, description: 'Oldest first.', schema: deadLettersSchema },
    handle: getDeadLetters,
  }),
];

/** Names in the OpenAPI document. */
export const deadLetterSchemas: NamedSchemas = {
  DeadLetter: { schema: deadLetterSchema },
  DeadLetters: { schema: deadLettersSchema },
};
