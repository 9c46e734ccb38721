import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { checked, someText, strictObject } from '../../checked.ts';
import { BadAddress, checkAddress } from '../aws/addresses.ts';
import { wholeMessageOf } from '../base/failure.ts';
import type { Answer } from '../base/http.ts';
import type { AccountRefusal } from './refusals.ts';
import type { EmailEntry } from './store.ts';

/** A message that SendGrid accepted: the entry for the inbox and the data for its events. */
export type AcceptedMail = {
  entry: EmailEntry;
  files: Buffer[];
  /** Custom arguments, which every event repeats. */
  customArguments: Record<string, string>;
};

/** A refusal as SendGrid writes it. */
export class MailRefusal extends Error {
  readonly answer: Answer;
  constructor(status: number, message: string, field: string | null = null) {
    super(message);
    this.name = 'MailRefusal';
    const body = JSON.stringify({ errors: [{ message, field, help: null }] });
    this.answer = { status, headers: { 'content-type': 'application/json' }, body };
  }
}

const off = strictObject({ enable: v.literal(false), enable_text: v.optional(v.literal(false)) });
const mailAddress = strictObject({ email: v.string(), name: v.optional(v.string()) });

/** The emulated part of Mail Send. Any other field is refused by name, never ignored. */
const mailSend = strictObject({
  from: mailAddress,
  reply_to: v.optional(mailAddress),
  personalizations: v.pipe(v.array(strictObject({ to: v.array(mailAddress) })), v.length(1)),
  subject: someText,
  content: v.pipe(
    v.array(strictObject({ type: v.picklist(['text/plain', 'text/html']), value: someText })),
    v.minLength(1),
  ),
  headers: v.optional(v.record(v.string(), v.string())),
  custom_args: v.record(v.string(), v.string()),
  attachments: v.optional(
    v.array(
      strictObject({
        content: someText,
        type: v.optional(v.string()),
        filename: someText,
        disposition: v.optional(v.picklist(['attachment', 'inline'])),
      }),
    ),
  ),
  // With tracking, SendGrid would change the content, which is not emulated.
  tracking_settings: strictObject({ click_tracking: off, open_tracking: off, subscription_tracking: off }),
});

type MailSend = v.InferOutput<typeof mailSend>;

/** The limits of the reference: the size of the message, and of all custom arguments. */
const MOST_BYTES = 30 * 1024 * 1024;
const MOST_ARGUMENT_BYTES = 10_000;

/**
 * Checks a request to `/v3/mail/send` as SendGrid does.
 * @throws MailRefusal with SendGrid's status and error.
 */
export function acceptMail(body: Buffer, authorization: string, apiKey: string, nowMs: number): AcceptedMail {
  if (!isKey(authorization, apiKey))
    throw new MailRefusal(401, 'The provided authorization grant is invalid, expired, or revoked');
  if (body.length > MOST_BYTES) throw new MailRefusal(413, 'The message exceeds 30 MB.');
  const mail = readMail(body);
  const to = mail.personalizations[0]?.to.map(({ email }) => email) ?? [];
  if (to.length === 0) throw new MailRefusal(400, 'The to array is required.', 'personalizations.0.to');
  for (const [index, address] of to.entries()) {
    const field = `personalizations.0.to.${index}.email`;
    checkMailbox(address, field);
    if (to.findIndex((other) => other.toLowerCase() === address.toLowerCase()) !== index)
      throw new MailRefusal(
        400,
        'Each email address in the personalization block should be unique.',
        'personalizations',
      );
  }
  checkMailbox(mail.from.email, 'from.email');
  if (Buffer.byteLength(JSON.stringify(mail.custom_args)) > MOST_ARGUMENT_BYTES)
    throw new MailRefusal(400, 'The custom arguments exceed 10000 bytes.', 'custom_args');
  const files = (mail.attachments ?? []).map(({ content }) => Buffer.from(content, 'base64'));
  return { entry: entryOf(mail, to, files, nowMs), files, customArguments: mail.custom_args };
}

function isKey(authorization: string, apiKey: string): boolean {
  const [given, known] = [authorization, `Bearer ${apiKey}`].map((text) => createHash('sha256').update(text).digest());
  return given !== undefined && known !== undefined && timingSafeEqual(given, known);
}

function readMail(body: Buffer): MailSend {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch (cause) {
    throw new MailRefusal(400, `Bad Request: ${wholeMessageOf(cause)}`);
  }
  const { value, faults } = checked(mailSend, parsed);
  if (value !== undefined) return value;
  const [first] = faults;
  throw new MailRefusal(400, `${first?.message}`, first?.path.join('.') ?? null);
}

function checkMailbox(address: string, field: string): void {
  try {
    checkAddress(address);
  } catch (error) {
    if (error instanceof BadAddress) throw new MailRefusal(400, 'Does not contain a valid address.', field);
    throw error;
  }
}

/** The prefix of our own custom arguments. The inbox shows them as it shows SES's tags. */
const OWN = /^counterfoil_/;

function entryOf(mail: MailSend, to: string[], files: Buffer[], nowMs: number): EmailEntry {
  const partOf = (type: string): string => mail.content.find((part) => part.type === type)?.value ?? '';
  return {
    id: randomBytes(16).toString('base64url'),
    at: new Date(nowMs).toISOString(),
    from: mail.from.name === undefined ? mail.from.email : `${mail.from.name} <${mail.from.email}>`,
    to,
    subject: mail.subject,
    text: partOf('text/plain'),
    html: partOf('text/html'),
    attachments: (mail.attachments ?? []).map(({ filename }, index) => {
      const bytes = files[index] ?? Buffer.alloc(0);
      return { name: filename, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    }),
    headers: { ...mail.headers, ...(mail.reply_to && { 'Reply-To': mail.reply_to.email }) },
    tags: Object.fromEntries(Object.entries(mail.custom_args).map(([name, value]) => [name.replace(OWN, ''), value])),
  };
}

/** SendGrid's answer to an accepted message. */
export const mailAccepted = ({ id }: EmailEntry): Answer => ({
  status: 202,
  headers: { 'x-message-id': id },
  body: '',
});

/** How SendGrid refuses every message because of the account. */
const ACCOUNT: Record<AccountRefusal, readonly [status: number, message: string, field?: string]> = {
  paused: [403, 'You are temporarily blocked from sending emails due to repeated bad requests.'],
  suspended: [403, 'Your account has been suspended.'],
  'not-permitted': [403, 'access forbidden'],
  'not-verified': [403, 'The from address does not match a verified Sender Identity.', 'from'],
  'quota-reached': [401, 'Maximum credits exceeded'],
};

/** SendGrid's refusal of a message because of the account. */
export const mailAccountRefused = (refusal: AccountRefusal): MailRefusal => new MailRefusal(...ACCOUNT[refusal]);
