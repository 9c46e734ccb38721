import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { commandRoute } from '#shared/http/route.ts';
import { type NotificationPorts, sendNotification } from './commands.ts';
import { NOTIFICATION_BODY_BYTES, sendNotificationSchema } from './requests.ts';
import { notificationAnswerSchema } from './responses.ts';

const describedSchema = sendNotificationSchema(() => 0);

export const directNotificationCommands = () => [
  commandRoute({
    path: '/notifications',
    scope: 'messages:write',
    operationId: 'sendNotification',
    tag: 'Messages',
    summary: 'Send an e-mail or text messages',
    description:
      'One e-mail goes to all recipients together. Each number gets its own text message, as a separate notification. ' +
      'The request is accepted even if the provider is unavailable. With `sendAt`, the message waits until then, and can ' +
      'be cancelled with `POST /notifications/{notificationId}/resolve` until a sender has claimed it. A `sendAt` in the past means now.',
    body: {
      schema: describedSchema,
      schemaWith: ({ clock }: NotificationPorts) => sendNotificationSchema(() => clock.now()),
      maximumBytes: NOTIFICATION_BODY_BYTES,
      example: {
        channel: 'email',
        to: ['ada@example.com'],
        subject: 'Your parcel is on its way',
        text: 'It should be with you tomorrow.',
      },
    },
    answer: {
      status: 202,
      description: 'The message is stored, and will be sent.',
      schema: notificationAnswerSchema,
      hasLocation: true,
    },
    handle: sendNotification,
  }),
];

/** Names in the OpenAPI document. */
export const directNotificationSchemas: NamedSchemas = {
  SendNotification: { schema: describedSchema },
  NotificationAnswer: { schema: notificationAnswerSchema },
};
