import type { Language } from '#console/base/texts.ts';
import { localeOf } from '#console/base/times.ts';

/**
 * Currencies whose minor unit has another number of digits than two (ISO 4217). Intl knows the digits that people usually
 * write instead: for HUF it has none, and ISO has two.
 */
const DIGITS: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

/** The number of digits of a currency’s minor unit: 2 for EUR (cents). */
export const minorDigitsOf = (currency: string): number =>
  Number(Object.entries(DIGITS).find(([, codes]) => codes.split(' ').includes(currency))?.[0] ?? 2);

/** An amount in minor units as the language writes it, exact at any size: `€12.50`. */
export function moneyText(minorUnits: number, currency: string, language: Language): string {
  const digits = minorDigitsOf(currency);
  const amount = decimalOf(minorUnits, digits);
  try {
    return new Intl.NumberFormat(localeOf(language), {
      style: 'currency',
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(amount);
  } catch {
    // A currency that Intl cannot write, for example one of a newer release.
    return `${amount} ${currency}`;
  }
}

/** The decimal number, as text, because a number of this size may have no exact fraction. */
function decimalOf(minorUnits: number, digits: number): Decimal {
  const sign = minorUnits < 0 ? '-' : '';
  const figures = String(Math.abs(minorUnits)).padStart(digits + 1, '0');
  const [whole, fraction] = [figures.slice(0, figures.length - digits), figures.slice(figures.length - digits)];
  const decimal = `${sign}${whole}${fraction && '.'}${fraction}`;
  return isDecimal(decimal) ? decimal : minorUnits;
}

type Decimal = number | `${number}`;
const isDecimal = (text: string): text is `${number}` => Number.isFinite(Number(text));

/** The minor units of an amount that a person typed, with a comma or a point: `12.5` is 1250 cents. undefined: it is none. */
export function minorUnitsIn(typed: string, currency: string): number | undefined {
  const digits = minorDigitsOf(currency);
  const [, whole, fraction = ''] = /^(\d+)(?:[.,](\d+))?$/.exec(typed.trim()) ?? [];
  if (whole === undefined || fraction.length > digits) return undefined;
  const minorUnits = Number(whole + fraction.padEnd(digits, '0'));
  return Number.isSafeInteger(minorUnits) ? minorUnits : undefined;
}
