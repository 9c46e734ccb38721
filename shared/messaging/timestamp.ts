/** `date-time` of RFC 3339: T and Z in either case, any number of decimals, second 60, every offset. */
const DATE_TIME =
  /^(?<day>\d{4}-\d\d-\d\d)[Tt](?<minute>(?:[01]\d|2[0-3]):[0-5]\d):(?<second>[0-5]\d|60)(?:\.(?<fraction>\d+))?(?<offset>[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Keys and answers write years with four digits. Another year would sort wrongly or throw. */
export const EARLIEST_MS = Date.parse('0001-01-01T00:00:00.000Z');
/** The last supported timestamp. */
export const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z');

export type Reading = { at: number } | { fault: 'not-a-timestamp' | 'no-such-day' | 'out-of-range' };

/**
 * Reads a timestamp of RFC 3339.
 * Decimals after the third are cut off. RFC 3339 allows second 60 for leap seconds. It is read as the first second of
 * the next minute, as POSIX time counts, because we keep no table of leap seconds.
 * @returns epoch milliseconds, or the fault.
 */
export function readTimestamp(text: string): Reading {
  const parts = DATE_TIME.exec(text)?.groups;
  if (!parts) return { fault: 'not-a-timestamp' };
  const { day = '', minute, second, fraction = '', offset = '' } = parts;
  if (!isDay(day)) return { fault: 'no-such-day' };
  const [seconds, leapMs] = second === '60' ? ['59', 1000] : [second, 0];
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const at = Date.parse(`${day}T${minute}:${seconds}.${milliseconds}${offset.toUpperCase()}`) + leapMs;
  return at >= EARLIEST_MS && at <= LATEST_MS ? { at } : { fault: 'out-of-range' };
}

/** Whether the calendar has the day. `Date` alone reads 30 February as a day of March. */
function isDay(day: string): boolean {
  const date = new Date(day);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/**
 * Converts a valid timestamp to the form of rows and keys: ISO 8601 in UTC with milliseconds.
 * @throws RangeError if it is not valid.
 */
export function inUtc(text: string): string {
  const reading = readTimestamp(text);
  if ('fault' in reading) throw new RangeError('Not a timestamp: check it with readTimestamp first.');
  return new Date(reading.at).toISOString();
}
