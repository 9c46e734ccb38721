import * as z from 'zod/mini';
import { declareAttachmentSchema } from '#shared/api/attachment-requests.ts';
import {
  durationsSchema,
  loggedNotificationSchema,
  messageLogSchema,
  notificationDetailsSchema,
  recipientSchema,
  sentContentSchema,
  timelineEntrySchema,
} from '#shared/api/log-responses.ts';
import { resolveSchema, sendNotificationSchemas, suppressSchema } from '#shared/api/notification-requests.ts';
import { contactSchema, orderLineSchema, placeOrderSchema } from '#shared/api/requests.ts';
import {
  attachmentAnswerSchema,
  attemptSchema,
  deadLetterSchema,
  deadLettersSchema,
  erasureAnswerSchema,
  erasureSchema,
  faultSchema,
  gatewayMessageSchema,
  liftedSuppressionSchema,
  notificationAnswerSchema,
  notificationSchema,
  orderAnswerSchema,
  orderViewSchema,
  problemSchema,
  resolutionAnswerSchema,
  suppressionAnswerSchema,
  suppressionListSchema,
} from '#shared/api/responses.ts';
import { figuresSchema, hourSchema, spreadSchema, statisticsSchema } from '#shared/api/statistics-responses.ts';
import { type Json, reference } from './reference.ts';

/** Every named schema; one that holds another refers to it. */
export function componentSchemas(): Json {
  const registry = z.registry<{ id: string; description?: string }>();
  registry.add(contactSchema, { id: 'Contact', description: 'Whom to tell: at least one of email and phone.' });
  registry.add(orderLineSchema, { id: 'OrderLine' });
  registry.add(placeOrderSchema, { id: 'PlaceOrder' });
  registry.add(orderAnswerSchema, { id: 'OrderAnswer' });
  registry.add(orderViewSchema, { id: 'Order' });
  const { either } = sendNotificationSchemas(() => 0);
  registry.add(either, { id: 'SendNotification' });
  registry.add(resolveSchema, { id: 'Resolve' });
  registry.add(suppressSchema, { id: 'Suppress' });
  registry.add(notificationAnswerSchema, { id: 'NotificationAnswer' });
  registry.add(resolutionAnswerSchema, { id: 'ResolutionAnswer' });
  registry.add(suppressionAnswerSchema, { id: 'SuppressionAnswer' });
  registry.add(suppressionListSchema, { id: 'SuppressionList' });
  registry.add(erasureAnswerSchema, { id: 'ErasureAnswer' });
  registry.add(erasureSchema, { id: 'Erasure' });
  registry.add(liftedSuppressionSchema, { id: 'LiftedSuppression' });
  registry.add(notificationSchema, { id: 'Notification' });
  registry.add(attemptSchema, { id: 'Attempt', description: 'One call to the provider.' });
  registry.add(recipientSchema, {
    id: 'Recipient',
    description: 'What became of the message at one recipient; without an address once that was erased.',
  });
  registry.add(loggedNotificationSchema, { id: 'LoggedNotification' });
  registry.add(messageLogSchema, { id: 'MessageLog' });
  registry.add(sentContentSchema, { id: 'SentContent', description: 'What the provider is given.' });
  registry.add(timelineEntrySchema, { id: 'TimelineEntry' });
  registry.add(durationsSchema, { id: 'Durations', description: 'Of the steps that are known, in milliseconds.' });
  registry.add(notificationDetailsSchema, { id: 'NotificationDetails' });
  registry.add(declareAttachmentSchema, { id: 'DeclareAttachment' });
  registry.add(attachmentAnswerSchema, { id: 'AttachmentAnswer' });
  registry.add(spreadSchema, { id: 'Spread', description: 'How long something took, in milliseconds.' });
  registry.add(figuresSchema, { id: 'Figures' });
  registry.add(hourSchema, { id: 'HourFigures' });
  registry.add(statisticsSchema, { id: 'Statistics' });
  registry.add(deadLetterSchema, { id: 'DeadLetter' });
  registry.add(deadLettersSchema, { id: 'DeadLetters' });
  registry.add(problemSchema, { id: 'Problem', description: 'RFC 9457.' });
  registry.add(faultSchema, { id: 'Fault', description: '`path` is a JSON pointer into the body.' });
  registry.add(gatewayMessageSchema, { id: 'GatewayMessage' });
  const { schemas } = z.toJSONSchema(registry, {
    // As they are sent: a client must not be told that answers never get a new field.
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
    override: plainly,
  });
  const bare = Object.entries(schemas).map(([name, { $schema: _dialect, $id: _uri, id: _id, ...schema }]) => [
    name,
    schema,
  ]);
  return { ...Object.fromEntries(bare), AddItem: reference('schemas', 'OrderLine') };
}

/** A schema that has no name, in its place. */
export function schemaOf(schema: z.core.$ZodType): Json {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io: 'input', override: plainly });
  return json;
}

function plainly({ zodSchema, jsonSchema }: { zodSchema: object; jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  Object.assign(jsonSchema, beyondSchema(zodSchema, jsonSchema.format));
}

/** What a schema checks but the generator cannot write down, and one pattern that says no more than its format. */
function beyondSchema(schema: object, format: string | undefined): Json {
  if (schema === contactSchema) return { anyOf: [{ required: ['email'] }, { required: ['phone'] }] };
  if (format === 'date-time') return { pattern: undefined };
  if (format === 'currency') return { pattern: '^[A-Z]{3}$', description: 'ISO 4217.' };
  if (format === 'locale') return { description: 'BCP 47: how figures are written in messages.' };
  return {};
}
