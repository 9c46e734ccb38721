import { attachmentSchemas } from '#shared/attachment/routes.ts';
import { customerSchemas } from '#shared/customer/routes.ts';
import { deadLetterSchemas } from '#shared/dead-letter/routes.ts';
import { NOTIFICATION_BODY_BYTES } from '#shared/direct-notification/requests.ts';
import { directNotificationSchemas } from '#shared/direct-notification/routes.ts';
import { erasureSchemas } from '#shared/erasure/routes.ts';
import { asyncApiDocument } from '#shared/http/asyncapi/compose.ts';
import { openApiDocument } from '#shared/http/openapi/compose.ts';
import { laneSchemas } from '#shared/lane/routes.ts';
import { messageLogSchemas } from '#shared/message-log/routes.ts';
import { notificationSchemas } from '#shared/notification/routes.ts';
import { ORDER_BODY_BYTES } from '#shared/order/requests.ts';
import { orderSchemas } from '#shared/order/routes.ts';
import { orderListSchemas } from '#shared/order-list/routes.ts';
import { redriveSchemas } from '#shared/redrive/routes.ts';
import { replaySchemas } from '#shared/replay/routes.ts';
import { statisticsSchemas } from '#shared/statistics/routes.ts';
import { suppressionSchemas } from '#shared/suppression/routes.ts';
import { settingsSchemas } from '#shared/tenant-settings/routes.ts';
import { timelineSchemas } from '#shared/timeline/routes.ts';
import { webhookSchemas } from '#shared/webhook/routes.ts';
import { MESSAGES, POSTED_MESSAGES } from './messages.ts';
import { commandRoutes, planRoutes, queryRoutes } from './routes.ts';

const DESCRIPTION = `Exactly-once processing of orders and of the messages that they send.

Every POST, PUT and PATCH that changes something requires an Idempotency-Key. The same key with the same body gives the first status and body again, with
\`Idempotency-Replayed: true\`. The same key with another body gives 422. After a timeout or a 503, repeat the request
with the same key: it takes effect once.

Amounts are whole numbers in the minor unit of the currency (cents). Unknown fields are refused, and so is a
field that occurs twice. A body has at most ${ORDER_BODY_BYTES} bytes for orders and ${NOTIFICATION_BODY_BYTES} bytes
for messages.`;

/** The OpenAPI 3.1 document as JSON text. The bundler computes it, so a function contains only the text. */
export const openApiText: string = JSON.stringify(
  openApiDocument({
    title: 'Counterfoil',
    description: DESCRIPTION,
    tags: ['Orders', 'Customers', 'Messages', 'Webhooks', 'Operations', 'Description'],
    routes: [...planRoutes(), ...commandRoutes(), ...queryRoutes()],
    schemas: {
      ...orderSchemas,
      ...orderListSchemas,
      ...timelineSchemas,
      ...customerSchemas,
      ...directNotificationSchemas,
      ...notificationSchemas,
      ...suppressionSchemas,
      ...erasureSchemas,
      ...messageLogSchemas,
      ...attachmentSchemas,
      ...settingsSchemas,
      ...statisticsSchemas,
      ...deadLetterSchemas,
      ...redriveSchemas,
      ...laneSchemas,
      ...replaySchemas,
      ...webhookSchemas,
    },
  }),
);

const ABOUT_MESSAGES = `What happened to orders, customers, messages and attachments.

Each message is a CloudEvents 1.0 envelope in JSON. It carries ids, codes and figures, and never an e-mail address, a
phone number or a text. \`/openapi.json\` describes the requests that show those.`;

/** The AsyncAPI 3 document as JSON text. */
export const asyncApiText: string = JSON.stringify(
  asyncApiDocument({
    title: 'Counterfoil',
    description: ABOUT_MESSAGES,
    messages: MESSAGES,
    posted: POSTED_MESSAGES,
  }),
);
