import { PoisonMessage, parseWith } from '#shared/messaging/parse.ts';
import { listOf, number, object, oneOf, optional, readWith, someText, text } from '#shared/messaging/read.ts';
import type { RecipientKey } from '#shared/recipient/recipient-key.ts';
import type { DeliveryEvent, Feedback } from './recipient-feedback.ts';

/** The version that is written. Read docs/reference/stored-shapes.md before changing it. */
const VERSION = 1;

/** Names in stored events. Dead letters contain them, so they stay. */
const STORED_AS = { all: 'everybody', one: 'somebody' } as const;
const READ_AS = { everybody: 'all', somebody: 'one' } as const;

const aScrubbed = object({ scrubbedFeedback: number });
const aFeedback = object({
  channel: oneOf('email', 'sms'),
  acceptance: object({
    providerMessageId: someText,
    acceptedAt: someText,
    tenant: text,
    notificationId: text,
    attemptNonce: text,
  }),
  told: optional(
    object({
      kind: someText,
      at: someText,
      code: optional(text),
      everybody: optional(oneOf('everybody', 'somebody')),
      recipients: optional(listOf(text)),
      sentTo: optional(listOf(text)),
    }),
  ),
});

/**
 * An event in the form that a dead letter may keep: complete, but with the recipients' keys instead of their addresses.
 * If it is sent to the function again, it is handled like the original event.
 */
export async function scrubbed(
  { channel, acceptance, deliveryEvent }: Feedback,
  recipientKey: () => Promise<RecipientKey>,
): Promise<string> {
  return JSON.stringify({
    scrubbedFeedback: VERSION,
    channel,
    acceptance,
    ...(deliveryEvent && {
      told: await scrubbedEvent(
        deliveryEvent,
        (keyOf) => (address) => keyOf(acceptance.tenant, channel, address),
        recipientKey,
      ),
    }),
  });
}

async function scrubbedEvent(
  { kind, at, code, affected }: DeliveryEvent,
  keyFor: (keyOf: RecipientKey) => (address: string) => string,
  recipientKey: () => Promise<RecipientKey>,
): Promise<object> {
  const about = { kind, at, ...(code !== undefined && { code }) };
  if (typeof affected === 'string') return { ...about, everybody: STORED_AS[affected] };
  const { sentTo } = affected;
  if ('recipients' in affected) return { ...about, recipients: affected.recipients, ...(sentTo && { sentTo }) };
  const key = keyFor(await recipientKey());
  return { ...about, recipients: affected.addresses.map(key), ...(sentTo && { sentTo: sentTo.map(key) }) };
}

/**
 * The event that was scrubbed to this text; undefined if the text is not a scrubbed event.
 * @throws PoisonMessage for a version that this release does not know.
 */
export function unscrubbed(body: string): Feedback | undefined {
  const value = jsonIn(body);
  const { read, faults } = readWith(aScrubbed, value);
  if (faults.length > 0) return undefined;
  if (read.scrubbedFeedback !== VERSION)
    throw new PoisonMessage('UNKNOWN_VERSION', 'The scrubbed event has a version that this release does not read.');
  const { channel, acceptance, told } = parseWith(aFeedback, value, 'The scrubbed event cannot be read');
  if (!told) return { channel, acceptance };
  const { kind, at, code, everybody, recipients = [], sentTo } = told;
  const affected = everybody ? READ_AS[everybody] : { recipients, ...(sentTo && { sentTo }) };
  const event = { kind: kind as DeliveryEvent['kind'], at, ...(code !== undefined && { code }), affected };
  return { channel, acceptance, deliveryEvent: event };
}

function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The reader of provider events reports what is wrong with it.
    return undefined;
  }
}
