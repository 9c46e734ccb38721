/** RFC 3339, `date-time`: T and Z in either case, any number of decimals, second 60, every offset. */
const DATE_TIME =
  /^(?<day>\d{4}-\d\d-\d\d)[Tt](?<minute>(?:[01]\d|2[0-3]):[0-5]\d):(?<second>[0-5]\d|60)(?:\.(?<fraction>\d+))?(?<offset>[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Keys and answers have years of four digits. A year outside them would sort wrongly or throw. */
export const EARLIEST_MS = Date.parse('0001-01-01T00:00:00.000Z');
/** The last moment that is supported. */
export const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z');

export type Reading = { at: number } | { fault: 'not-a-moment' | 'out-of-range' };

/**
 * A moment of RFC 3339, in epoch milliseconds; further decimals are cut off. Second 60, which RFC 3339 has for leap
 * seconds, is the first second of the next minute, as in POSIX time: no table of leap seconds is kept.
 */
export function readMoment(text: string): Reading {
  const { day = '', minute, second, fraction = '', offset = '' } = DATE_TIME.exec(text)?.groups ?? {};
  if (!isDay(day)) return { fault: 'not-a-moment' };
  const [seconds, leapMs] = second === '60' ? ['59', 1000] : [second, 0];
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const at = Date.parse(`${day}T${minute}:${seconds}.${milliseconds}${offset.toUpperCase()}`) + leapMs;
  return at >= EARLIEST_MS && at <= LATEST_MS ? { at } : { fault: 'out-of-range' };
}

/** Date reads the 30th of February as a day of March. */
function isDay(day: string): boolean {
  const date = new Date(day);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** A moment that was checked, as rows and keys have it: ISO 8601 in UTC with milliseconds. */
export function inUtc(text: string): string {
  const reading = readMoment(text);
  if ('fault' in reading) throw new RangeError('Not a timestamp: check it with readMoment first.');
  return new Date(reading.at).toISOString();
}
