import * as v from 'valibot';
import { finder } from '#shared/http/place.ts';
import { inUtc, readTimestamp } from '#shared/messaging/timestamp.ts';
import { minorUnitsOf } from '#shared/money/currency.ts';
import { EMAIL_ADDRESS } from '#shared/names.ts';
import { replacementIn, unprintableIn, unwritableIn } from './characters.ts';
import type { FaultName } from './fault-texts.ts';
import { linkedDomainIn, webAddressIn } from './web-address.ts';

const isVisible = finder(String.raw`[^\s\p{Cf}]`);

/** Text in a format. @param name of the fault for other text; the OpenAPI document shows it as `format`. */
export const textOf = (name: FaultName, format: RegExp | ((text: string) => boolean)) =>
  v.pipe(v.string(), format instanceof RegExp ? v.regex(format, name) : v.check(format, name));

/** A rule beside the format. @param name of the fault for a value that breaks it. */
export const rule = <Value>(name: FaultName, isFine: (value: Value) => boolean) => v.check(isFine, name);

/** Refuses text without a visible character as BLANK. */
const visible = rule('BLANK', (text: string) => isVisible(text) !== undefined);

/** Refuses text as CHARACTER_LOST if U+FFFD replaced a character before it reached us. */
const withoutLostCharacters = rule('CHARACTER_LOST', (text: string) => replacementIn(text) === undefined);

/**
 * Limits the number of Unicode characters, as JSON Schema counts them, in composed form (NFC): `é` is one character,
 * however it was typed. The text itself is not changed.
 */
function atMost(maximum: number) {
  const bound = v.maxCodePoints<string, number>(maximum);
  return {
    ...bound,
    '~run'(dataset, config) {
      if (!dataset.typed) return dataset;
      const { issues } = bound['~run']({ typed: true, value: dataset.value.normalize('NFC') }, config);
      // A spread loses which member of valibot's union the dataset is.
      return issues ? ({ ...dataset, issues: [...(dataset.issues ?? []), ...issues] } as typeof dataset) : dataset;
    },
  } satisfies typeof bound;
}

/** One line of text written by a person. @param maximum Unicode characters. */
export const plainText = (maximum: number) =>
  v.pipe(
    textOf('plain-text', (text) => unprintableIn(text) === undefined),
    withoutLostCharacters,
    visible,
    atMost(maximum),
  );

/** Anyone may type this text into an order form, and recipients read it under the seller's name. */
const withoutWebAddress = rule('WEB_ADDRESS', (text: string) => webAddressIn(text) === undefined);

/** The name of a recipient. */
export const contactName = v.pipe(
  plainText(100),
  rule('WEB_ADDRESS', (text) => webAddressIn(text) === undefined && linkedDomainIn(text) === undefined),
);

/** Description of an article. It may contain a domain with a path (`Node.js/Express`), which is a link in a name. */
export const description = v.pipe(plainText(200), withoutWebAddress);

/**
 * A text of several lines, written by a person and sent unchanged. Line breaks and tabs are allowed, other control
 * characters are not. The size of the request limits its length.
 */
export const writtenText = v.pipe(
  textOf('written-text', (text) => unwritableIn(text) === undefined),
  withoutLostCharacters,
  visible,
);

export const emailAddress = v.pipe(textOf('email', EMAIL_ADDRESS), v.maxCodePoints(254));

/** E.164. The shortest international numbers have seven digits, with the country code. */
export const phoneNumber = textOf('e164', /^\+[1-9]\d{6,14}$/);

/**
 * A timestamp of RFC 3339 with an offset, in the years 0001 to 9999 in UTC. The output is the same instant in the form
 * of keys: in UTC with milliseconds.
 */
export const timestamp = v.pipe(
  textOf('date-time', (text) => 'at' in readTimestamp(text)),
  v.transform(inUtc),
);

/** A code given by a program. It is no free text, so messages and logs may contain it. */
export const sku = v.pipe(textOf('sku', /^[A-Za-z0-9][A-Za-z0-9._:/#+-]{0,63}$/), withoutWebAddress);

export const identifier = textOf('identifier', /^[A-Za-z0-9_-]{1,64}$/);

export const locale = v.pipe(textOf('locale', isLocale), v.maxCodePoints(35));

export const currency = textOf('currency', (code) => minorUnitsOf(code) !== undefined);

/** BCP 47 permits languages of up to eight letters, like `deutsch`. But each registered language has two or three. */
function isLocale(tag: string): boolean {
  try {
    return new Intl.Locale(tag).language.length <= 3;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * Answers of the API. The schemas describe the answers, and tests check answers with them. No code parses with them at
 * run time.
 */

/** Our answers write timestamps in UTC. */
export const utcTimestamp = textOf('date-time', (text) => v.is(timestamp, text) && text.endsWith('Z'));

/** The format of a customer id, in paths and bodies. */
export const CUSTOMER_ID = /^[A-Za-z0-9_-]{1,64}$/;
