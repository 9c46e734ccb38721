import type { Feedback, Told } from '#shared/delivery/recipient-feedback.ts';
import { parseBody, parseWith } from '#shared/messaging/parse.ts';
import { listOf, object, type Reader, someText, text, textThat } from '#shared/messaging/read.ts';
import { MESSAGE_TAG } from './message-tag.ts';

/** What SES told us. `other`: events that are nothing to us, or that a later SES invents. */
export type SesEvent =
  | { kind: 'feedback'; eventType: string; feedback: Feedback }
  | { kind: 'other'; eventType: string }
  /** The plain-text greeting that SES publishes when the event destination is created. */
  | { kind: 'greeting' };

/** Ids are logged and kept: what is no id of ours or SES's may be an address. */
const id = textThat('id', (value) => /^[A-Za-z0-9_-]{1,256}$/.test(value));
/** SES allows a tag several values; ours have one. */
const tag: Reader<string> = (value, path, faults) =>
  id(Array.isArray(value) && value.length === 1 ? value[0] : undefined, path, faults);
const UTC_MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const moment = textThat('moment in UTC', (value) => UTC_MOMENT.test(value) && !Number.isNaN(Date.parse(value)));
const anEvent = object({ eventType: text });
/** Of the message itself: what our own messages carry, on every event about them. */
const aMail = object({
  mail: object({
    messageId: id,
    timestamp: moment,
    tags: object({ [MESSAGE_TAG.tenant]: tag, [MESSAGE_TAG.notification]: tag, [MESSAGE_TAG.attempt]: tag }),
  }),
});
type Mail = { timestamp: string };

const addressees = listOf(object({ emailAddress: someText }));
const aDelivery = object({ delivery: object({ timestamp: moment, recipients: listOf(someText) }) });
const aBounce = object({
  bounce: object({ bounceType: text, bounceSubType: text, timestamp: moment, bouncedRecipients: addressees }),
});
const aComplaint = object({ complaint: object({ timestamp: moment, complainedRecipients: addressees }) });
const aDelay = object({ deliveryDelay: object({ timestamp: moment, delayType: text, delayedRecipients: addressees }) });
const anOpen = object({ open: object({ timestamp: moment }) });
const aClick = object({ click: object({ timestamp: moment }) });

/**
 * What each type of event tells of the recipients; those that are absent tell nothing. A bounce that is not
 * for good leaves it to a later message: SES has given up this one, or an autoresponder has answered.
 */
const TOLD: Record<string, (event: unknown, mail: Mail) => Told | undefined> = {
  Send: () => undefined,
  Delivery: (event) => {
    const { timestamp, recipients } = read(aDelivery, event).delivery;
    return told('DELIVERED', timestamp, { addresses: recipients.map(bareAddress) });
  },
  Bounce: (event) => {
    const { bounceType, bounceSubType, timestamp, bouncedRecipients } = read(aBounce, event).bounce;
    const kind = bounceType === 'Permanent' ? 'BOUNCED' : 'SOFT_BOUNCED';
    return told(kind, timestamp, addressesOf(bouncedRecipients), bounceSubType);
  },
  // Mailbox providers hide who complained; SES then names everybody whom the message may mean.
  Complaint: (event) => {
    const { timestamp, complainedRecipients } = read(aComplaint, event).complaint;
    return told('COMPLAINED', timestamp, addressesOf(complainedRecipients));
  },
  DeliveryDelay: (event) => {
    const { timestamp, delayType, delayedRecipients } = read(aDelay, event).deliveryDelay;
    return told('DELAYED', timestamp, addressesOf(delayedRecipients), delayType);
  },
  // Neither says when: it was decided when the message was accepted.
  Reject: (_event, { timestamp }) => told('REJECTED', timestamp, 'everybody'),
  'Rendering Failure': (_event, { timestamp }) => told('RENDERING_FAILED', timestamp, 'everybody'),
  Open: (event) => told('OPENED', read(anOpen, event).open.timestamp, 'somebody'),
  Click: (event) => told('CLICKED', read(aClick, event).click.timestamp, 'somebody'),
};

const read = <Value>(reader: Reader<Value>, event: unknown): Value =>
  parseWith(reader, event, 'The event lacks what its type promises');

/** SES's codes are words. Anything else might be a sentence that quotes an address. */
const CODE = /^[A-Za-z]{1,40}$/;

function told(kind: Told['kind'], timestamp: string, whom: Told['whom'], code = ''): Told {
  return { kind, at: new Date(timestamp).toISOString(), ...(CODE.test(code) && { code }), whom };
}

const addressesOf = (recipients: readonly { emailAddress: string }[]): Told['whom'] => ({
  addresses: recipients.map(({ emailAddress }) => bareAddress(emailAddress)),
});

/** The address of `Name <local@domain>`: a bounce may repeat what stood in the header. */
const bareAddress = (address: string): string => /<([^<>]*)>\s*$/.exec(address)?.[1] ?? address;

const GREETING = /^Successfully validated SNS topic for Amazon SES event publishing/;

/**
 * Reads an event of SES event publishing, with raw delivery.
 * @throws PoisonMessage naming the fault; it never quotes the event, which holds addresses.
 */
export function parseSesEvent(body: string): SesEvent {
  if (GREETING.test(body)) return { kind: 'greeting' };
  const event = parseBody(body);
  const { eventType } = parseWith(anEvent, event, 'The message is no SES event');
  const tellOf = Object.hasOwn(TOLD, eventType) ? TOLD[eventType] : undefined;
  if (!tellOf) return { kind: 'other', eventType };
  const { mail } = parseWith(aMail, event, `The ${eventType} event lacks what our own messages carry`);
  const { tenant, notification: notificationId, attempt: attemptNonce } = mail.tags;
  const toldOf = tellOf(event, mail);
  return {
    kind: 'feedback',
    eventType,
    feedback: {
      channel: 'email',
      acceptance: {
        providerMessageId: mail.messageId,
        acceptedAt: mail.timestamp,
        tenant,
        notificationId,
        attemptNonce,
      },
      ...(toldOf && { told: toldOf }),
    },
  };
}
