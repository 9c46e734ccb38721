import type { Language } from './texts.ts';

const LOCALES = { en: 'en-GB', de: 'de-AT' } as const satisfies Record<Language, string>;

/** The locale in which a language writes numbers, amounts and times. */
export const localeOf = (language: Language): string => LOCALES[language];

/** A number as the language writes it, with at most one digit after the comma. */
export const numberText = (value: number, language: Language): string => NUMBERS[language].format(value);

const numbersIn = (language: Language) => new Intl.NumberFormat(LOCALES[language], { maximumFractionDigits: 1 });
const NUMBERS = { en: numbersIn('en'), de: numbersIn('de') } as const satisfies Record<Language, Intl.NumberFormat>;

/** A formatter is kept, because creating one takes longer than the rest of a row in a table. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function timeText(at: Date, language: Language, options: Intl.DateTimeFormatOptions): string {
  const key = `${language} ${JSON.stringify(options)}`;
  const formatter = formatters.get(key) ?? new Intl.DateTimeFormat(LOCALES[language], options);
  formatters.set(key, formatter);
  return formatter.format(at);
}

/** A time for a row: the time of day if it is today, else with the date. In the viewer’s time zone. */
export function shortTime(instant: string, language: Language, now = new Date()): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return instant;
  const isToday = at.toDateString() === now.toDateString();
  const date = isToday ? {} : ({ day: 'numeric', month: 'short' } as const);
  const year = at.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const);
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  return timeText(at, language, { ...date, ...year, ...time });
}

/** The beginning of an hour, with its day. */
export function hourTime(instant: string, language: Language): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return instant;
  return timeText(at, language, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
}

/** The exact time, to the millisecond and with the time zone. */
export function exactTime(instant: string, language: Language): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return instant;
  return timeText(at, language, EXACT);
}

const EXACT = {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  timeZoneName: 'short',
} as const satisfies Intl.DateTimeFormatOptions;

/** A size of a file, like `12 KB`. */
export function sizeText(bytes: number, language: Language): string {
  if (bytes < 1024) return `${bytes} B`;
  const kilobytes = Math.round(bytes / 1024);
  return kilobytes < 1024 ? `${numberText(kilobytes, language)} KB` : `${numberText(bytes / 1024 / 1024, language)} MB`;
}

/** A duration with its two largest units, like `1.2 s` or `3 min 5 s`. Units are the same in every language. */
export function durationText(durationMs: number, language: Language): string {
  const ms = Math.max(0, Math.round(durationMs));
  if (ms < 1000) return `${ms} ms`;
  if (ms < 10_000) return `${numberText(ms / 1000, language)} s`;
  const seconds = Math.round(ms / 1000);
  const [largest = UNITS.length - 1] = UNITS.flatMap(([size], index) => (seconds >= size ? [index] : []));
  const [size, unit] = UNITS[largest] ?? [1, 's'];
  const [nextSize, nextUnit] = UNITS[largest + 1] ?? [1, ''];
  const rest = Math.floor((seconds % size) / nextSize);
  const whole = `${numberText(Math.floor(seconds / size), language)} ${unit}`;
  return nextUnit === '' || rest === 0 ? whole : `${whole} ${rest} ${nextUnit}`;
}

const UNITS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** The text of a field for date and time (`2026-11-30T10:00`, in the viewer’s time zone) as a time in UTC; '' if it is none. */
export function instantOf(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}

/** The reverse of `instantOf`; '' also for a time that a field cannot show. */
export function localTimeOf(instant: string | undefined): string {
  const at = new Date(instant ?? '');
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  const text = Number.isNaN(shifted.getTime()) ? '' : shifted.toISOString();
  return /^\d{4}-/.test(text) ? text.slice(0, 16) : '';
}
