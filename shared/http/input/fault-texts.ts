import type * as v from 'valibot';
import { type FaultTexts, optionsOf } from '#shared/http/faults.ts';
import { finder, type Place } from '#shared/http/place.ts';
import { readTimestamp } from '#shared/messaging/timestamp.ts';
import { replacementIn, unprintableIn, unwritableIn } from './characters.ts';
import { emailFault } from './email-fault.ts';
import { MOST_STATISTICS_DAYS, PAGE_LIMIT } from './query-limits.ts';
import { linkedDomainIn, webAddressIn } from './web-address.ts';

/** The text that was checked. For a check of an object, the input is the object, and the path ends at the field. */
function textOf({ input, path }: v.BaseIssue<unknown>): string {
  const given = typeof input === 'string' ? input : path?.at(-1)?.value;
  return typeof given === 'string' ? given : '';
}

const at = (place: Place | undefined): string => (place ? `${place.codePoint} at character ${place.position}` : '');

/** Adds the first character that the format does not allow to the message. @param possible a class of characters. */
function namingCharacter(text: { code: string; message: string; next: string }, possible: string) {
  const outside = finder(`[^${possible}]`);
  return (issue: v.BaseIssue<unknown>) => {
    const found = outside(textOf(issue));
    return found ? { ...text, message: `${text.message} It has ${at(found)}.` } : text;
  };
}

const slashIn = finder(String.raw`[/\\]`);

/** The fault of a timestamp. @param hint added to `next`. */
const timestampFault =
  (hint = '') =>
  (issue: v.BaseIssue<unknown>) => {
    const text = textOf(issue);
    const reading = readTimestamp(text);
    const fault = 'fault' in reading ? reading.fault : undefined;
    if (fault === 'out-of-range')
      return {
        code: 'TIMESTAMP_OUT_OF_RANGE',
        message: 'In UTC, it is outside the years 0001 to 9999.',
        next: `Give a timestamp within these years.${hint}`,
      };
    const message = fault === 'no-such-day' ? 'The calendar has no such day.' : formatFault(text);
    return { code: 'TIMESTAMP_INVALID', message, next: `Give a timestamp like 2026-01-31T09:00:00Z.${hint}` };
  };

function formatFault(text: string): string {
  if (/^\d{4}-\d\d-\d\d /.test(text)) return 'A space between date and time is not supported: write T.';
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/i.test(text))
    return 'It has no offset from UTC (Z, or like +02:00).';
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return 'It is a date without a time.';
  return 'Not an RFC 3339 timestamp with an offset.';
}

/**
 * The faults of body fields and parameters. The key is the name that a check has as its message. Names in lower case
 * are formats, which the OpenAPI document shows as `format`. Names in upper case are rules.
 */
export const FIELD_FAULTS = {
  'plain-text': (issue) => ({
    code: 'UNPRINTABLE_CHARACTERS',
    message: `It has ${at(unprintableIn(textOf(issue)))}: a control character, a line break, a mark that overrides the direction of text, or half of a surrogate pair.`,
    next: 'Remove it, and give one line of printable text. For text of another direction, use isolates (U+2066 to U+2069).',
  }),
  'written-text': (issue) => ({
    code: 'UNPRINTABLE_CHARACTERS',
    message: `It has ${at(unwritableIn(textOf(issue)))}: a control character, or half of a surrogate pair.`,
    next: 'Remove it. Line breaks and tabs are the only control characters that are accepted.',
  }),
  CHARACTER_LOST: (issue) => ({
    message: `It has ${at(replacementIn(textOf(issue)))}, which replaces a character that could not be decoded.`,
    next: 'Send the request as UTF-8. If it was UTF-8, correct the text at its source.',
  }),
  WEB_ADDRESS: (issue) => ({
    message: `It contains a web address, from ${at(webAddressIn(textOf(issue)) ?? linkedDomainIn(textOf(issue)))}.`,
    next: 'Remove the address. Names, article codes and descriptions of an order must not contain links.',
  }),
  'attachment-id': {
    code: 'ID_INVALID',
    message: 'Not an attachment id.',
    next: 'Give the attachmentId from the answer to POST /attachments.',
  },
  'date-time': timestampFault(),
  cursor: {
    code: 'CURSOR_INVALID',
    message: 'Not a cursor of this API.',
    next: 'Give the nextCursor of the previous page, or no cursor.',
  },
  email: (issue) => ({ code: 'EMAIL_INVALID', ...emailFault(textOf(issue)) }),
  e164: namingCharacter(
    {
      code: 'PHONE_INVALID',
      message: 'Not a phone number in E.164.',
      next: 'Give a number like +4366012345678, with the country code, and digits only.',
    },
    '+0-9',
  ),
  sku: namingCharacter(
    {
      code: 'SKU_INVALID',
      message: 'Not an article code.',
      next: 'Give 1 to 64 letters, digits or . _ : / # + -. The first character is a letter or digit.',
    },
    'A-Za-z0-9._:/#+\\-',
  ),
  identifier: namingCharacter(
    { code: 'ID_INVALID', message: 'Not an id.', next: 'Give 1 to 64 letters, digits, _ or -.' },
    'A-Za-z0-9_\\-',
  ),
  'content-type': namingCharacter(
    {
      code: 'CONTENT_TYPE_INVALID',
      message: 'Not a media type.',
      next: 'Give a type and a subtype without parameters, like application/pdf.',
    },
    'A-Za-z0-9!#$&^_.+/\\-',
  ),
  sha256: namingCharacter(
    {
      code: 'SHA256_INVALID',
      message: 'Not a SHA-256 in hexadecimal.',
      next: 'Give the 64 hexadecimal digits that sha256sum prints for the file.',
    },
    '0-9A-Fa-f',
  ),
  locale: namingCharacter(
    {
      code: 'LOCALE_INVALID',
      message: 'Not a BCP 47 language tag.',
      next: 'Give a tag like en or de-AT. It starts with a language of two or three letters.',
    },
    'A-Za-z0-9\\-',
  ),
  currency: {
    code: 'CURRENCY_UNKNOWN',
    message: 'Not an active currency of ISO 4217 with a minor unit. Amounts are in minor units.',
    next: 'Give a code of list one in upper case, like EUR.',
  },
  'event-type': {
    code: 'EVENT_TYPE_INVALID',
    message: 'Not a type of a published message.',
    next: 'Give the `type` of a message in GET /asyncapi.json, like counterfoil.order.confirmed.v1.',
  },
  EVENT_TYPE_INTERNAL: {
    message: 'Messages of this type are internal requests to send. They are not posted to webhooks.',
    next: 'Give the `type` of an event, like counterfoil.notification.sent.v1.',
  },
  'webhook-url': {
    code: 'URL_INVALID',
    message:
      'Not a URL that webhooks can be posted to: an absolute https URL without user, password and fragment. ' +
      'http is only for hosts that the stage trusts, like the inbox of the local cloud.',
    next: 'Give a URL like https://billing.example.com/hooks. A receiver identifies us by the signature.',
  },
  REPEATED: { message: 'It contains an entry twice.', next: 'Name each entry once.' },
  ENDPOINT_REPEATED: { message: 'Two endpoints have the same endpointId.', next: 'Give each endpoint its own id.' },
  BLANK: { message: 'It is blank.', next: 'Give at least one visible character.' },
  CONTACT_UNREACHABLE: {
    message: 'There is neither an e-mail address nor a phone number.',
    next: 'Give email, phone or both.',
  },
  CONTACT_OR_CUSTOMER_REQUIRED: {
    // The field is missing, as any other required one.
    code: 'REQUIRED',
    message: 'There is neither a contact nor a customerId.',
    next: 'Give a contact, or the customerId of a registered customer.',
  },
  TOTAL_TOO_LARGE: {
    message: 'The total is larger than JSON can represent exactly.',
    next: 'Reduce quantities or prices, or place several orders.',
  },
  TOO_FAR_AHEAD: {
    message: 'It is more than 30 days ahead.',
    next: 'Send the request again when the time is nearer.',
  },
  TOO_MANY_SEGMENTS: ({ received, expected }) => ({
    message: `It would be sent in at least ${received} parts. The limit is ${expected}.`,
    next: 'Shorten the text. With characters outside GSM-7, such as emoji, every part holds less than half.',
  }),
  DUPLICATE_ENTRIES: {
    message: 'It has the same entry twice.',
    next: 'Give each entry once.',
  },
  NOT_INCREASING: {
    message: 'Its numbers do not increase.',
    next: 'Give each number larger than the one before, like [1, 10, 100].',
  },
  RANGE_REVERSED: {
    message: 'from is not before to, so the range is empty.',
    next: 'Swap from and to, or widen the range.',
  },
  SELECTION_EMPTY: {
    message: 'It selects nothing in particular.',
    next: 'Give at least one filter, or ids.',
  },
  IDS_WITH_FILTERS: {
    message: 'There are ids and filters.',
    next: 'Give either ids or filters.',
  },
  color: {
    code: 'COLOR_INVALID',
    message: 'Not a colour in hexadecimal.',
    next: 'Give # and six hexadecimal digits, like #1b5e20.',
  },
  'https-url': {
    code: 'URL_INVALID',
    message: 'Not an https URL with a host and a path, without credentials, spaces, quotes, brackets or braces.',
    next: 'Give a URL like https://shop.example/logo.png. Mail clients show no images from other schemes.',
  },
  TEMPLATE_INVALID: ({ received }) => ({
    message: `It does not parse: ${received}.`,
    next: 'Write placeholders as {{name}}. HTML is a well-nested fragment with double quotes, and without scripts.',
  }),
  NOT_ON_CHANNEL: ({ expected }) => ({
    code: 'INVALID',
    message: 'No message on this channel has this template.',
    next: `Give one of: ${optionsOf(expected)}. Or change the channel.`,
  }),
  PLACEHOLDER_UNKNOWN: ({ received, expected }) => ({
    message: `It has placeholders that are not offered here: ${received}.`,
    next: `Use only these: ${expected}.`,
  }),
  TEMPLATE_TOO_LARGE: ({ received, expected }) => ({
    message: `With sample data, it has ${received} characters. The limit is ${expected}.`,
    next: 'Shorten it.',
  }),
  OVERRIDE_EMPTY: {
    message: 'It changes nothing.',
    next: 'Give a subject, a text, or a text and HTML. To use the built-in text, remove the entry.',
  },
  TEXT_REQUIRED: {
    message: 'There is no plain text.',
    next: 'Give the message as plain text as well, because some readers do not show HTML.',
  },
  INCOMPLETE: {
    message: 'There is a channel without an address, or an address without a channel.',
    next: 'Give both to look up one recipient, or neither to list all of them.',
  },
  FILE_NAME_INVALID: (issue) => {
    const slash = slashIn(textOf(issue));
    return {
      message: `It is a path, not the name of a file.${slash ? ` It has ${at(slash)}.` : ''}`,
      next: 'Give only the name, without slashes.',
    };
  },
  FILE_TYPE_REFUSED: {
    message: 'SES refuses attachments with this extension, because they are used in attacks on recipients.',
    next: 'Send another type of file, or a link to the file. The documentation of SES lists the refused extensions.',
  },
} satisfies FaultTexts;

/** The fault of a recipient in a query. Text with an @ was meant as an address, so its own fault is reported. */
function recipientFault(issue: v.BaseIssue<unknown>) {
  const text = textOf(issue);
  const code = 'RECIPIENT_INVALID';
  const isDecodedPlus = text.includes(' ');
  if (text.includes('@') && !isDecodedPlus) return { code, ...emailFault(text) };
  return {
    code,
    message: 'Neither an e-mail address nor a phone number in E.164.',
    next: 'Give one like ada@example.com or +4366012345678. Write a + as %2B.',
  };
}

/** Faults of parameters, where they differ from those of body fields or occur only in a query. */
const PARAMETER_FAULTS = {
  'date-time': timestampFault(' Write a + as %2B.'),
  recipient: recipientFault,
  'order-id': {
    code: 'ID_INVALID',
    message: 'Not an order id.',
    next: 'Give the orderId from the answer to POST /orders.',
  },
  purpose: namingCharacter(
    {
      code: 'PURPOSE_INVALID',
      message: 'Not a purpose.',
      next: 'Give 1 to 64 letters, digits, _ or -, like order-confirmation.',
    },
    'A-Za-z0-9_\\-',
  ),
  limit: {
    code: 'LIMIT_INVALID',
    message: `Not a whole number from 1 to ${PAGE_LIMIT.most}.`,
    next: `Give such a number, or omit it. The default is ${PAGE_LIMIT.default}.`,
  },
  RANGE_TOO_LONG: {
    message: `The range is longer than ${MOST_STATISTICS_DAYS} days.`,
    next: 'Request several shorter ranges.',
  },
} satisfies FaultTexts;

/** The faults of parameters, by the name of the check. */
export const QUERY_FAULTS: FaultTexts = { ...FIELD_FAULTS, ...PARAMETER_FAULTS };

/** The names that a check may have as its message. */
export type FaultName = keyof typeof FIELD_FAULTS | keyof typeof PARAMETER_FAULTS;
