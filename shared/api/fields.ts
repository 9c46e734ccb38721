import * as v from 'valibot';
import { minorUnitsOf } from '#shared/domain/currency/currency.ts';
import { finder } from '#shared/http/place.ts';
import { inUtc, readMoment } from '#shared/messaging/timestamp.ts';
import { EMAIL_ADDRESS } from '#shared/names.ts';
import { replacementIn, unprintableIn, unwritableIn } from './characters.ts';
import type { FaultName } from './fault-texts.ts';
import { linkedDomainIn, webAddressIn } from './web-address.ts';

const isVisible = finder(String.raw`[^\s\p{Cf}]`);

/** Text of a format. @param name what is told of other text; the description of the API has it, too */
export const textOf = (name: FaultName, format: RegExp | ((text: string) => boolean)) =>
  v.pipe(v.string(), format instanceof RegExp ? v.regex(format, name) : v.check(format, name));

/** Something else that a value has to be. @param name what is told where it is not */
export const rule = <Value>(name: FaultName, isFine: (value: Value) => boolean) => v.check(isFine, name);

/** Not BLANK: it has something that a reader sees. */
const visible = rule('BLANK', (text: string) => isVisible(text) !== undefined);

/** Not CHARACTER_LOST: no letter became U+FFFD on the way to us. */
const unharmed = rule('CHARACTER_LOST', (text: string) => replacementIn(text) === undefined);

/**
 * At most so many characters of Unicode, as JSON Schema counts them, and composed (NFC): `é` is one, however it was
 * typed. The text itself stays as it was given.
 */
function atMost(maximum: number) {
  const bound = v.maxCodePoints<string, number>(maximum);
  return {
    ...bound,
    '~run'(dataset, config) {
      if (!dataset.typed) return dataset;
      const { issues } = bound['~run']({ typed: true, value: dataset.value.normalize('NFC') }, config);
      return issues ? ({ ...dataset, issues: [...(dataset.issues ?? []), ...issues] } as typeof dataset) : dataset;
    },
  } satisfies typeof bound;
}

/** One line that a person wrote. @param maximum characters of Unicode. */
export const plainText = (maximum: number) =>
  v.pipe(
    textOf('plain-text', (text) => unprintableIn(text) === undefined),
    unharmed,
    visible,
    atMost(maximum),
  );

/** Text that a stranger may have typed into an order form, and that arrives under the seller's name. */
const withoutWebAddress = rule('WEB_ADDRESS', (text: string) => webAddressIn(text) === undefined);

/** The name of a recipient. */
export const contactName = v.pipe(
  plainText(100),
  rule('WEB_ADDRESS', (text) => webAddressIn(text) === undefined && linkedDomainIn(text) === undefined),
);

/** What is sold. It may name a domain with a path (`Node.js/Express`), which in names of people is a link. */
export const description = v.pipe(plainText(200), withoutWebAddress);

/**
 * A text of several lines that a person wrote: what is sent as it is. Line breaks and tabs belong to it, other
 * control characters do not. Characters are bounded by the size of a request.
 */
export const writtenText = v.pipe(
  textOf('written-text', (text) => unwritableIn(text) === undefined),
  unharmed,
  visible,
);

export const emailAddress = v.pipe(textOf('email', EMAIL_ADDRESS), v.maxCodePoints(254));

/** E.164: the shortest numbers that are dialled from abroad have seven digits with their country's code. */
export const phoneNumber = textOf('e164', /^\+[1-9]\d{6,14}$/);

/**
 * A moment in RFC 3339, which says where it is read: with its offset. Years 0001 to 9999 in UTC. What comes out is the
 * same moment as keys have it, in UTC with milliseconds.
 */
export const moment = v.pipe(
  textOf('date-time', (text) => 'at' in readMoment(text)),
  v.transform(inUtc),
);

/** A code that a program gave: no free text, so it may travel in messages and logs. */
export const sku = v.pipe(textOf('sku', /^[A-Za-z0-9][A-Za-z0-9._:/#+-]{0,63}$/), withoutWebAddress);

export const identifier = textOf('identifier', /^[A-Za-z0-9_-]{1,64}$/);

export const locale = v.pipe(textOf('locale', isLocale), v.maxCodePoints(35));

export const currency = textOf('currency', (code) => minorUnitsOf(code) !== undefined);

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
