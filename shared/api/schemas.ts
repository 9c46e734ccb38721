import { toJsonSchemaDefs } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { declareAttachmentSchema } from '#shared/attachment/requests.ts';
import { attachmentAnswerSchema } from '#shared/attachment/responses.ts';
import { deadLetterSchema, deadLettersSchema } from '#shared/dead-letter/responses.ts';
import { sendNotificationSchema } from '#shared/direct-notification/requests.ts';
import { notificationAnswerSchema } from '#shared/direct-notification/responses.ts';
import { erasureAnswerSchema, erasureSchema } from '#shared/erasure/responses.ts';
import { faultSchema, gatewayMessageSchema, problemSchema } from '#shared/http/openapi/problem-schemas.ts';
import { type Json, reference } from '#shared/http/openapi/reference.ts';
import { WRITING } from '#shared/http/openapi/schema.ts';
import {
  durationsSchema,
  loggedNotificationSchema,
  messageLogSchema,
  notificationDetailsSchema,
  recipientSchema,
  sentContentSchema,
  timelineEntrySchema,
} from '#shared/message-log/responses.ts';
import { resolveSchema } from '#shared/notification/requests.ts';
import { attemptSchema, notificationSchema, resolutionAnswerSchema } from '#shared/notification/responses.ts';
import { contactSchema, orderLineSchema, placeOrderSchema } from '#shared/order/requests.ts';
import { orderAnswerSchema, orderViewSchema } from '#shared/order/responses.ts';
import { suppressSchema } from '#shared/recipient/requests.ts';
import { figuresSchema, hourSchema, spreadSchema, statisticsSchema } from '#shared/statistics/responses.ts';
import {
  liftedSuppressionSchema,
  suppressionAnswerSchema,
  suppressionListSchema,
} from '#shared/suppression/responses.ts';

/** The named schemas. */
const NAMED = {
  Contact: contactSchema,
  OrderLine: orderLineSchema,
  PlaceOrder: placeOrderSchema,
  OrderAnswer: orderAnswerSchema,
  Order: orderViewSchema,
  SendNotification: sendNotificationSchema(() => 0),
  Resolve: resolveSchema,
  Suppress: suppressSchema,
  NotificationAnswer: notificationAnswerSchema,
  ResolutionAnswer: resolutionAnswerSchema,
  SuppressionAnswer: suppressionAnswerSchema,
  SuppressionList: suppressionListSchema,
  ErasureAnswer: erasureAnswerSchema,
  Erasure: erasureSchema,
  LiftedSuppression: liftedSuppressionSchema,
  Notification: notificationSchema,
  Attempt: attemptSchema,
  Recipient: recipientSchema,
  LoggedNotification: loggedNotificationSchema,
  MessageLog: messageLogSchema,
  SentContent: sentContentSchema,
  TimelineEntry: timelineEntrySchema,
  Durations: durationsSchema,
  NotificationDetails: notificationDetailsSchema,
  DeclareAttachment: declareAttachmentSchema,
  AttachmentAnswer: attachmentAnswerSchema,
  Spread: spreadSchema,
  Figures: figuresSchema,
  HourFigures: hourSchema,
  Statistics: statisticsSchema,
  DeadLetter: deadLetterSchema,
  DeadLetters: deadLettersSchema,
  Problem: problemSchema,
  Fault: faultSchema,
  GatewayMessage: gatewayMessageSchema,
} satisfies Record<string, v.GenericSchema | v.GenericSchemaAsync>;

/** Descriptions of schemas whose name is not enough. */
const DESCRIPTIONS: Partial<Record<keyof typeof NAMED, string>> = {
  Contact: 'The recipient of messages about the order. At least one of email and phone is required.',
  Attempt: 'One call to the provider.',
  Recipient: 'The outcome for one recipient. The address is absent after an erasure.',
  SentContent: 'The content that the provider receives.',
  Durations: 'Durations of the known steps, in milliseconds.',
  Spread: 'Distribution of a duration, in milliseconds.',
  Problem: 'RFC 9457.',
  Fault: '`path` is a JSON pointer into the body, or `/` and the name of a query parameter.',
};

/** Checks that the generator cannot convert to JSON Schema. */
const BEYOND_NAMED: Record<string, Json> = {
  Contact: { anyOf: [{ required: ['email'] }, { required: ['phone'] }] },
};

/** Every named schema. A schema that contains another one refers to it. */
export function componentSchemas(): Json {
  // Whether a check is asynchronous does not matter for the document.
  const definitions = toJsonSchemaDefs(NAMED as Record<string, object> as Record<string, v.GenericSchema>, WRITING);
  const described = Object.entries(definitions).map(([name, schema]) => {
    const description = DESCRIPTIONS[name as keyof typeof NAMED];
    return [name, { ...schema, ...(description !== undefined && { description }), ...BEYOND_NAMED[name] }];
  });
  return { ...Object.fromEntries(described), AddItem: reference('schemas', 'OrderLine') };
}
