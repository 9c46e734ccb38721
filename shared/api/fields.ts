import * as v from 'valibot';
import type { FaultName } from './fault-texts.ts';

/** Looking up Unicode's classes takes a moment that a function need not spend before the first request. */
function hasSome(pattern: string): (text: string) => boolean {
  let compiled: RegExp | undefined;
  return (text) => {
    compiled ??= new RegExp(pattern, 'u');
    return compiled.test(text);
  };
}

/**
 * Control characters, line breaks of every kind, marks that reorder the text around them, and halves
 * of surrogate pairs: none of them is a part of a name, and each has been used to forge one.
 */
const isUnprintable = hasSome(String.raw`[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]`);

/** Control characters beside line breaks and tabs, and halves of surrogate pairs. */
const isUnwritable = hasSome(String.raw`(?![\t\r\n])[\p{Cc}\p{Cs}]`);

const isVisible = hasSome(String.raw`[^\s\p{Cf}]`);

/** Text of a format. @param name what is told of other text; the description of the API has it, too */
export const textOf = (name: FaultName, format: RegExp | ((text: string) => boolean)) =>
  v.pipe(v.string(), format instanceof RegExp ? v.regex(format, name) : v.check(format, name));

/** Something else that a value has to be. @param name what is told where it is not */
export const rule = <Value>(name: FaultName, isFine: (value: Value) => boolean) => v.check(isFine, name);

/** One line that a person wrote. @param maximum characters of Unicode, as JSON Schema counts them. */
export const plainText = (maximum: number) =>
  v.pipe(
    textOf('plain-text', (text) => !isUnprintable(text)),
    rule('BLANK', isVisible),
    v.maxCodePoints(maximum),
  );

/**
 * A text of several lines that a person wrote: what is sent as it is. Line breaks and tabs belong to it, other
 * control characters do not. Characters are bounded by the size of a request.
 */
export const writtenText = v.pipe(
  textOf('written-text', (text) => !isUnwritable(text)),
  rule('BLANK', isVisible),
);

/**
 * ASCII: SES takes no other local part; domains of other scripts are written as `xn--…`. No quotes, no comments and no
 * address of a machine, none of which a customer has. valibot's own rule refuses the apostrophe of `o'hara@…`.
 */
const EMAIL = /^(?:[A-Za-z0-9_'+-]+\.)*[A-Za-z0-9_'+-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$/;

export const emailAddress = v.pipe(
  textOf('email', EMAIL),
  v.maxCodePoints(254),
  rule('LOCAL_PART_TOO_LONG', (address) => address.indexOf('@') <= 64),
);

/** E.164: the shortest numbers that are dialled from abroad have seven digits with their country's code. */
export const phoneNumber = textOf('e164', /^\+[1-9]\d{6,14}$/);

const TIMED = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** ISO 8601 with its offset: a moment, wherever it is read. valibot's own rule takes the 31st of every month. */
export const moment = textOf('date-time', (text) => TIMED.test(text) && isDay(text.slice(0, 10)));

/** The 30th of February is read as a day of March. */
function isDay(day: string): boolean {
  const date = new Date(day);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** A code that a program gave: no free text, so it may travel in messages and logs. */
export const sku = textOf('sku', /^[A-Za-z0-9][A-Za-z0-9._:/#+-]{0,63}$/);

export const identifier = textOf('identifier', /^[A-Za-z0-9_-]{1,64}$/);

export const locale = v.pipe(textOf('locale', isLocale), v.maxCodePoints(35));

export const currency = textOf('currency', isCurrency);

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
