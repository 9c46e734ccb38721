import { randomUUID } from 'node:crypto';
import { serviceError } from '../aws/answers.ts';
import type { Answer } from '../base/http.ts';
import type { SmsEntry } from './store.ts';

/** Checks SNS `Publish` to a phone number as SNS does. Returns the entry for the inbox, or SNS's refusal. */
export function acceptSms(form: URLSearchParams, nowMs: number): { entry: SmsEntry } | { refusal: Answer } {
  const to = form.get('PhoneNumber') ?? '';
  const body = form.get('Message') ?? '';
  const invalid = (reason: string) => ({
    refusal: serviceError('sns', 400, 'InvalidParameter', `Invalid parameter: ${reason}`),
  });
  if (form.get('Action') !== 'Publish') return { refusal: unknownAction(form.get('Action')) };
  if (!/^\+[1-9]\d{6,14}$/.test(to)) return invalid(`PhoneNumber Reason: ${to} is not valid to publish to`);
  if (body === '') return invalid('Empty message');
  if (body.length > 1600) return invalid('Message Reason: a text message has at most 1600 characters');
  const from = originOf(form);
  return { entry: { id: randomUUID(), at: new Date(nowMs).toISOString(), to, body, ...(from && { from }) } };
}

/** The origination number in the message attributes, or else the sender id. */
function originOf(form: URLSearchParams): string | undefined {
  const attributes = new Map(
    Array.from({ length: form.size }, (_, index) => `MessageAttributes.entry.${index + 1}`).map((entry) => [
      form.get(`${entry}.Name`),
      form.get(`${entry}.Value.StringValue`) ?? undefined,
    ]),
  );
  return attributes.get('AWS.MM.SMS.OriginationNumber') ?? attributes.get('AWS.SNS.SMS.SenderID');
}

/** SNS's answer to an accepted `Publish`. */
export function smsAccepted({ id }: SmsEntry): Answer {
  const result = `<PublishResult><MessageId>${id}</MessageId></PublishResult>`;
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  const body = `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${result}${metadata}</PublishResponse>`;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body };
}

/** SNS's answer for a number that has opted out. */
export function smsOptedOut(): Answer {
  return serviceError('sns', 400, 'InvalidParameter', 'Invalid parameter: Phone number is opted out');
}

function unknownAction(action: string | null): Answer {
  return serviceError(
    'sns',
    400,
    'InvalidAction',
    `The local sink accepts Publish to a phone number, not ${action ?? '(no Action)'}.`,
  );
}
