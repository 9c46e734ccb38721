import { createHash, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { checked, strictObject } from '../../checked.ts';
import { BadAddress, checkAddress, identitiesOf } from '../aws/addresses.ts';
import { serviceError } from '../aws/answers.ts';
import { wholeMessageOf } from '../base/failure.ts';
import type { Answer } from '../base/http.ts';
import type { EmailEntry } from './store.ts';

/** The account's SES settings. */
export type SesAccount = {
  region: string;
  /** Verified identities. If absent, every sender counts as verified. */
  identities?: string[];
  configurationSets: string[];
};

/** A message that SES accepted: the entry for the inbox and the data for its events. */
export type AcceptedEmail = {
  entry: EmailEntry;
  /** The bytes of its attachments, in order. */
  files: Buffer[];
  configurationSet?: string;
  headers: { name: string; value: string }[];
  to: string[];
};

/** A refusal with SES's status, code and message. */
export class SesRefusal extends Error {
  readonly answer: Answer;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'SesRefusal';
    this.answer = serviceError('sesv2', status, code, message);
  }
}

/** Not a regular expression, because an attachment may have 40 MB. */
const isBase64 = (text: string): boolean => Buffer.from(text, 'base64').toString('base64') === text;

const content = strictObject({ Data: v.string(), Charset: v.optional(v.string()) });
const addresses = v.optional(v.array(v.string()));

/** The emulated part of `SendEmail`. Any other field is refused by name, never ignored. */
const sendEmail = strictObject({
  FromEmailAddress: v.string(),
  FromEmailAddressIdentityArn: v.optional(v.string()),
  ReplyToAddresses: addresses,
  Destination: strictObject({ ToAddresses: addresses, CcAddresses: addresses, BccAddresses: addresses }),
  Content: strictObject({
    Simple: strictObject({
      Subject: content,
      Body: strictObject({ Text: v.optional(content), Html: v.optional(content) }),
      Headers: v.optional(v.array(strictObject({ Name: v.string(), Value: v.string() }))),
      Attachments: v.optional(
        v.array(
          strictObject({
            RawContent: v.pipe(v.string(), v.check(isBase64, 'must be base64')),
            FileName: v.string(),
            ContentType: v.optional(v.string()),
            ContentDisposition: v.optional(v.picklist(['ATTACHMENT', 'INLINE'])),
            ContentDescription: v.optional(v.string()),
            ContentId: v.optional(v.string()),
            ContentTransferEncoding: v.optional(v.picklist(['BASE64', 'QUOTED_PRINTABLE', 'SEVEN_BIT'])),
          }),
        ),
      ),
    }),
  }),
  EmailTags: v.optional(v.array(strictObject({ Name: v.string(), Value: v.string() }))),
  ConfigurationSetName: v.optional(v.string()),
});

type SendEmail = v.InferOutput<typeof sendEmail>;

/**
 * Checks a `SendEmail` request as SES does.
 * @throws SesRefusal with SES's status, code and message.
 */
export function acceptEmail(body: Buffer, account: SesAccount, nowMs: number): AcceptedEmail {
  const request = readRequest(body);
  const { Destination, Content, ConfigurationSetName } = request;
  const { ToAddresses = [], CcAddresses = [], BccAddresses = [] } = Destination;
  const recipients = [...ToAddresses, ...CcAddresses, ...BccAddresses];
  if (recipients.length === 0) throw badRequest('Missing required header: recipients.');
  if (recipients.length > 50) throw badRequest('Recipient count exceeds 50.');
  if (body.length > 40 * 1024 * 1024) throw badRequest('Message length is more than 41943040 bytes long.');
  const from = bareAddress(request.FromEmailAddress);
  const bareRecipients = recipients.map(bareAddress);
  checkTags(request.EmailTags ?? []);
  checkHeaders(Content.Simple.Headers ?? []);
  if (ConfigurationSetName !== undefined && !account.configurationSets.includes(ConfigurationSetName)) {
    throw new SesRefusal(404, 'NotFoundException', `Configuration set <${ConfigurationSetName}> does not exist.`);
  }
  checkIdentity(from, account);
  return {
    entry: entryOf(request, bareRecipients, account.region, nowMs),
    files: (Content.Simple.Attachments ?? []).map(({ RawContent }) => Buffer.from(RawContent, 'base64')),
    ...(ConfigurationSetName !== undefined && { configurationSet: ConfigurationSetName }),
    headers: (Content.Simple.Headers ?? []).map(({ Name, Value }) => ({ name: Name, value: Value })),
    to: ToAddresses,
  };
}

function readRequest(body: Buffer): SendEmail {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch (cause) {
    throw new SesRefusal(400, 'SerializationException', `The body is not JSON: ${wholeMessageOf(cause)}`);
  }
  const { value, faults } = checked(sendEmail, parsed);
  if (value !== undefined) return value;
  const problems = faults.map(({ path, message }) => `${path.join('.') || 'request'}: ${message}`);
  throw badRequest(`The local sink accepts Content.Simple only, as its schema says. ${problems.join('; ')}`);
}

function bareAddress(address: string): string {
  try {
    return checkAddress(address);
  } catch (error) {
    if (error instanceof BadAddress) throw badRequest(error.message);
    throw error;
  }
}

function checkTags(tags: { Name: string; Value: string }[]): void {
  for (const { Name, Value } of tags) {
    for (const [what, text] of [
      ['name', Name],
      ['value', Value],
    ] as const) {
      if (!/^[A-Za-z0-9_-]{1,256}$/.test(text)) {
        throw badRequest(
          `Invalid tag ${what} <${text}>, only alphanumeric ASCII characters, '_', and '-' are allowed, at most 256.`,
        );
      }
    }
  }
  const repeated = tags.find(({ Name }, position) => tags.findIndex((tag) => tag.Name === Name) !== position);
  if (repeated) throw badRequest(`Duplicate tag name <${repeated.Name}>.`);
}

function checkHeaders(headers: { Name: string; Value: string }[]): void {
  for (const { Name, Value } of headers) {
    if (!/^[\x21-\x39\x3b-\x7e]{1,126}$/.test(Name)) throw badRequest(`Invalid header name <${Name}>.`);
    if (!/^[\x20-\x7e]{0,870}$/.test(Value)) throw badRequest(`Invalid value of header <${Name}>.`);
  }
}

function checkIdentity(from: string, { region, identities }: SesAccount): void {
  if (identities === undefined || identitiesOf(from).some((identity) => identities.includes(identity))) return;
  const failed = `The following identities failed the check in region ${region.toUpperCase()}: ${from}`;
  throw new SesRefusal(400, 'MessageRejected', `Email address is not verified. ${failed}`);
}

function entryOf(request: SendEmail, to: string[], region: string, nowMs: number): EmailEntry {
  const { Subject, Body, Headers = [], Attachments = [] } = request.Content.Simple;
  return {
    id: messageId(region, nowMs),
    at: new Date(nowMs).toISOString(),
    from: request.FromEmailAddress,
    to,
    subject: Subject.Data,
    text: Body.Text?.Data ?? '',
    html: Body.Html?.Data ?? '',
    attachments: Attachments.map(({ FileName, RawContent }) => {
      const bytes = Buffer.from(RawContent, 'base64');
      return { name: FileName, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    }),
    headers: {
      ...Object.fromEntries(Headers.map(({ Name, Value }) => [Name, Value])),
      ...(request.ReplyToAddresses && { 'Reply-To': request.ReplyToAddresses.join(', ') }),
    },
    tags: Object.fromEntries((request.EmailTags ?? []).map(({ Name, Value }) => [Name, Value])),
  };
}

/** SES's format: region code, time, a UUID and a counter. */
function messageId(region: string, nowMs: number): string {
  const regionCode =
    { 'us-east-1': '0100', 'us-west-2': '0101', 'eu-west-1': '0102', 'eu-central-1': '0107' }[region] ?? '010f';
  return `${regionCode}${nowMs.toString(16).padStart(12, '0')}-${randomUUID()}-000000`;
}

function badRequest(message: string): SesRefusal {
  return new SesRefusal(400, 'BadRequestException', message);
}
