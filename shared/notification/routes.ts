import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute } from '#shared/http/route.ts';
import { resolveNotification } from './commands.ts';
import { notificationIdParameter, RESOLVE_BODY_BYTES, resolveSchema } from './requests.ts';
import { attemptSchema, notificationSchema, resolutionAnswerSchema } from './responses.ts';

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

/** Names in the OpenAPI document. */
export const notificationSchemas: NamedSchemas = {
  Resolve: { schema: resolveSchema },
  ResolutionAnswer: { schema: resolutionAnswerSchema },
  Notification: { schema: notificationSchema },
  Attempt: { schema: attemptSchema, description: 'One call to the provider.' },
};
