import { minorUnitsOf } from '#shared/domain/currency/currency.ts';

/** Our texts are English, so figures are written with its digits whatever the locale. */
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
 * @param currency ISO 4217; its minor unit decides about the decimals (JPY 0, HUF 2, KWD 3), whatever the runtime's ICU
 *   would show. A currency that was withdrawn since the order was placed is written with the decimals of the runtime.
 * @param style `symbol` (€12.50), or `code` (EUR 12.50) for text that should stay within plain letters.
 * @returns amounts as text, exact at any size: Intl takes the decimal digits, never a float.
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
/** Intl puts them around figures in right-to-left locales; our English sentence reads from the left. */
const DIRECTION_MARK = /[\u061C\u200E\u200F]/gu;

/** A count with the locale's grouping: 1,000. */
export function countText(count: number, locale: string): string {
  return new Intl.NumberFormat(knownLocale(locale), LATIN_DIGITS).format(count);
}

/** A moment as anybody can read it, in UTC because where the reader is, nobody knows: 2025-05-03 10:12 UTC. */
export function momentText(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

type DecimalText = `${number}`;

function decimalText(minorUnits: bigint, decimals: number): DecimalText {
  const sign = minorUnits < 0n ? '-' : '';
  const digits = String(minorUnits < 0n ? -minorUnits : minorUnits).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals);
  return `${sign}${whole}${fraction && '.'}${fraction}` as DecimalText;
}
