import type { ProviderEvent } from '#shared/feedback/provider-event.ts';
import type { DeliveryEvent } from '#shared/feedback/recipient-feedback.ts';
import { parseBody, parseWith } from '#shared/messaging/parse.ts';
import { number, object, optional, type Reader, text, textThat } from '#shared/messaging/read.ts';
import { codeFrom, type FoundMeaning, NO_VALUE, sendGridMeaning, UNRECOGNISED } from '../provider-events.ts';
import { namedAddress } from '../ses/named-address.ts';
import { ARGUMENT } from './custom-arguments.ts';
import { acceptedIdOf } from './message-id.ts';

/** Ids are logged and stored, so the format is checked: a value in another format may be an address. */
const id = textThat('id', (value) => /^[A-Za-z0-9_-]{1,256}$/.test(value));
const messageId = textThat('id', (value) => /^[A-Za-z0-9_.-]{1,256}$/.test(value));

const EARLIEST_SECONDS = Date.parse('2000-01-01T00:00:00Z') / 1000;
const LATEST_SECONDS = Date.parse('9999-12-31T00:00:00Z') / 1000;
/** Epoch seconds. */
const moment: Reader<number> = (value, path, faults) => {
  const time = number(value, path, faults);
  if (typeof time === 'number' && !(time >= EARLIEST_SECONDS && time <= LATEST_SECONDS))
    faults.push(`${path} is no timestamp`);
  return time;
};

const anEvent = object({
  event: text,
  timestamp: moment,
  email: text,
  /** Missing from an asynchronous bounce. */
  sg_message_id: optional(messageId),
  type: optional(text),
  bounce_classification: optional(text),
  reason: optional(text),
  [ARGUMENT.tenant]: id,
  [ARGUMENT.notification]: id,
  [ARGUMENT.attempt]: id,
});

type Details = { type?: string | undefined; bounce_classification?: string | undefined; reason?: string | undefined };

/** The value of the fields that distinguish the cases of an event, as in the table of provider events. */
function caseOf(event: string, { type, bounce_classification, reason }: Details): string | undefined {
  if (event === 'bounce') return `${type ?? 'bounce'}/${bounce_classification ?? NO_VALUE}`;
  return event === 'dropped' ? (reason ?? NO_VALUE) : undefined;
}

/**
 * The code that is recorded with an outcome. SendGrid's values have several words, and a code is one. Only the words of
 * a documented value are joined, because any other text may quote an address.
 */
function codeOf(event: string, value: string | undefined, meaning: FoundMeaning): string | undefined {
  if (meaning.row.event !== event) return codeFrom(event, meaning);
  const words = value?.split('/').at(-1);
  if (words === NO_VALUE) return undefined;
  return codeFrom(meaning.isDocumented ? words?.replaceAll(' ', '') : words, meaning);
}

/**
 * Reads one event of SendGrid's Event Webhook.
 * @throws PoisonMessage naming the fault; it never quotes the event, which holds an address.
 */
export function parseSendGridEvent(body: string): ProviderEvent {
  const read = parseWith(anEvent, parseBody(body), 'The event lacks the fields of our messages');
  const { event, timestamp, email, sg_message_id } = read;
  const value = caseOf(event, read);
  const meaning = sendGridMeaning(event, value);
  const at = new Date(Math.floor(timestamp) * 1000).toISOString();
  const { outcome } = meaning.row;
  const code = outcome === 'COMPLAINED' ? undefined : codeOf(event, value, meaning);
  const deliveryEvent: DeliveryEvent | undefined = outcome && {
    kind: outcome,
    at,
    ...(code !== undefined && { code }),
    affected: { addresses: [namedAddress(email)] },
  };
  const attemptNonce = read[ARGUMENT.attempt];
  return {
    kind: 'feedback',
    eventType: meaning.row.event === event ? event : UNRECOGNISED,
    feedback: {
      channel: 'email',
      acceptance: {
        // An event without the id still identifies the attempt.
        providerMessageId: sg_message_id === undefined ? attemptNonce : acceptedIdOf(sg_message_id),
        acceptedAt: at,
        tenant: read[ARGUMENT.tenant],
        notificationId: read[ARGUMENT.notification],
        attemptNonce,
      },
      ...(deliveryEvent && { deliveryEvent }),
    },
    ...(!meaning.isDocumented && { isUndocumented: true }),
  };
}
