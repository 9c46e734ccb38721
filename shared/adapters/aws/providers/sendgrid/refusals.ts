import { anything, listOf, object, optional, type Read, readWith, text } from '#shared/messaging/read.ts';
import type { KnownRefusal } from '../known-refusal.ts';
import type { PostAnswer } from './call.ts';

/** SendGrid's errors have no codes. The name of a refusal is that of its HTTP status. */
export const NAMES_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  413: 'PayloadTooLarge',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  451: 'UnavailableForLegalReasons',
};

const UNAUTHORIZED = 401;

/** A refusal by SendGrid itself, in the form that the tables of refusals compare. */
export class SendGridRefusal extends Error {
  readonly $fault = 'client';
  readonly $metadata: { httpStatusCode: number };
  readonly Fields: readonly { Name: string }[];
  constructor(status: number, errors: readonly SendGridError[]) {
    super(errors.map(({ message = '' }) => message).join('\n'));
    this.name = NAMES_OF_STATUS[status] ?? `Http${status}`;
    this.$metadata = { httpStatusCode: status };
    // `personalizations.0.to.0.email` names a position, which no table can list.
    this.Fields = errors.map(({ field }) => ({ Name: typeof field === 'string' ? field.replace(/\.\d+/g, '') : '' }));
  }

  /** The API key is not accepted, or no longer. */
  get isAboutKey(): boolean {
    return this.$metadata.httpStatusCode === UNAUTHORIZED;
  }
}

const anAnswer = object({ errors: listOf(object({ message: optional(text), field: anything })) });
type SendGridError = Read<typeof anAnswer>['errors'][number];

/**
 * The error for an answer that accepts nothing. Only SendGrid's own form of an error, `{"errors": […]}`, proves that
 * SendGrid refused. Any other answer comes from something in between and proves nothing.
 */
export function refusalIn({ status, body }: PostAnswer): Error {
  const errors = status >= 400 && status < 500 ? errorsIn(body) : undefined;
  if (errors) return new SendGridRefusal(status, errors);
  return Object.assign(new Error('SendGrid gave no readable answer.'), { code: `HTTP_${status}` });
}

function errorsIn(body: string): SendGridError[] | undefined {
  try {
    const { read, faults } = readWith(anAnswer, JSON.parse(body));
    return faults.length === 0 ? read.errors : undefined;
  } catch {
    return undefined;
  }
}

const TO = 'personalizations.to.email';

/**
 * Refusals of Mail Send, from "Errors" of its reference and from the list of 4xx errors of SendGrid's support. A refusal
 * that names several fields is about the message only if each of them is.
 */
export const SENDGRID_REFUSALS: readonly KnownRefusal[] = [
  { error: 'BadRequest', field: TO, code: 'RECIPIENT_ADDRESS_INVALID' },
  { error: 'BadRequest', field: 'personalizations.to', code: 'RECIPIENT_ADDRESS_INVALID' },
  { error: 'BadRequest', says: /limit of 1000 total recipients/, code: 'TOO_MANY_RECIPIENTS' },
  { error: 'BadRequest', says: /\b(exceeds?|larger than|less than) .*\b(bytes|MB)\b/i, code: 'MESSAGE_TOO_LARGE' },
  { error: 'BadRequest', field: 'subject', code: 'CONTENT_REFUSED' },
  { error: 'BadRequest', field: 'content.value', code: 'CONTENT_REFUSED' },
  { error: 'BadRequest', field: 'attachments.content', code: 'CONTENT_REFUSED' },
  { error: 'BadRequest', field: 'attachments.filename', code: 'CONTENT_REFUSED' },
  { error: 'BadRequest', field: 'attachments.type', code: 'CONTENT_REFUSED' },
  { error: 'BadRequest', field: 'from.email', code: 'IDENTITY_NOT_VERIFIED' },
  { error: 'BadRequest', code: 'REFUSAL_UNCLEAR' },
  { error: 'PayloadTooLarge', code: 'MESSAGE_TOO_LARGE' },
  { error: 'Unauthorized', says: /maximum credits exceeded/i, code: 'SENDING_QUOTA_REACHED' },
  { error: 'Unauthorized', code: 'CREDENTIALS_REFUSED' },
  { error: 'Forbidden', field: 'from', code: 'IDENTITY_NOT_VERIFIED' },
  { error: 'Forbidden', says: /verified Sender Identity/i, code: 'IDENTITY_NOT_VERIFIED' },
  { error: 'Forbidden', says: /\b(suspended|disabled|under review)\b/i, code: 'ACCOUNT_SUSPENDED' },
  { error: 'Forbidden', says: /temporarily blocked/i, code: 'ACCOUNT_SENDING_PAUSED' },
  { error: 'Forbidden', code: 'PERMISSION_DENIED' },
  { error: 'TooManyRequests', code: 'THROTTLED' },
  { error: 'UnavailableForLegalReasons', code: 'REGION_UNSUPPORTED' },
];
