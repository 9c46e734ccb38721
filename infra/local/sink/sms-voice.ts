import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { checked, type Fault, strictObject, textLike, whole } from '../../checked.ts';
import { serviceError } from '../aws/answers.ts';
import { wholeMessageOf } from '../base/failure.ts';
import type { Answer } from '../base/http.ts';
import type { SmsEntry } from './store.ts';

/** The emulated part of `SendTextMessage`, with the service's limits. Any other field is refused by name. */
const sendTextMessage = strictObject({
  DestinationPhoneNumber: textLike(/^\+[1-9]\d{6,14}$/, 'must be a phone number in E.164 format'),
  OriginationIdentity: textLike(/^[A-Za-z0-9_:/+-]{1,256}$/, 'must be a number, an id or an ARN'),
  MessageBody: v.pipe(
    v.string(),
    v.maxCodePoints(1600, 'takes at most 1600 characters'),
    v.regex(/\S/, 'must not be blank'),
  ),
  MessageType: v.optional(v.picklist(['TRANSACTIONAL', 'PROMOTIONAL'])),
  ConfigurationSetName: v.optional(textLike(/^[A-Za-z0-9_:/-]{1,256}$/, 'must be a name or an ARN')),
  TimeToLive: v.optional(whole(5, 259_200)),
  Context: v.optional(
    v.pipe(
      v.record(
        textLike(/^\S{1,100}$/, 'must be named with 1 to 100 characters and no spaces'),
        textLike(/^(?!\s)[\s\S]{1,800}(?<!\s)$/, 'must be 1 to 800 characters without spaces around them'),
      ),
      v.maxEntries(5, 'takes at most 5 entries'),
    ),
  ),
});

/** A text message that the service accepted: the entry for the inbox and the configuration set for its events. */
export type AcceptedText = { entry: SmsEntry; configurationSet?: string };

const refused = (code: string, message: string, details?: Record<string, unknown>): Answer =>
  serviceError('pinpoint-sms-voice-v2', 400, code, message, details);

/** Checks a request to AWS End User Messaging as the service does. Returns the entry for the inbox, or the refusal. */
export function acceptTextMessage(
  operation: string,
  body: Buffer,
  nowMs: number,
  configurationSets: readonly string[],
): AcceptedText | { refusal: Answer } {
  if (operation !== 'SendTextMessage') {
    const message = `The local sink accepts SendTextMessage of pinpoint-sms-voice-v2, not ${operation}.`;
    return { refusal: refused('UnknownOperationException', message) };
  }
  let request: unknown;
  try {
    request = JSON.parse(body.toString());
  } catch (cause) {
    const message = `The body is not JSON: ${wholeMessageOf(cause)}`;
    return { refusal: refused('SerializationException', message) };
  }
  const { value, faults } = checked(sendTextMessage, request);
  if (value === undefined) return { refusal: invalid(faults) };
  const { ConfigurationSetName } = value;
  // A name, or an ARN that ends with the name.
  const configurationSet = ConfigurationSetName?.split('/').at(-1);
  if (configurationSet !== undefined && !configurationSets.includes(configurationSet)) return { refusal: NO_SUCH_SET };
  const { DestinationPhoneNumber: to, MessageBody, OriginationIdentity: from, Context: context } = value;
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

const NO_SUCH_SET = refused('ResourceNotFoundException', 'The requested configuration set was not found.', {
  ResourceType: 'configuration-set',
});

/** The service's answer to an accepted `SendTextMessage`. */
export function textMessageAccepted({ id }: SmsEntry): Answer {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return { status: 200, headers, body: JSON.stringify({ MessageId: id }) };
}

/** The service's answer for a number that has opted out. */
export function textMessageOptedOut(): Answer {
  const message = 'The destination phone number is opted out.';
  return refused('ConflictException', message, {
    Reason: 'DESTINATION_PHONE_NUMBER_OPTED_OUT',
  });
}

/** The service's answer for an invalid request, with the problem of each field. */
function invalid(faults: readonly Fault[]): Answer {
  const Fields = faults.map(({ path, message }) => ({ Name: path.join('.') || 'request', Message: message }));
  const problems = Fields.map(({ Name, Message }) => `${Name}: ${Message}`).join('; ');
  return refused('ValidationException', `Invalid request. ${problems}`, {
    Reason: 'FIELD_VALIDATION_FAILED',
    Fields,
  });
}
