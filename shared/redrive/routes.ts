import { auditEntrySchema } from '#shared/dead-letter/responses.ts';
import { DERIVED_ID } from '#shared/http/derived-id.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute, pathParameter, queryParameter, stageRoute } from '#shared/http/route.ts';
import { pauseRedrive, planRedrive, resumeRedrive, startRedrive, stopRedrive } from './commands.ts';
import { editDeadLetter } from './edit.ts';
import { getRedrive, listRedrives } from './queries.ts';
import {
  EDIT_BODY_BYTES,
  editSchema,
  memberCursor,
  noFieldsSchema,
  PLAN_BODY_BYTES,
  planRedriveSchema,
  REDRIVE_BODY_BYTES,
  redriveReasonSchema,
} from './requests.ts';
import {
  dryRunSchema,
  planSampleSchema,
  redrivePlanSchema,
  redriveProgressSchema,
  redriveSchema,
  redriveStepSchema,
  redrivesSchema,
} from './responses.ts';

const OF_OPERATORS = { scope: 'operations', tag: 'Operations' } as const;

const redriveId = pathParameter('RedriveId', DERIVED_ID);
const deadLetterId = pathParameter('DeadLetterId', DERIVED_ID);

/** What `plan-redrive` serves. */
export const redrivePlans = () => [
  commandRoute({
    ...OF_OPERATORS,
    isOfStage: true,
    path: '/redrives',
    operationId: 'planRedrive',
    summary: 'Freeze a set of open dead letters, and say what a redrive of them would do',
    description:
      'Nothing is sent before the redrive is started. Later dead letters are not in the set, and neither is a new failure ' +
      'of a message in it. A set has 100,000 dead letters of 90 groups at most. A plan can be started for one hour. With ' +
      '`dryRun`, nothing is kept.',
    body: {
      schema: planRedriveSchema,
      maximumBytes: PLAN_BODY_BYTES,
      example: { selection: { subscriber: 'project-orders' }, ratePerSecond: 50, canary: [1, 10, 100], stopAbove: 0.1 },
    },
    answer: { status: 201, description: 'The redrive is planned.', schema: redriveSchema, hasLocation: true },
    answerOfDryRun: { status: 200, description: 'Only the plan. Nothing was kept.', schema: dryRunSchema },
    failures: [404],
    handle: planRedrive,
  }),
  commandRoute({
    ...OF_OPERATORS,
    isOfStage: true,
    path: '/dead-letters/{deadLetterId}/edit',
    operationId: 'editDeadLetter',
    summary: 'Replace the message of a dead letter by an edited one',
    description:
      'The dead letter is closed, and the edited message is a new open dead letter of the same subscriber: a redrive sends ' +
      'it. Only `data` may differ, and the ids that it has stay. The edited message has a new id, and its subscriber handles ' +
      'one of the two. It is refused if the message was handled or sent, or if that is unknown. 409 `EDITING_OFF` on a stage ' +
      'without the setting `operatorsEditMessages`.',
    parameters: [deadLetterId],
    body: {
      schema: editSchema,
      maximumBytes: EDIT_BODY_BYTES,
      example: {
        message: {
          specversion: '1.0',
          id: 'gRwcBTgM2vKNRzZV1FBGW2dDW0rEBkXj5lJ8vYw0a1c',
          source: '/counterfoil/customer',
          type: 'counterfoil.customer.registered.v1',
          subject: 'customer/c-17',
          time: '2026-01-31T09:00:00.000Z',
          datacontenttype: 'application/json',
          tenantid: 'acme',
          correlationid: 'request-1',
          causationid: 'http#1',
          sequence: '1.1',
          data: { customerId: 'c-17' },
        },
        reason: 'A release left the customer out.',
      },
    },
    answer: { status: 201, description: 'The audit entry.', schema: auditEntrySchema, hasLocation: true },
    failures: [404],
    handle: editDeadLetter,
  }),
];

const reasoned = { schema: redriveReasonSchema, maximumBytes: REDRIVE_BODY_BYTES };
const plain = { schema: noFieldsSchema, maximumBytes: REDRIVE_BODY_BYTES, example: {} };

export const redriveCommands = () => [
  commandRoute({
    ...OF_OPERATORS,
    isOfStage: true,
    path: '/redrives/{redriveId}/start',
    operationId: 'startRedrive',
    summary: 'Start a planned redrive',
    description:
      'Its groups are reserved until it ends. If another redrive that is running or paused has one of them, the answer is ' +
      '409 and names that redrive and its actor.',
    parameters: [redriveId],
    body: plain,
    answer: { status: 200, description: 'The redrive is running.', schema: redriveSchema },
    failures: [404],
    handle: startRedrive,
  }),
  commandRoute({
    ...OF_OPERATORS,
    isOfStage: true,
    path: '/redrives/{redriveId}/pause',
    operationId: 'pauseRedrive',
    summary: 'Pause a redrive',
    description:
      'A batch of 50 messages that is being sent is still sent, and nothing after it. What was sent is still handled and ' +
      'counted. Its groups stay reserved.',
    parameters: [redriveId],
    body: { ...reasoned, example: { reason: 'The provider is slow.' } },
    answer: { status: 200, description: 'The redrive is paused.', schema: redriveSchema },
    failures: [404],
    handle: pauseRedrive,
  }),
  commandRoute({
    ...OF_OPERATORS,
    isOfStage: true,
    path: '/redrives/{redriveId}/resume',
    operationId: 'resumeRedrive',
    summary: 'Resume a paused redrive',
    parameters: [redriveId],
    body: plain,
    answer: { status: 200, description: 'The redrive is running.', schema: redriveSchema },
    failures: [404],
    handle: resumeRedrive,
  }),
  commandRoute({
    ...OF_OPERATORS,
    isOfStage: true,
    path: '/redrives/{redriveId}/stop',
    operationId: 'stopRedrive',
    summary: 'Stop a redrive',
    description:
      'A batch of 50 messages that is being sent is still sent, and nothing after it. Dead letters that were not sent stay ' +
      'open. What was sent is still handled and counted.',
    parameters: [redriveId],
    body: { ...reasoned, example: { reason: 'The cause is not removed.' } },
    answer: { status: 200, description: 'The redrive is stopped.', schema: redriveSchema },
    failures: [404],
    handle: stopRedrive,
  }),
];

export const redriveQueries = () => [
  stageRoute({
    ...OF_OPERATORS,
    method: 'GET',
    path: '/redrives',
    operationId: 'listRedrives',
    summary: 'List redrives, latest first',
    description: 'The latest 100.',
    answer: { status: 200, description: 'Latest first.', schema: redrivesSchema },
    handle: listRedrives,
  }),
  stageRoute({
    ...OF_OPERATORS,
    method: 'GET',
    path: '/redrives/{redriveId}',
    operationId: 'getRedrive',
    summary: 'Get the progress of a redrive',
    description:
      'With the verdict of each step, and the members that failed again or were skipped, at most 100 on a page. A page ' +
      'examines 10,000 members, so it may name none and still have a `nextCursor`.',
    parameters: [redriveId, queryParameter('cursor', memberCursor, '`nextCursor` of the previous page.')],
    answer: { status: 200, description: 'The progress.', schema: redriveProgressSchema },
    failures: [400, 404],
    handle: getRedrive,
  }),
];

/** Names in the OpenAPI document. */
export const redriveSchemas: NamedSchemas = {
  EditDeadLetter: { schema: editSchema },
  PlanRedrive: { schema: planRedriveSchema },
  RedriveReason: { schema: redriveReasonSchema },
  StartRedrive: { schema: noFieldsSchema, description: 'No fields.' },
  Redrive: { schema: redriveSchema },
  RedriveProgress: { schema: redriveProgressSchema },
  DryRun: { schema: dryRunSchema },
  RedrivePlan: { schema: redrivePlanSchema },
  RedriveStep: { schema: redriveStepSchema },
  PlanSample: { schema: planSampleSchema },
  Redrives: { schema: redrivesSchema },
};
