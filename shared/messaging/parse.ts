import * as z from 'zod/mini';
import type { Envelope } from './envelope.ts';
import { Failure } from './failure.ts';
import { NewerVersion } from './newer-version.ts';

/** A message that can never be handled, whoever tries and however often. */
export class PoisonMessage extends Failure {
  readonly code = 'POISON_MESSAGE';
  readonly retriable = false;
  /** A code for what is wrong with it. */
  readonly reason: string;
  readonly next = 'Look at the message and its reason; discard it, or redrive it once its cause is mended.';

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

const text = z.string().check(z.minLength(1));

const envelopeSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: text,
  source: text,
  type: text,
  subject: text,
  time: text,
  datacontenttype: z.literal('application/json'),
  tenantid: text,
  correlationid: text,
  causationid: text,
  sequence: text,
  traceparent: z.optional(text),
  data: z.unknown(),
});

/**
 * Reads an envelope. Attributes that a later version may add are tolerated.
 * @throws NewerVersion for a later version of CloudEvents.
 * @throws PoisonMessage naming what is wrong, without quoting the content.
 */
export function parseEnvelope(body: string): Envelope {
  const parsed = parseBody(body);
  const specversion = parsed?.specversion;
  if (typeof specversion === 'string' && Number(specversion) > 1)
    throw new NewerVersion('The envelope has a later specversion than 1.0.');
  return parseWith(envelopeSchema, parsed, 'The message is no CloudEvents envelope of ours') as Envelope;
}

/**
 * The JSON of a message that came through a topic.
 * @throws PoisonMessage if it is none, or stands in an envelope of SNS, without quoting the content.
 */
export function parseBody(body: string): Record<string, unknown> | undefined {
  const parsed = parseJson(body);
  if (z.safeParse(snsEnvelopeSchema, parsed).success) {
    const what = 'The message stands in an envelope of SNS, so raw message delivery is off for the subscription.';
    throw new PoisonMessage('SNS_ENVELOPE', `${what} Switch it on: deploying the stack again does.`);
  }
  return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not as a cause: the parser's message quotes the text, whatever it holds.
    throw new PoisonMessage('NOT_JSON', 'The message is not JSON.');
  }
}

/** What SNS puts around a message unless it delivers it raw. */
const snsEnvelopeSchema = z.looseObject({ Type: z.literal('Notification'), TopicArn: text, Message: z.string() });

/** @throws PoisonMessage listing every fault by path. */
export function parseWith<Schema extends z.core.$ZodType>(
  schema: Schema,
  value: unknown,
  complaint: string,
): z.output<Schema> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'message'}: ${issue.message || issue.code}`,
  );
  throw new PoisonMessage('MALFORMED', `${complaint}: ${faults.join('; ')}.`);
}
