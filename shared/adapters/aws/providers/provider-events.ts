import type { RecipientEventKind } from '#shared/notification/outcomes.ts';
import type { Meaning, Meanings } from './meaning.ts';
import { SENDGRID_MEANINGS } from './sendgrid-meanings.ts';

/** What one documented value of a provider's event means. */
export type ProviderEventRow = {
  provider: 'SES' | 'SendGrid' | 'End User Messaging';
  /** The event's `eventType`; SendGrid's `event`. */
  event: string;
  /** The value of the fields that `PROVIDER_EVENT_FIELDS` names for this event; `*` is any other value. */
  value: string;
  /** What is recorded for the recipient. If undefined, the event proves only that the provider accepted the message. */
  outcome: RecipientEventKind | undefined;
  reason: string;
};

/** The fields that form `value`, by event. Events that are not listed have no such field. */
export const PROVIDER_EVENT_FIELDS: Readonly<Record<string, string>> = {
  Bounce: '`bounceType`/`bounceSubType`',
  Complaint: '`complaintSubType`, or `complaintFeedbackType` where there is no subtype',
  DeliveryDelay: '`delayType`',
  Reject: '`reason`',
  bounce: '`type`/`bounce_classification`',
  dropped: '`reason`',
};

/** Matches every value that no other row of the event has. */
const ANY = '*';
/** No value: the field is absent or null. */
export const NO_VALUE = 'none';

const rowsOf = (provider: ProviderEventRow['provider'], event: string, meanings: Meanings): ProviderEventRow[] =>
  Object.entries(meanings).map(([value, [outcome, reason]]) => ({ provider, event, value, outcome, reason }));

const SES_MEANINGS: Readonly<Record<string, Meanings>> = {
  Send: { [ANY]: [undefined, 'SES accepted the message.'] },
  Delivery: { [ANY]: ['DELIVERED', "The recipient's mail server accepted the message."] },
  Bounce: {
    'Permanent/General': ['BOUNCED', 'A hard bounce. SES asks to remove the address.'],
    'Permanent/NoEmail': ['BOUNCED', 'The mailbox does not exist. SES asks to remove the address.'],
    'Permanent/Suppressed': [
      'BOUNCED',
      'SES did not try: the address bounced recently as invalid, for any sender. It counts towards the bounce rate of the account.',
    ],
    'Permanent/OnAccountSuppressionList': [
      'REJECTED',
      "SES did not try: the address is on the suppression list of the AWS account, which all tenants share. The entry may come from another tenant's message, and the event does not count towards the bounce rate.",
    ],
    'Permanent/OnTenantSuppressionList': [
      'REJECTED',
      'SES did not try: the address is on the suppression list of an SES tenant. Counterfoil does not use that list.',
    ],
    'Permanent/EmailValidationSuppressed': [
      'REJECTED',
      'SES did not try: its validation predicts that the address is invalid. A prediction is no bounce, and its threshold is a setting of the account.',
    ],
    'Permanent/UnsubscribedRecipient': [
      'REJECTED',
      'SES did not try: the recipient unsubscribed from a topic of an SES contact list. We use no such lists.',
    ],
    [`Permanent/${ANY}`]: [
      'UNDELIVERED',
      'Not documented: the message did not arrive. The reason is not known, so nothing is concluded about the address.',
    ],
    'Transient/General': [
      'SOFT_BOUNCED',
      'SES stopped trying, or an automatic answer came. A later message may arrive.',
    ],
    'Transient/MailboxFull': ['SOFT_BOUNCED', 'The mailbox is full. A later message may arrive.'],
    'Transient/MessageTooLarge': [
      'SOFT_BOUNCED',
      'This message was too large for the recipient. A smaller one may arrive.',
    ],
    'Transient/ContentRejected': [
      'SOFT_BOUNCED',
      'The content of this message was refused. Another message may arrive.',
    ],
    'Transient/AttachmentRejected': ['SOFT_BOUNCED', 'An attachment was refused. A message without it may arrive.'],
    'Transient/CustomTimeoutExceeded': ['SOFT_BOUNCED', 'The time that the sender allowed for delivery is over.'],
    [`Transient/${ANY}`]: ['SOFT_BOUNCED', 'Not documented: SES stopped trying. A later message may arrive.'],
    'Undetermined/Undetermined': [
      'SOFT_BOUNCED',
      'SES could not determine the reason, so nothing is concluded about the address.',
    ],
    [`Undetermined/${ANY}`]: ['SOFT_BOUNCED', 'Not documented: SES could not determine the type.'],
    [ANY]: [
      'UNDELIVERED',
      'Not documented: it bounced. The reason is not known, so nothing is concluded about the address.',
    ],
  },
  Complaint: {
    OnAccountSuppressionList: [
      'REJECTED',
      "SES accepted the message and did not try to deliver it: the address is on the suppression list of the AWS account, for a complaint. All tenants share that list, so the entry may come from another tenant's message.",
    ],
    OnTenantSuppressionList: [
      'REJECTED',
      'SES did not try: the address is on the suppression list of an SES tenant. Counterfoil does not use that list.',
    ],
    [NO_VALUE]: ['COMPLAINED', 'The mailbox provider reported a complaint without a feedback report.'],
    abuse: ['COMPLAINED', 'The recipient reported unsolicited mail.'],
    fraud: ['COMPLAINED', 'The recipient reported fraud or phishing.'],
    other: ['COMPLAINED', 'The recipient complained for a reason that has no type of its own.'],
    'not-spam': [
      'NOT_SPAM',
      'A correction: the message is not spam. It does not lift a suppression, because only a person knows whether the recipient wants more.',
    ],
    'auth-failure': ['REPORTED', 'A report about SPF, DKIM or DMARC. A mail server sends it, not the recipient.'],
    virus: [
      'REPORTED',
      'A report that the message contained a virus. A scanner finds it; the recipient did not complain.',
    ],
    [ANY]: ['REPORTED', 'Not documented: nothing is concluded about the recipient.'],
  },
  DeliveryDelay: {
    InternalFailure: ['DELAYED', 'A problem inside SES. SES keeps trying.'],
    General: ['DELAYED', 'A failure in the SMTP conversation. SES keeps trying.'],
    MailboxFull: ['DELAYED', 'The mailbox is full. SES keeps trying.'],
    SpamDetected: ['DELAYED', "The recipient's server saw much unsolicited mail from the account. SES keeps trying."],
    RecipientServerError: ['DELAYED', "A temporary problem of the recipient's server. SES keeps trying."],
    IPFailure: ['DELAYED', 'The sending IP address is blocked or throttled. SES keeps trying.'],
    TransientCommunicationFailure: ['DELAYED', 'The SMTP conversation broke off. SES keeps trying.'],
    BYOIPHostNameLookupUnavailable: [
      'DELAYED',
      'The host name of an IP address that the account brought to SES was not found. SES keeps trying.',
    ],
    Undetermined: ['DELAYED', 'SES could not determine the reason. SES keeps trying.'],
    SendingDeferral: ['DELAYED', 'SES deferred the message itself. SES keeps trying.'],
    [ANY]: ['DELAYED', 'Not documented: SES keeps trying.'],
  },
  Reject: {
    'Bad content': ['REJECTED', 'SES found a virus in the message and did not try to deliver it.'],
    [ANY]: ['REJECTED', 'Not documented: SES did not try to deliver the message.'],
  },
  'Rendering Failure': {
    [ANY]: ['RENDERING_FAILED', 'SES could not fill in a template and did not send the message.'],
  },
  Open: { [ANY]: ['OPENED', 'It shows interest and is not an outcome. Requested only with `email.tracking`.'] },
  Click: { [ANY]: ['CLICKED', 'It shows interest and is not an outcome. Requested only with `email.tracking`.'] },
  Subscription: {
    [ANY]: [undefined, 'About preferences of an SES contact list, which we do not use. Not recorded at all.'],
  },
  [ANY]: { [ANY]: ['REPORTED', 'Not documented: the type of the event is recorded as the code.'] },
};

/** `isFinal` of a text message's event: only the last event of a message reports its outcome. */
const FINAL = 'final';
const NOT_FINAL = 'not final';

const inTransit: Meaning = [undefined, 'The message is on its way.'];

const TEXT_MEANINGS: Readonly<Record<string, Meanings>> = {
  TEXT_QUEUED: { [ANY]: inTransit },
  TEXT_PENDING: { [ANY]: inTransit },
  TEXT_SENT: { [ANY]: inTransit },
  TEXT_SUCCESSFUL: {
    [FINAL]: ['DELIVERED', 'The carrier accepted the message. In some countries nothing more is known.'],
  },
  TEXT_DELIVERED: { [ANY]: ['DELIVERED', 'The phone has the message.'] },
  TEXT_INVALID: { [FINAL]: ['BOUNCED', 'The number is not valid. Every other message to it fails as well.'] },
  TEXT_INVALID_MESSAGE: { [FINAL]: ['UNDELIVERED', 'The body is not valid. Another message may arrive.'] },
  TEXT_UNREACHABLE: { [FINAL]: ['UNDELIVERED', 'The phone is off or out of reach.'] },
  TEXT_CARRIER_UNREACHABLE: { [FINAL]: ['UNDELIVERED', 'A transient failure in the network of the carrier.'] },
  TEXT_BLOCKED: {
    [FINAL]: [
      'UNDELIVERED',
      'The phone or the carrier blocks messages to this recipient. The owner of the number can change that.',
    ],
  },
  TEXT_CARRIER_BLOCKED: {
    [FINAL]: ['UNDELIVERED', 'The carrier blocked this message, as malicious or abusive. It is about the message.'],
  },
  TEXT_SPAM: {
    [FINAL]: ['UNDELIVERED', 'The carrier classified this message as unsolicited. It is about the message.'],
  },
  TEXT_TTL_EXPIRED: { [FINAL]: ['UNDELIVERED', 'The time to live of the message is over.'] },
  TEXT_PROTECT_BLOCKED: { [FINAL]: ['UNDELIVERED', 'A protect configuration of the account blocked the message.'] },
  TEXT_UNKNOWN: {
    [FINAL]: ['UNCONFIRMED', 'The carrier did not report an outcome within 72 hours, or gave no known reason.'],
  },
  [ANY]: {
    [FINAL]: ['UNCONFIRMED', 'Not documented: no further event comes. The outcome of the message is not known.'],
    [NOT_FINAL]: ['REPORTED', 'Not documented: the message is on its way. The status is recorded as the code.'],
  },
};

/** The row for an intermediate event whose type has only a row for its last event. */
const STILL_IN_TRANSIT: ProviderEventRow = {
  provider: 'End User Messaging',
  event: 'each of these',
  value: NOT_FINAL,
  outcome: undefined,
  reason: 'An intermediate status: another event follows.',
};

/**
 * Every documented value of every event, and a row for every other value. The page docs/reference/provider-events.md
 * shows this table. A value that is not documented is recorded, and it never suppresses a recipient.
 * @see https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 * @see https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
 * @see https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html
 */
export const PROVIDER_EVENTS: readonly ProviderEventRow[] = [
  ...Object.entries(SES_MEANINGS).flatMap(([event, meanings]) => rowsOf('SES', event, meanings)),
  ...Object.entries(SENDGRID_MEANINGS).flatMap(([event, meanings]) => rowsOf('SendGrid', event, meanings)),
  ...Object.entries(TEXT_MEANINGS).flatMap(([event, meanings]) => rowsOf('End User Messaging', event, meanings)),
  STILL_IN_TRANSIT,
];

/** A row of the table, and whether the value is a documented one. */
export type FoundMeaning = { row: ProviderEventRow; isDocumented: boolean };

const ROWS = new Map(PROVIDER_EVENTS.map((row) => [keyOf(row.provider, row.event, row.value), row]));

function keyOf(provider: string, event: string, value: string): string {
  return [provider, event, value].join('\n');
}

/** Whether an event has documented values. Every other event has one row for all its values. */
const hasValues = (event: string): boolean => Object.hasOwn(PROVIDER_EVENT_FIELDS, event);

/** The most specific row that matches. @param value from the fields of this event. */
export const sesMeaning = (event: string, value?: string): FoundMeaning => emailMeaning('SES', event, value);

/** The same for an event of SendGrid. */
export const sendGridMeaning = (event: string, value?: string): FoundMeaning => emailMeaning('SendGrid', event, value);

function emailMeaning(provider: 'SES' | 'SendGrid', event: string, value: string = ANY): FoundMeaning {
  const [type] = value.split('/');
  const candidates: [event: string, value: string][] = [
    [event, value],
    [event, `${type}/${ANY}`],
    [event, ANY],
    [ANY, ANY],
  ];
  for (const [index, [anEvent, aValue]] of candidates.entries()) {
    const row = ROWS.get(keyOf(provider, anEvent, aValue));
    if (row)
      return { row, isDocumented: index === 0 && anEvent !== ANY && (!aValue.includes(ANY) || !hasValues(event)) };
  }
  throw new TypeError('The table of provider events has a row for every event.');
}

/** The value of a complaint in the table: its subtype, else its feedback type, else `none`. */
export const complaintValue = (subType: string | null | undefined, feedbackType: string | null | undefined): string =>
  subType || feedbackType || NO_VALUE;

/** @param eventType with its prefix `TEXT_`. */
export function textMeaning(eventType: string, isFinal: boolean): FoundMeaning {
  const documented =
    eventType === ANY
      ? undefined
      : (ROWS.get(keyOf('End User Messaging', eventType, ANY)) ??
        ROWS.get(keyOf('End User Messaging', eventType, FINAL)));
  if (documented) {
    const row = documented.value === ANY || isFinal ? documented : STILL_IN_TRANSIT;
    return { row, isDocumented: true };
  }
  const row = ROWS.get(keyOf('End User Messaging', ANY, isFinal ? FINAL : NOT_FINAL));
  if (!row) throw new TypeError('The table of provider events has a row for every event.');
  return { row, isDocumented: false };
}

/** A provider's codes are single words. Any other text might be a sentence that quotes an address. */
const CODE = /^[A-Za-z][A-Za-z_-]{0,39}$/;

/** The code that is recorded if a value is neither documented nor a single word. */
export const UNRECOGNISED = 'UNRECOGNISED';

/**
 * The provider's value as a code; undefined if it is not a single word. A value that is not documented always has a
 * code.
 */
export function codeFrom(
  value: string | undefined,
  { isDocumented }: Pick<FoundMeaning, 'isDocumented'>,
): string | undefined {
  if (value !== undefined && CODE.test(value)) return value;
  return isDocumented ? undefined : UNRECOGNISED;
}
