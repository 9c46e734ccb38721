import type { DeliveryEvent, Feedback } from '#shared/feedback/recipient-feedback.ts';
import { parseBody, parseWith } from '#shared/messaging/parse.ts';
import { listOf, object, optional, type Reader, text, textThat } from '#shared/messaging/read.ts';
import { MESSAGE_TAG } from './message-tag.ts';
import { namedAddress } from './named-address.ts';
import { codeFrom, complaintValue, type FoundMeaning, sesMeaning, UNRECOGNISED } from './provider-events.ts';

/** An event of SES. `other`: an event about contact lists, which we do not use. */
export type SesEvent =
  | {
      kind: 'feedback';
      eventType: string;
      feedback: Feedback;
      /** The table of provider events has no row for the event's type or value. */
      isUndocumented?: true;
    }
  | { kind: 'other'; eventType: string }
  /** The plain-text greeting that SES publishes when the event destination is created. */
  | { kind: 'greeting' };

/** Ids are logged and stored, so the format is checked: a value in another format may be an address. */
const id = textThat('id', (value) => /^[A-Za-z0-9_-]{1,256}$/.test(value));
/** SES allows several values for a tag. Our tags have exactly one. */
const tag: Reader<string> = (value, path, faults) =>
  id(Array.isArray(value) && value.length === 1 ? value[0] : undefined, path, faults);
const UTC_MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const moment = textThat('moment in UTC', (value) => UTC_MOMENT.test(value) && !Number.isNaN(Date.parse(value)));
const anEvent = object({ eventType: text });
/** The part about the message itself. Every event about one of our messages has it. */
const aMail = object({
  mail: object({
    messageId: id,
    timestamp: moment,
    destination: optional(listOf(text)),
    tags: object({ [MESSAGE_TAG.tenant]: tag, [MESSAGE_TAG.notification]: tag, [MESSAGE_TAG.attempt]: tag }),
  }),
});
type Mail = { timestamp: string; destination?: string[] | undefined };

const addressees = listOf(object({ emailAddress: text }));
const nullable = <Value>(reader: Reader<Value>): Reader<Value | undefined> => {
  const given = optional(reader);
  return (value, path, faults) => given(value ?? undefined, path, faults);
};
const aDelivery = object({ delivery: object({ timestamp: moment, recipients: listOf(text) }) });
const aBounce = object({
  bounce: object({ bounceType: text, bounceSubType: text, timestamp: moment, bouncedRecipients: addressees }),
});
const aComplaint = object({
  complaint: object({
    timestamp: moment,
    complainedRecipients: addressees,
    complaintSubType: nullable(text),
    complaintFeedbackType: nullable(text),
  }),
});
const aDelay = object({ deliveryDelay: object({ timestamp: moment, delayType: text, delayedRecipients: addressees }) });
const aReject = object({ reject: optional(object({ reason: nullable(text) })) });
const anOpen = object({ open: object({ timestamp: moment }) });
const aClick = object({ click: object({ timestamp: moment }) });

/** The content of an event, before the table of provider events determines its meaning. */
type EventContent = {
  /** The value in the table's form; absent if the event has no field that the table uses. */
  value?: string;
  /** The provider's code that is recorded with the outcome. */
  code?: string;
  at: string;
  affected: DeliveryEvent['affected'];
};

/** Readers for the content of each event type. */
const CONTENT_READERS: Record<string, (event: unknown, mail: Mail) => EventContent> = {
  Delivery: (event, mail) => {
    const { timestamp, recipients } = read(aDelivery, event).delivery;
    return { at: timestamp, affected: affectedIn(recipients, mail) };
  },
  Bounce: (event, mail) => {
    const { bounceType, bounceSubType, timestamp, bouncedRecipients } = read(aBounce, event).bounce;
    const affected = affectedIn(addressesOf(bouncedRecipients), mail);
    return { value: `${bounceType}/${bounceSubType}`, code: bounceSubType, at: timestamp, affected };
  },
  // Mailbox providers hide who complained. SES then lists all recipients who may have sent the complaint.
  Complaint: (event, mail) => {
    const { timestamp, complainedRecipients, complaintSubType, complaintFeedbackType } = read(
      aComplaint,
      event,
    ).complaint;
    const value = complaintValue(complaintSubType, complaintFeedbackType);
    return { value, code: value, at: timestamp, affected: affectedIn(addressesOf(complainedRecipients), mail) };
  },
  DeliveryDelay: (event, mail) => {
    const { timestamp, delayType, delayedRecipients } = read(aDelay, event).deliveryDelay;
    return {
      value: delayType,
      code: delayType,
      at: timestamp,
      affected: affectedIn(addressesOf(delayedRecipients), mail),
    };
  },
  // These two events have no timestamp of their own. The message's timestamp is used: SES decided on acceptance.
  Reject: (event, { timestamp }) => {
    const reason = read(aReject, event).reject?.reason ?? '';
    return { value: reason, code: reason, at: timestamp, affected: 'all' };
  },
  'Rendering Failure': (_event, { timestamp }) => ({ at: timestamp, affected: 'all' }),
  Open: (event) => ({ at: read(anOpen, event).open.timestamp, affected: 'one' }),
  Click: (event) => ({ at: read(aClick, event).click.timestamp, affected: 'one' }),
};

const read = <Value>(reader: Reader<Value>, event: unknown): Value =>
  parseWith(reader, event, 'The event lacks fields of its type');

const addressesOf = (recipients: readonly { emailAddress: string }[]): string[] =>
  recipients.map(({ emailAddress }) => emailAddress);

const affectedIn = (addresses: readonly string[], { destination }: Mail): DeliveryEvent['affected'] => ({
  addresses: addresses.map(namedAddress),
  ...(destination && { sentTo: destination.map(namedAddress) }),
});

/** What an event reports about the recipients; undefined if it only proves acceptance. */
function deliveryEventOf({ code, at, affected }: EventContent, meaning: FoundMeaning): DeliveryEvent | undefined {
  const { outcome: kind } = meaning.row;
  if (kind === undefined) return undefined;
  // The kind of a complaint says everything. For any other report, readers need the provider's code.
  const word = kind === 'COMPLAINED' || kind === 'NOT_SPAM' ? undefined : codeFrom(code, meaning);
  return { kind, at: new Date(at).toISOString(), ...(word !== undefined && { code: word }), affected };
}

/** Events about contact lists, of which we have none. */
const SUBSCRIPTION = 'Subscription';

const GREETING = /^Successfully validated SNS topic for Amazon SES event publishing/;

/**
 * Reads an event of SES event publishing, with raw delivery.
 * @throws PoisonMessage naming the fault; it never quotes the event, which holds addresses.
 */
export function parseSesEvent(body: string): SesEvent {
  if (GREETING.test(body)) return { kind: 'greeting' };
  const event = parseBody(body);
  const { eventType } = parseWith(anEvent, event, 'The message is not an SES event');
  if (eventType === SUBSCRIPTION) return { kind: 'other', eventType };
  const { mail } = parseWith(aMail, event, 'The event lacks the fields of our messages');
  const { tenant, notification: notificationId, attempt: attemptNonce } = mail.tags;
  const content = Object.hasOwn(CONTENT_READERS, eventType) ? CONTENT_READERS[eventType]?.(event, mail) : undefined;
  const { value, ...more } = content ?? { code: eventType, at: mail.timestamp, affected: 'one' as const };
  const meaning = sesMeaning(eventType, value);
  const deliveryEvent = deliveryEventOf(more, meaning);
  return {
    kind: 'feedback',
    // An undocumented type is logged as UNRECOGNISED, because its text comes from outside.
    eventType: sesMeaning(eventType).row.event === eventType ? eventType : UNRECOGNISED,
    feedback: {
      channel: 'email',
      acceptance: {
        providerMessageId: mail.messageId,
        acceptedAt: mail.timestamp,
        tenant,
        notificationId,
        attemptNonce,
      },
      ...(deliveryEvent && { deliveryEvent }),
    },
    ...(!meaning.isDocumented && { isUndocumented: true }),
  };
}
