import { minorUnitsOf } from '#shared/money/currency.ts';
import { languageOf } from './language.ts';

/** Our texts are in languages that are written with Latin digits, so figures have them in every locale. */
const LATIN_DIGITS = { numberingSystem: 'latn' } as const;

/**
 * The locale if this runtime has its data, else `en`. Without this, Intl would silently take the
 * machine's own locale for an unknown one and throw for a malformed one.
 */
export function knownLocale(locale: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale)[0] ?? 'en';
  } catch (error) {
    if (error instanceof RangeError) return 'en';
    throw error;
  }
}

/** Writes amounts of one currency. */
export type MoneyFormat = (minorUnits: bigint) => string;

/**
 * @param currency ISO 4217. Its minor unit decides the number of decimals (JPY 0, HUF 2, KWD 3), not the runtime's ICU.
 *   A currency that was withdrawn after the order was placed has the decimals of the runtime.
 * @param style `symbol` (€12.50), or `code` (EUR 12.50) for text that should stay within plain letters.
 * @returns a function that formats amounts of any size exactly: Intl receives the decimal digits, never a float.
 */
export function moneyFormat(currency: string, locale: string, style: 'symbol' | 'code'): MoneyFormat {
  const digits = minorUnitsOf(currency);
  const format = new Intl.NumberFormat(knownLocale(locale), {
    ...LATIN_DIGITS,
    style: 'currency',
    currency,
    currencyDisplay: style,
    ...(digits !== undefined && { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  });
  const decimals = format.resolvedOptions().maximumFractionDigits ?? 0;
  const plain = (text: string): string => (style === 'code' ? text.replace(NO_BREAK_SPACE, ' ') : text);
  return (minorUnits) => plain(format.format(decimalText(minorUnits, decimals)).replace(DIRECTION_MARK, ''));
}

const NO_BREAK_SPACE = /[\u00A0\u202F]/gu;
/** Intl puts these marks around figures in right-to-left locales. Our sentences run left to right. */
const DIRECTION_MARK = /[\u061C\u200E\u200F]/gu;

/** A count with the locale's grouping: 1,000. */
export function countText(count: number, locale: string): string {
  return new Intl.NumberFormat(knownLocale(locale), LATIN_DIGITS).format(count);
}

/**
 * A time with its date, in the language of our texts: January 2, 2026 at 3:04 AM UTC.
 * UTC, because the reader's time zone is not known.
 */
export function timeText(iso: string, locale: string): string {
  const known = knownLocale(locale);
  // A locale of a language that our texts do not have would put its words into an English text.
  const written = languageOf(known) === known.split('-')[0] ? known : 'en';
  const format = new Intl.DateTimeFormat(written, { ...TIME_PARTS, ...LATIN_DIGITS });
  return format.format(new Date(iso));
}

const TIME_PARTS = {
  calendar: 'gregory',
  timeZone: 'UTC',
  year: 'numeric',
  month: 'long',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  timeZoneName: 'short',
} as const;

type DecimalText = `${number}`;

function decimalText(minorUnits: bigint, decimals: number): DecimalText {
  const sign = minorUnits < 0n ? '-' : '';
  const digits = String(minorUnits < 0n ? -minorUnits : minorUnits).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals);
  // Intl keeps every digit of a text, but its type accepts only a text that the compiler knows to be a number.
  return `${sign}${whole}${fraction && '.'}${fraction}` as DecimalText;
}
