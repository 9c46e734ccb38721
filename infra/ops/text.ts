import { stripVTControlCharacters } from 'node:util';

/** Characters that a terminal could execute, and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be removed.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** A text on one line without control characters: an answer must not move the cursor or hide a line. */
export const onOneLine = (text: string): string => stripVTControlCharacters(text).replace(CONTROL, ' ').trim();

/** A count with its noun: `1 message`, `280 messages`. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? noun : plural}`;

/** How long something takes or waits, in its two largest units at most: `3 d 4 h`, `12 s`. @param ms milliseconds. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const;
  const first = units.findIndex(([size]) => seconds >= size);
  if (first < 0) return '0 s';
  let rest = seconds;
  const parts = units.slice(first, first + 2).map(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest %= size;
    return count === 0 ? '' : `${count} ${unit}`;
  });
  return parts.filter((part) => part !== '').join(' ');
}

/** How long ago a time was. @param at ISO 8601. @param now epoch milliseconds. */
export const age = (at: string, now: number): string => duration(now - Date.parse(at));
