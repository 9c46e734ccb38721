import type { FaultTexts } from '#shared/http/faults.ts';
import type { QueryFault } from './log-query.ts';

/**
 * What to say about a value that does not pass a check, by the name that the check has for its message. Names in small
 * letters are those of formats, which the description of the API tells, too; names in capitals are those of rules.
 */
export const FIELD_FAULTS = {
  'plain-text': {
    code: 'UNPRINTABLE_CHARACTERS',
    message: 'It contains control characters, line breaks, direction marks or broken characters.',
    next: 'Give one line of printable text.',
  },
  'written-text': {
    code: 'UNPRINTABLE_CHARACTERS',
    message: 'It contains control characters or broken characters.',
    next: 'Give text with line breaks and tabs only.',
  },
  'attachment-id': {
    code: 'ID_INVALID',
    message: 'It is no id of an attachment.',
    next: 'Give the attachmentId that POST /attachments answered with.',
  },
  'date-time': {
    code: 'MOMENT_INVALID',
    message: 'It is no moment in ISO 8601 with its offset.',
    next: 'Give one like 2026-01-31T09:00:00Z.',
  },
  cursor: {
    code: 'CURSOR_INVALID',
    message: 'It is no cursor of ours.',
    next: 'Give the nextCursor of the page before, or none.',
  },
  email: { code: 'EMAIL_INVALID', message: 'It is no e-mail address.', next: 'Give one like ada@example.com.' },
  e164: {
    code: 'PHONE_INVALID',
    message: 'It is no phone number in E.164.',
    next: 'Give one like +4366012345678, with country code and digits only.',
  },
  sku: {
    code: 'SKU_INVALID',
    message: 'It is no article code.',
    next: 'Give 1 to 64 letters, digits or . _ : / # + -, beginning with a letter or digit.',
  },
  identifier: { code: 'ID_INVALID', message: 'It is no id.', next: 'Give 1 to 64 letters, digits, _ or -.' },
  'content-type': {
    code: 'CONTENT_TYPE_INVALID',
    message: 'It is no media type.',
    next: 'Give a type and a subtype without parameters, like application/pdf.',
  },
  sha256: {
    code: 'SHA256_INVALID',
    message: 'It is no SHA-256 in hexadecimal.',
    next: 'Give the 64 hexadecimal digits that sha256sum prints for the file.',
  },
  locale: { code: 'LOCALE_INVALID', message: 'It is no BCP 47 language tag.', next: 'Give one like en or de-AT.' },
  currency: {
    code: 'CURRENCY_UNKNOWN',
    message: 'It is no currency that is known here.',
    next: 'Give an ISO 4217 code in capitals, like EUR.',
  },
  BLANK: { code: 'BLANK', message: 'It is blank.', next: 'Give at least one visible character.' },
  LOCAL_PART_TOO_LONG: {
    code: 'EMAIL_INVALID',
    message: 'The part before the @ has more than 64 characters.',
    next: 'Check the address.',
  },
  CONTACT_UNREACHABLE: {
    code: 'CONTACT_UNREACHABLE',
    message: 'There is neither an e-mail address nor a phone number.',
    next: 'Give email, phone or both.',
  },
  TOTAL_TOO_LARGE: {
    code: 'TOTAL_TOO_LARGE',
    message: 'The total is too large to be told exactly.',
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
    next: 'Give both to ask for somebody, or neither to list everybody.',
  },
  FILE_NAME_INVALID: {
    code: 'FILE_NAME_INVALID',
    message: 'It is a path, not the name of a file.',
    next: 'Give the name alone, without slashes.',
  },
  FILE_TYPE_REFUSED: {
    code: 'FILE_TYPE_REFUSED',
    message: 'SES refuses attachments with this ending: they are used to attack those who open them.',
    next: 'Send another kind of file, or a link to it. The endings are listed in the documentation of SES.',
  },
} satisfies FaultTexts;

/** What a check has for its message. */
export type FaultName = keyof typeof FIELD_FAULTS | QueryFault;
