import { type ConversionConfig, type JsonSchema, toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import type * as v from 'valibot';
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
import { resolveSchema, sendNotificationSchema, suppressSchema } from '#shared/api/notification-requests.ts';
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

/** A schema without a name, for use in place. */
export function schemaOf(schema: v.GenericSchema): Json {
  const { $schema: _dialect, ...json } = toJsonSchema(schema, WRITING);
  return json;
}

const WRITING: ConversionConfig = {
  target: 'draft-2020-12',
  // The document describes values as they are sent, before transforms.
  typeMode: 'input',
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  overrideAction: ({ valibotAction, jsonSchema }) => added(jsonSchema, beyondAction(valibotAction)),
  overrideSchema: ({ valibotSchema, jsonSchema }) => added(jsonSchema, beyondSchema(valibotSchema, jsonSchema)),
};

/** Checks that the generator does not know must be handled here, because it throws otherwise. */
const added = (jsonSchema: JsonSchema, beyond: Json | undefined): JsonSchema | undefined =>
  beyond && { ...jsonSchema, ...beyond };

function beyondAction(action: { type: string; message?: unknown; requirement?: unknown }): Json | undefined {
  switch (action.type) {
    case 'max_code_points':
      return { maxLength: action.requirement };
    case 'check':
    case 'regex':
      return formatOf(String(action.message));
    case 'raw_check':
    case 'finite':
    case 'normalize':
    case 'transform':
      return {};
    default:
      return undefined;
  }
}

const CURRENCY =
  'An active code of ISO 4217, list one, with a minor unit. Amounts are in this unit (1250 is EUR 12.50, JPY 1,250, KWD 1.250).';

/** A check whose name is in lower case is a format. Some formats have a description as well. */
function formatOf(name: string): Json {
  if (name === 'currency') return { format: name, pattern: '^[A-Z]{3}$', description: CURRENCY };
  if (name === 'locale')
    return { format: name, description: 'BCP 47 tag. It determines how numbers are formatted in messages.' };
  if (name === 'WEB_ADDRESS') return { description: 'Without a web address (http://, www.).' };
  return name === name.toLowerCase() ? { format: name } : {};
}

function beyondSchema({ type, literal }: { type: string; literal?: unknown }, { required }: JsonSchema) {
  if (type === 'literal') return { type: typeof literal };
  return required?.length === 0 ? { required: undefined } : undefined;
}
