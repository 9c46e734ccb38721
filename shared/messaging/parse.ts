import type { Envelope } from './envelope.ts';
import { Failure } from './failure.ts';
import { NewerVersion } from './newer-version.ts';
import { anything, object, oneOf, openObject, optional, type Reader, readWith, someText, text } from './read.ts';

/** A message that can never be handled, no matter how often it is retried. */
export class PoisonMessage extends Failure {
  override readonly name = 'PoisonMessage';
  readonly code = 'POISON_MESSAGE';
  readonly retriable = false;
  /** A code for the fault. */
  readonly reason: string;
  readonly next = 'Read the message and its reason. Discard the message, or redrive it after its cause is corrected.';

  /** What has failed, if it is not the message: its dead letter has this id, whichever message reports it. */
  readonly about: string | undefined;

  constructor(reason: string, message: string, { about, ...options }: ErrorOptions & { about?: string } = {}) {
    super(message, options);
    this.reason = reason;
    this.about = about;
  }
}

const anEnvelope = openObject({
  specversion: oneOf('1.0'),
  id: someText,
  source: someText,
  type: someText,
  subject: someText,
  time: someText,
  datacontenttype: oneOf('application/json'),
  tenantid: someText,
  correlationid: someText,
  causationid: someText,
  sequence: someText,
  traceparent: optional(someText),
  editedfrom: optional(someText),
  data: anything,
});

/**
 * Reads an envelope. Unknown attributes are accepted, because a later version may add them.
 * @throws NewerVersion for a later version of CloudEvents.
 * @throws PoisonMessage that names the fault without quoting the content.
 */
export function parseEnvelope(body: string): Envelope {
  const parsed = parseBody(body);
  const specversion = parsed?.specversion;
  if (typeof specversion === 'string' && Number(specversion) > 1)
    throw new NewerVersion('The envelope has a later specversion than 1.0.');
  return parseWith(anEnvelope, parsed, 'The message is no CloudEvents envelope of ours') as Envelope;
}

/** Whether the text is an envelope of ours, of any version. It never throws. */
export function isEnvelope(body: string): boolean {
  try {
    parseEnvelope(body);
    return true;
  } catch (error) {
    return error instanceof NewerVersion;
  }
}

/**
 * Parses the JSON of a message from a topic.
 * @throws PoisonMessage if it is not JSON or is wrapped in an SNS envelope. The error does not quote the content.
 */
export function parseBody(body: string): Record<string, unknown> | undefined {
  const parsed = parseJson(body);
  if (isSnsEnvelope(parsed)) {
    const what = 'The message stands in an envelope of SNS, so raw message delivery is off for the subscription.';
    throw new PoisonMessage('SNS_ENVELOPE', `${what} Deploy the stack again to switch it on.`);
  }
  return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The cause is left out, because the parser's message quotes the text, which may be personal data.
    throw new PoisonMessage('NOT_JSON', 'The message is not JSON.');
  }
}

/** The envelope that SNS adds to a message unless raw delivery is on. */
const anSnsEnvelope = object({ Type: oneOf('Notification'), TopicArn: someText, Message: text });

/** Most messages have no such attribute. Looking for it first saves a reader that describes each fault. */
const isSnsEnvelope = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'TopicArn' in value &&
  readWith(anSnsEnvelope, value).faults.length === 0;

/** The message itself, if SNS has put it into an envelope of its own; otherwise the same text. */
export function withoutSnsEnvelope(body: string): string {
  try {
    const { read, faults } = readWith(anSnsEnvelope, JSON.parse(body));
    return faults.length === 0 ? read.Message : body;
  } catch {
    // Not JSON, so not in an envelope.
    return body;
  }
}

/** @throws PoisonMessage listing every fault by path. */
export function parseWith<Value>(reader: Reader<Value>, value: unknown, complaint: string): Value {
  const { read, faults } = readWith(reader, value);
  if (faults.length === 0) return read;
  throw new PoisonMessage('MALFORMED', `${complaint}: ${faults.join('; ')}.`);
}
