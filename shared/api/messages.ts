import { ATTACHMENT_EVENT_NAMES } from '#shared/attachment/event-names.ts';
import { attachmentMessages } from '#shared/attachment/message-data.ts';
import { CUSTOMER_EVENT_NAMES } from '#shared/customer/event-names.ts';
import { customerMessages } from '#shared/customer/message-data.ts';
import { type DescribedMessage, describedMessages } from '#shared/http/asyncapi/messages.ts';
import { NOTIFICATION_EVENT_NAMES } from '#shared/notification/event-names.ts';
import { notificationMessages } from '#shared/notification/message-data.ts';
import { ORDER_EVENT_NAMES } from '#shared/order/event-names.ts';
import { orderMessages } from '#shared/order/message-data.ts';
import { WEBHOOK_TEST } from '#shared/webhook/endpoint-test.ts';
import { webhookMessages } from '#shared/webhook/message-data.ts';

/** The messages that the platform's concepts publish. */
export const MESSAGES: readonly DescribedMessage[] = [
  ...describedMessages(ORDER_EVENT_NAMES, orderMessages),
  ...describedMessages(CUSTOMER_EVENT_NAMES, customerMessages),
  ...describedMessages(NOTIFICATION_EVENT_NAMES, notificationMessages),
  ...describedMessages(ATTACHMENT_EVENT_NAMES, attachmentMessages),
];

/** What is posted to endpoints, and never published. */
export const POSTED_MESSAGES: readonly DescribedMessage[] = describedMessages(
  { [WEBHOOK_TEST]: 'WebhookTest' },
  webhookMessages,
);

/** The schema of the data of a type of messages. undefined: no concept of the platform publishes it. */
export const schemaOfMessage = (type: string): DescribedMessage['data'] | undefined =>
  MESSAGES.find((message) => message.type === type)?.data;
