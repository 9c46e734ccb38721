import { DERIVED_ID } from '#shared/http/derived-id.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute, pathParameter, queryParameter, stageRoute } from '#shared/http/route.ts';
import { describeGroup, discardDeadLetter } from './commands.ts';
import { getDeadLetter, listAudit, listDeadLetterGroups, listDeadLetters } from './queries.ts';
import { DEAD_LETTER_BODY_BYTES, DEAD_LETTER_FILTERS, describeGroupSchema, discardSchema } from './requests.ts';
import {
  auditEntrySchema,
  auditSchema,
  automaticRedriveSchema,
  deadLetterActionSchema,
  deadLetterGroupSchema,
  deadLetterGroupsSchema,
  deadLetterSchema,
  deadLettersSchema,
} from './responses.ts';

const OF_OPERATORS = { scope: 'operations', tag: 'Operations' } as const;

const deadLetterId = pathParameter('DeadLetterId', DERIVED_ID);
const fingerprint = pathParameter('Fingerprint', DERIVED_ID);

const { subscriber, type, reason, fingerprint: group, tenant, from, to, status, owner } = DEAD_LETTER_FILTERS;
const cursor = queryParameter(
  'cursor',
  { type: 'string' },
  '`nextCursor` of the previous page, with the same filters.',
);

/** Lists of the stage have no tenant, and neither have their cursors. */
const OF_STAGE = { tenant: '' };

export const deadLetterCommands = () => [
  commandRoute({
    ...OF_OPERATORS,
    isOfStage: true,
    path: '/dead-letters/{deadLetterId}/discard',
    operationId: 'discardDeadLetter',
    summary: 'Close a dead letter that needs nothing more',
    description:
      'It stays stored and is not on the list of open dead letters any more. If the same message fails again, it is open ' +
      'again. Do not discard an event of an e-mail provider while outcomes are unknown: it may be the evidence. So unknown ' +
      'outcomes from before it died are then not settled automatically, and a person has to decide.',
    parameters: [deadLetterId],
    body: {
      schema: discardSchema,
      maximumBytes: DEAD_LETTER_BODY_BYTES,
      example: { reason: 'Sent by a test of another team.' },
    },
    answer: { status: 200, description: 'The audit entry.', schema: auditEntrySchema },
    failures: [404],
    handle: discardDeadLetter,
  }),
  commandRoute({
    ...OF_OPERATORS,
    isOfStage: true,
    method: 'PATCH',
    path: '/dead-letters/groups/{fingerprint}',
    operationId: 'describeDeadLetterGroup',
    summary: 'Set the owner and the note of a group of dead letters',
    description: 'They belong to the group, so they stay when its dead letters are discarded or fail again.',
    parameters: [fingerprint],
    body: {
      schema: describeGroupSchema,
      maximumBytes: DEAD_LETTER_BODY_BYTES,
      example: { owner: 'mail team', note: 'A release of the shop sends the old format.' },
    },
    answer: { status: 200, description: 'The audit entry.', schema: auditEntrySchema },
    failures: [404],
    handle: describeGroup,
  }),
];

const filterParameters = [
  queryParameter('subscriber', subscriber, 'Only those of this function.'),
  queryParameter('type', type, 'Only messages of this type.'),
  queryParameter('reason', reason, 'Only those with this reason.'),
  queryParameter('fingerprint', group, 'Only those of this group.'),
  queryParameter('tenant', tenant, 'Only messages of this tenant.'),
  queryParameter('from', from, 'Open since this time or later. RFC 3339.'),
  queryParameter('to', to, 'Open since before this time.'),
  queryParameter('status', status, 'Default: `open`.'),
  queryParameter('owner', owner, 'Only groups with this owner.'),
  cursor,
];

export const deadLetterQueries = () => [
  // The handler reads the query by itself, because it reports a forged cursor together with the faults of the filters.
  stageRoute({
    ...OF_OPERATORS,
    method: 'GET',
    path: '/dead-letters',
    operationId: 'listDeadLetters',
    summary: 'List messages and records that could not be handled, with the reasons',
    description:
      'Dead letters of all tenants, about 100 on a page. Only for operators. A page reads a bounded part of the list: with ' +
      '`type` or `tenant`, it may be short or empty and still have a `nextCursor`. The last page has none.',
    parameters: filterParameters,
    answer: { status: 200, description: 'Oldest first.', schema: deadLettersSchema },
    failures: [400],
    handle: (event, ports: Parameters<typeof listDeadLetters>[1]) => listDeadLetters({ ...event, ...OF_STAGE }, ports),
  }),
  stageRoute({
    ...OF_OPERATORS,
    method: 'GET',
    path: '/dead-letters/groups',
    operationId: 'listDeadLetterGroups',
    summary: 'List open dead letters by their cause',
    description: 'Dead letters with the same subscriber, reason, error and place in the code are one group.',
    answer: {
      status: 200,
      description: 'The group with the oldest dead letter first.',
      schema: deadLetterGroupsSchema,
    },
    handle: listDeadLetterGroups,
  }),
  stageRoute({
    ...OF_OPERATORS,
    method: 'GET',
    path: '/dead-letters/{deadLetterId}',
    operationId: 'getDeadLetter',
    summary: 'Get a dead letter with its history',
    parameters: [deadLetterId],
    answer: { status: 200, description: 'The dead letter, open or closed.', schema: deadLetterSchema },
    failures: [404],
    handle: getDeadLetter,
  }),
  stageRoute({
    ...OF_OPERATORS,
    method: 'GET',
    path: '/audit',
    operationId: 'listAudit',
    summary: 'List what operators did with dead letters',
    description: 'Who, what, when, and with how many dead letters. 100 entries on a page.',
    parameters: [
      queryParameter('from', from, 'Done at this time or later. RFC 3339.'),
      queryParameter('to', to, 'Done before this time.'),
      cursor,
    ],
    answer: { status: 200, description: 'Latest first.', schema: auditSchema },
    failures: [400],
    handle: (event, ports: Parameters<typeof listAudit>[1]) => listAudit({ ...event, ...OF_STAGE }, ports),
  }),
];

/** Names in the OpenAPI document. */
export const deadLetterSchemas: NamedSchemas = {
  DeadLetter: { schema: deadLetterSchema },
  DeadLetterAction: { schema: deadLetterActionSchema },
  DeadLetters: { schema: deadLettersSchema },
  DeadLetterGroup: { schema: deadLetterGroupSchema },
  AutomaticRedrive: { schema: automaticRedriveSchema },
  DeadLetterGroups: { schema: deadLetterGroupsSchema },
  DiscardDeadLetter: { schema: discardSchema },
  DescribeDeadLetterGroup: { schema: describeGroupSchema },
  AuditEntry: { schema: auditEntrySchema },
  Audit: { schema: auditSchema },
};
