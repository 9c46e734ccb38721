import { echo, header, replayed } from '#shared/http/openapi/components.ts';
import { commandFailures, commandParameters, requestBody } from '#shared/http/openapi/operation-parts.ts';
import { jsonOf } from '#shared/http/openapi/reference.ts';
import { SCOPE } from '#shared/names.ts';

export const sendNotificationOperation = {
  operationId: 'sendNotification',
  tags: ['Messages'],
  summary: 'Send an e-mail or text messages',
  description:
    'One e-mail goes to all recipients together. Each number gets its own text message, as a separate notification. ' +
    'The request is accepted even if the provider is unavailable. With `sendAt`, the message waits until then, and can ' +
    'be cancelled (see resolve) until a sender has claimed it. A `sendAt` in the past means now.',
  security: [{ token: [SCOPE.messagesWrite] }],
  parameters: commandParameters,
  requestBody: requestBody('SendNotification', {
    channel: 'email',
    to: ['ada@example.com'],
    subject: 'Your parcel is on its way',
    text: 'It should be with you tomorrow.',
  }),
  responses: {
    202: {
      description: 'The message is stored, and will be sent.',
      headers: { ...echo, ...replayed, Location: header('Location') },
      content: jsonOf('NotificationAnswer'),
    },
    ...commandFailures,
  },
};
