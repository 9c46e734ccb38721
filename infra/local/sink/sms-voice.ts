import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { serviceError } from '../gateway/answers.ts';
import type { Answer } from '../gateway/services.ts';
import type { SmsEntry } from './store.ts';

/** `SendTextMessage` as far as it is emulated, with the service's limits: anything else is refused by name. */
const sendTextMessage = z.strictObject({
  DestinationPhoneNumber: z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be a phone number in E.164 format'),
  OriginationIdentity: z.string().regex(/^[A-Za-z0-9_:/+-]{1,256}$/, 'must be a number, an id or an ARN'),
  MessageBody: z.string().max(1600, 'takes at most 1600 characters').regex(/\S/, 'must not be blank'),
  MessageType: z.enum(['TRANSACTIONAL', 'PROMOTIONAL']).optional(),
  ConfigurationSetName: z
    .string()
    .regex(/^[A-Za-z0-9_:/-]{1,256}$/, 'must be a name or an ARN')
    .optional(),
  TimeToLive: z.int().min(5).max(259_200).optional(),
  Context: z
    .record(z.string().regex(/^\S{1,100}$/), z.string().regex(/^(?!\s)[\s\S]{1,800}(?<!\s)$/))
    .refine((context) => Object.keys(context).length <= 5, 'takes at most 5 entries')
    .optional(),
});

/** A text message that the service took: the entry for the inbox, and where its events go. */
export type AcceptedText = { entry: SmsEntry; configurationSet?: string };

/** Takes a request of AWS End User Messaging as the service does: the entry for the inbox, or its refusal. */
export function acceptTextMessage(
  operation: string,
  body: Buffer,
  nowMs: number,
  configurationSets: readonly string[],
): AcceptedText | { refusal: Answer } {
  if (operation !== 'SendTextMessage') {
    const message = `The local sink takes SendTextMessage of pinpoint-sms-voice-v2, not ${operation}.`;
    return { refusal: serviceError('pinpoint-sms-voice-v2', 400, 'UnknownOperationException', message) };
  }
  let request: unknown;
  try {
    request = JSON.parse(body.toString());
  } catch (cause) {
    const message = `The body is no JSON: ${(cause as Error).message}`;
    return { refusal: serviceError('pinpoint-sms-voice-v2', 400, 'SerializationException', message) };
  }
  const read = sendTextMessage.safeParse(request);
  if (!read.success) return { refusal: invalid(read.error.issues) };
  const { ConfigurationSetName } = read.data;
  // A name or its ARN, which ends with it.
  const configurationSet = ConfigurationSetName?.split('/').at(-1);
  if (configurationSet !== undefined && !configurationSets.includes(configurationSet)) return { refusal: noSuchSet() };
  const { DestinationPhoneNumber: to, MessageBody, OriginationIdentity: from, Context: context } = read.data;
  return {
    entry: {
      id: randomUUID(),
      at: new Date(nowMs).toISOString(),
      to,
      body: MessageBody,
      from,
      ...(context && { context }),
    },
    ...(configurationSet !== undefined && { configurationSet }),
  };
}

/** The service's answer for a configuration set that it does not know. */
function noSuchSet(): Answer {
  const message = 'The requested configuration set was not found.';
  return serviceError('pinpoint-sms-voice-v2', 400, 'ResourceNotFoundException', message, {
    ResourceType: 'configuration-set',
  });
}

/** The service's answer to an accepted `SendTextMessage`. */
export function textMessageAccepted({ id }: SmsEntry): Answer {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return { status: 200, headers, body: JSON.stringify({ MessageId: id }) };
}

/** The service's answer for a number whose owner wants no messages. */
export function textMessageOptedOut(): Answer {
  const message = 'The destination phone number is opted out.';
  return serviceError('pinpoint-sms-voice-v2', 400, 'ConflictException', message, {
    Reason: 'DESTINATION_PHONE_NUMBER_OPTED_OUT',
  });
}

/** Everything that is wrong with the request, field by field. */
function invalid(issues: z.core.$ZodIssue[]): Answer {
  const Fields = issues.map(({ path, message }) => ({
    Name: path.map(String).join('.') || 'request',
    Message: message,
  }));
  const faults = Fields.map(({ Name, Message }) => `${Name}: ${Message}`).join('; ');
  return serviceError('pinpoint-sms-voice-v2', 400, 'ValidationException', `Invalid request. ${faults}`, {
    Reason: 'FIELD_VALIDATION_FAILED',
    Fields,
  });
}
