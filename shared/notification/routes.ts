import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute, queryParameter, stageRoute } from '#shared/http/route.ts';
import { resolveNotification } from './commands.ts';
import { notificationIdParameter, RESOLVE_BODY_BYTES, resolveSchema, unfinishedQuerySchema } from './requests.ts';
import {
  attemptSchema,
  notificationSchema,
  resolutionAnswerSchema,
  unfinishedNotificationsSchema,
} from './responses.ts';
import { listUnfinishedNotifications } from './unfinished.ts';

export const notificationCommands = () => [
  commandRoute({
    path: '/notifications/{notificationId}/resolve',
    scope: 'messages:write',
    operationId: 'resolveNotification',
    tag: 'Messages',
    summary: 'Decide about a notification',
    description:
      '`resend` sends it (again), `mark-sent` records that it was sent, and `cancel` stops it. For HELD, UNKNOWN and ' +
      'FAILED; `cancel` also for PENDING. If two users decide at the same time, one decision counts, and the other user ' +
      'gets an answer that names who decided.',
    parameters: [notificationIdParameter],
    body: {
      schema: resolveSchema,
      maximumBytes: RESOLVE_BODY_BYTES,
      example: { action: 'resend', reason: 'The customer did not receive it' },
    },
    answer: { status: 200, description: 'The new status.', schema: resolutionAnswerSchema },
    failures: [404],
    handle: resolveNotification,
  }),
];

const { status, cursor } = unfinishedQuerySchema.entries;
/** Cursors belong to a tenant, and this list to the stage. */
const OF_STAGE = { tenant: '' };

export const notificationQueries = () => [
  stageRoute({
    method: 'GET',
    path: '/operations/notifications',
    scope: 'operations',
    operationId: 'listUnfinishedNotifications',
    tag: 'Operations',
    summary: 'List notifications of all tenants that wait',
    description:
      'For an attempt (`PENDING`), for evidence whether they were sent (`UNKNOWN`), or for a person (`HELD`). A page examines ' +
      '100 entries, due first, so it may be short or empty and still have a `nextCursor`. The list follows a change a moment later. Ids, times and codes only: the content is shown to those who may ' +
      'read it, by `GET /notifications/{notificationId}`.',
    parameters: [
      { ...queryParameter('status', status, 'What they wait for.'), required: true },
      queryParameter('cursor', cursor, '`nextCursor` of the previous page, with the same status.'),
    ],
    answer: { status: 200, description: 'Due first.', schema: unfinishedNotificationsSchema },
    failures: [400],
    handle: (event, ports: Parameters<typeof listUnfinishedNotifications>[1]) =>
      listUnfinishedNotifications({ ...event, ...OF_STAGE }, ports),
  }),
];

/** Names in the OpenAPI document. */
export const notificationSchemas: NamedSchemas = {
  Resolve: { schema: resolveSchema },
  ResolutionAnswer: { schema: resolutionAnswerSchema },
  Notification: { schema: notificationSchema },
  UnfinishedNotifications: { schema: unfinishedNotificationsSchema },
  Attempt: { schema: attemptSchema, description: 'One call to the provider.' },
};
