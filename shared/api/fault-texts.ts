import type * as v from 'valibot';
import type { FaultTexts } from '#shared/http/faults.ts';
import { finder, type Place } from '#shared/http/place.ts';
import { readMoment } from '#shared/messaging/timestamp.ts';
import { replacementIn, unprintableIn, unwritableIn } from './characters.ts';
import { emailFault } from './email-fault.ts';
import type { QueryFault } from './log-query.ts';
import { linkedDomainIn, webAddressIn } from './web-address.ts';

/** The text that a check was given. The input of a check of an object is the object; its path names the field. */
function textOf({ input, path }: v.BaseIssue<unknown>): string {
  const given = typeof input === 'string' ? input : path?.at(-1)?.value;
  return typeof given === 'string' ? given : '';
}

const at = (place: Place | undefined): string => (place ? `${place.codePoint} at character ${place.position}` : '');

/** The same fault, with the first character that the format does not allow. @param possible a class of characters. */
function namingCharacter(text: { code: string; message: string; next: string }, possible: string) {
  const outside = finder(`[^${possible}]`);
  return (issue: v.BaseIssue<unknown>) => {
    const found = outside(textOf(issue));
    return found ? { ...text, message: `${text.message} It has ${at(found)}.` } : text;
  };
}

const slashIn = finder(String.raw`[/\\]`);

/** The fault of a timestamp. @param hint added to what to do next. */
export const momentFault =
  (hint = '') =>
  (issue: v.BaseIssue<unknown>) => {
    const text = textOf(issue);
    const reading = readMoment(text);
    if ('fault' in reading && reading.fault === 'out-of-range')
      return {
        code: 'MOMENT_OUT_OF_RANGE',
        message: 'In UTC, it is outside the years 0001 to 9999.',
        next: `Give a timestamp within them.${hint}`,
      };
    return { code: 'MOMENT_INVALID', message: momentProblem(text), next: `Give one like 2026-01-31T09:00:00Z.${hint}` };
  };

function momentProblem(text: string): string {
  if (/^\d{4}-\d\d-\d\d /.test(text)) return 'A space between date and time is not supported: write T.';
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/i.test(text))
    return 'It has no offset from UTC (Z, or like +02:00).';
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return 'It is a date without a time.';
  return 'Not an RFC 3339 timestamp (date, T, time with seconds, offset), or not a date of the calendar.';
}

/**
 * What to say about a value that does not pass a check, by the name that the check has for its message. Names in small
 * letters are those of formats, which the description of the API tells, too; names in capitals are those of rules.
 */
export const FIELD_FAULTS = {
  'plain-text': (issue) => ({
    code: 'UNPRINTABLE_CHARACTERS',
    message: `It has ${at(unprintableIn(textOf(issue)))}: a control character, a line break, a mark that overrides the direction of text, or half a character.`,
    next: 'Leave it out: give one line of printable text. For text of another direction, use isolates (U+2066 to U+2069).',
  }),
  'written-text': (issue) => ({
    code: 'UNPRINTABLE_CHARACTERS',
    message: `It has ${at(unwritableIn(textOf(issue)))}: a control character, or half a character.`,
    next: 'Leave it out: give text with line breaks and tabs only.',
  }),
  CHARACTER_LOST: (issue) => ({
    code: 'CHARACTER_LOST',
    message: `It has ${at(replacementIn(textOf(issue)))}, which stands for a letter that could not be read.`,
    next: 'Send the body as UTF-8. If it was UTF-8, correct the text at its source.',
  }),
  WEB_ADDRESS: (issue) => ({
    code: 'WEB_ADDRESS',
    message: `It has a web address, from ${at(webAddressIn(textOf(issue)) ?? linkedDomainIn(textOf(issue)))}.`,
    next: 'Leave the address out: names, article codes and descriptions of an order must not contain links.',
  }),
  'attachment-id': {
    code: 'ID_INVALID',
    message: 'Not an attachment id.',
    next: 'Give the attachmentId that POST /attachments answered with.',
  },
  'date-time': momentFault(),
  cursor: {
    code: 'CURSOR_INVALID',
    message: 'Not a cursor of this API.',
    next: 'Give the nextCursor of the page before, or none.',
  },
  email: (issue) => ({ code: 'EMAIL_INVALID', ...emailFault(textOf(issue)) }),
  e164: namingCharacter(
    {
      code: 'PHONE_INVALID',
      message: 'Not a phone number in E.164.',
      next: 'Give one like +4366012345678, with country code and digits only.',
    },
    '+0-9',
  ),
  sku: namingCharacter(
    {
      code: 'SKU_INVALID',
      message: 'Not an article code.',
      next: 'Give 1 to 64 letters, digits or . _ : / # + -, beginning with a letter or digit.',
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
    { code: 'LOCALE_INVALID', message: 'Not a BCP 47 language tag.', next: 'Give one like en or de-AT.' },
    'A-Za-z0-9\\-',
  ),
  currency: {
    code: 'CURRENCY_UNKNOWN',
    message: 'Not an active currency of ISO 4217 with a minor unit. Amounts are in minor units.',
    next: 'Give a code of list one in capitals, like EUR.',
  },
  BLANK: { code: 'BLANK', message: 'It is blank.', next: 'Give at least one visible character.' },
  CONTACT_UNREACHABLE: {
    code: 'CONTACT_UNREACHABLE',
    message: 'There is neither an e-mail address nor a phone number.',
    next: 'Give email, phone or both.',
  },
  TOTAL_TOO_LARGE: {
    code: 'TOTAL_TOO_LARGE',
    message: 'The total is larger than JSON can represent exactly.',
    next: 'Lower quantities or prices, or place several orders.',
  },
  TOO_FAR_AHEAD: {
    code: 'TOO_FAR_AHEAD',
    message: 'It is more than 30 days ahead.',
    next: 'Ask for it again when it is nearer.',
  },
  TOO_MANY_SEGMENTS: ({ received, expected }) => ({
    code: 'TOO_MANY_SEGMENTS',
    message: `It would be sent in ${received} parts; ${expected} is the limit.`,
    next: 'Shorten it; characters outside GSM-7, such as emoji, make every part hold less than half.',
  }),
  DUPLICATE_ENTRIES: {
    code: 'DUPLICATE_ENTRIES',
    message: 'It has the same entry twice.',
    next: 'Give each entry once.',
  },
  TEXT_REQUIRED: {
    code: 'TEXT_REQUIRED',
    message: 'There is no plain text.',
    next: 'Give the message as plain text, too: not every reader shows HTML.',
  },
  INCOMPLETE: {
    code: 'INCOMPLETE',
    message: 'There is a channel without an address, or an address without a channel.',
    next: 'Give both to look up one recipient, or neither to list all.',
  },
  FILE_NAME_INVALID: (issue) => {
    const slash = slashIn(textOf(issue));
    return {
      code: 'FILE_NAME_INVALID',
      message: `It is a path, not the name of a file.${slash ? ` It has ${at(slash)}.` : ''}`,
      next: 'Give the name alone, without slashes.',
    };
  },
  FILE_TYPE_REFUSED: {
    code: 'FILE_TYPE_REFUSED',
    message: 'SES refuses attachments with this ending: they are used to attack those who open them.',
    next: 'Send another kind of file, or a link to it. The endings are listed in the documentation of SES.',
  },
} satisfies FaultTexts;

/** What a check has for its message. */
export type FaultName = keyof typeof FIELD_FAULTS | QueryFault;
