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

/** Every schema that has a name. */
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

/** What a name does not say. */
const DESCRIPTIONS: Partial<Record<keyof typeof NAMED, string>> = {
  Contact: 'Whom to tell: at least one of email and phone.',
  Attempt: 'One call to the provider.',
  Recipient: 'What became of the message at one recipient; without an address once that was erased.',
  SentContent: 'What the provider is given.',
  Durations: 'Of the steps that are known, in milliseconds.',
  Spread: 'How long something took, in milliseconds.',
  Problem: 'RFC 9457.',
  Fault: '`path` is a JSON pointer into the body.',
};

/** What is checked of one that the generator cannot write down. */
const BEYOND_NAMED: Record<string, Json> = {
  Contact: { anyOf: [{ required: ['email'] }, { required: ['phone'] }] },
};

/** Every named schema; one that holds another refers to it. */
export function componentSchemas(): Json {
  // That a check is asynchronous is nothing that the description tells.
  const definitions = toJsonSchemaDefs(NAMED as Record<string, object> as Record<string, v.GenericSchema>, WRITING);
  const described = Object.entries(definitions).map(([name, schema]) => {
    const description = DESCRIPTIONS[name as keyof typeof NAMED];
    return [name, { ...schema, ...(description !== undefined && { description }), ...BEYOND_NAMED[name] }];
  });
  return { ...Object.fromEntries(described), AddItem: reference('schemas', 'OrderLine') };
}

/** A schema that has no name, in its place. */
export function schemaOf(schema: v.GenericSchema): Json {
  const { $schema: _dialect, ...json } = toJsonSchema(schema, WRITING);
  return json;
}

const WRITING: ConversionConfig = {
  target: 'draft-2020-12',
  // As they are sent: a client must not be told that answers never get a new field.
  typeMode: 'input',
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  overrideAction: ({ valibotAction, jsonSchema }) => added(jsonSchema, beyondAction(valibotAction)),
  overrideSchema: ({ valibotSchema, jsonSchema }) => added(jsonSchema, beyondSchema(valibotSchema, jsonSchema)),
};

/** Nothing is left to the generator, which fails at what it cannot write down. */
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
    // What comes out of a request is nothing that its description tells.
    case 'normalize':
    case 'transform':
      return {};
    default:
      return undefined;
  }
}

const CURRENCY =
  'An active code of ISO 4217, list one, that has a minor unit; amounts are in that unit (1250 is EUR 12.50, JPY 1,250, KWD 1.250).';

/** A check's name is that of a format, if it is in small letters; there is more to say about some. */
function formatOf(name: string): Json {
  if (name === 'currency') return { format: name, pattern: '^[A-Z]{3}$', description: CURRENCY };
  if (name === 'locale') return { format: name, description: 'BCP 47: how figures are written in messages.' };
  if (name === 'WEB_ADDRESS') return { description: 'Without a web address (http://, www.).' };
  return name === name.toLowerCase() ? { format: name } : {};
}

function beyondSchema({ type, literal }: { type: string; literal?: unknown }, { required }: JsonSchema) {
  if (type === 'literal') return { type: typeof literal };
  return required?.length === 0 ? { required: undefined } : undefined;
}
