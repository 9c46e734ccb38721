import * as z from 'zod/mini';
import type { FormatFaults } from '#shared/http/faults.ts';

/**
 * Control characters, line breaks of every kind, marks that reorder the text around them, and halves
 * of surrogate pairs: none of them is a part of a name, and each has been used to forge one.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

/** Control characters beside line breaks and tabs, and halves of surrogate pairs. */
const UNWRITABLE = /(?![\t\r\n])[\p{Cc}\p{Cs}]/u;

const INVISIBLE_ONLY = /^[\s\p{Cf}]*$/u;

/** One line that a person wrote. @param maximum UTF-16 units. */
export function plainText(maximum: number) {
  return z
    .stringFormat('plain-text', (text: string) => !UNPRINTABLE.test(text))
    .check(
      z.refine((text) => !INVISIBLE_ONLY.test(text), {
        params: { code: 'BLANK', message: 'It is blank.', next: 'Give at least one visible character.' },
      }),
      z.maxLength(maximum),
    );
}

/**
 * A text of several lines that a person wrote: what is sent as it is. Line breaks and tabs belong to it, other
 * control characters do not. UTF-16 units are bounded by the size of a request.
 */
export const writtenText = z
  .stringFormat('written-text', (text: string) => !UNWRITABLE.test(text))
  .check(
    z.refine((text) => !INVISIBLE_ONLY.test(text), {
      params: { code: 'BLANK', message: 'It is blank.', next: 'Give at least one visible character.' },
    }),
  );

/** ASCII: SES takes no other local part; domains of other scripts are written as `xn--…`. */
export const emailAddress = z.email().check(
  z.maxLength(254),
  z.refine((address) => address.indexOf('@') <= 64, {
    params: {
      code: 'EMAIL_INVALID',
      message: 'The part before the @ has more than 64 characters.',
      next: 'Check the address.',
    },
  }),
);

export const phoneNumber = z.e164();

/** A code that a program gave: no free text, so it may travel in messages and logs. */
export const sku = z.stringFormat('sku', /^[A-Za-z0-9][A-Za-z0-9._:/#+-]{0,63}$/);

export const identifier = z.stringFormat('identifier', /^[A-Za-z0-9_-]{1,64}$/);

export const locale = z.stringFormat('locale', isLocale).check(z.maxLength(35));

export const currency = z.stringFormat('currency', isCurrency);

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

// Listing the currencies takes a moment that a function need not spend before the first request.
let currencies: ReadonlySet<string> | undefined;

function isCurrency(code: string): boolean {
  currencies ??= new Set(Intl.supportedValuesOf('currency'));
  return currencies.has(code);
}

/** What to say about a value that is not of one of the formats above. */
export const FIELD_FAULTS: FormatFaults = {
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
  datetime: {
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
};
