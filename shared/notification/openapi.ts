import { echo, replayed, response } from '#shared/http/openapi/components.ts';
import { commandFailures, commandParameters, requestBody } from '#shared/http/openapi/operation-parts.ts';
import { jsonOf } from '#shared/http/openapi/reference.ts';
import { SCOPE } from '#shared/names.ts';

export const resolveNotificationOperation = {
  operationId: 'resolveNotification',
  tags: ['Messages'],
  summary: 'Decide about a notification',
  description:
    '`resend` sends it (again), `mark-sent` records that it was sent, and `cancel` stops it. For HELD, UNKNOWN and ' +
    'FAILED; `cancel` also for PENDING. If two users decide at the same time, one decision counts, and the other user ' +
    'gets an answer that names who decided.',
  security: [{ token: [SCOPE.messagesWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('Resolve', { action: 'resend', reason: 'The customer did not receive it' }),
  responses: {
    200: {
      description: 'The new status.',
      headers: { ...echo, ...replayed },
      content: jsonOf('ResolutionAnswer'),
    },
    404: response('NotFound'),
    ...commandFailures,
  },
};
