import { type Finder, type Place, placeOf } from '#shared/http/place.ts';

/**
 * Web addresses in what a stranger may type into an order form: name, article code and description arrive at
 * customers under the seller's name, and an order form must not become a way to send spam. The rule, with its reasons
 * and examples, is in docs/reference/inputs.md.
 *
 * The text is compared as a reader's program would read it: full-width letters as letters (NFKC), capitals as small
 * letters, ideographic full stops as dots, and without invisible characters (zero-width space, soft hyphen). Every
 * repetition has a bound, because the text may be as long as a request.
 */
const ADDRESS = /[a-z][a-z0-9+.-]{0,30}:[/\\]{2}|(?:https?|hxxps?|ftp|mailto):(?=\S)|www\d{0,3}\./;

/** Where a text has a scheme or `www.`. */
export const webAddressIn: Finder = (text) => firstIn(text, ADDRESS);

/**
 * Where a text has a domain with a port or a path: programs make a link of `evil.example/x` without any scheme. Unicode's
 * classes are looked up by the first text, not by a cold start.
 */
export const linkedDomainIn: Finder = (text) =>
  firstIn(text, /[\p{L}\p{N}][\p{L}\p{N}-]{0,61}[\p{L}\p{N}]\.(?:\p{L}{2,63}|xn--[a-z0-9-]{1,59})(?::\d|\/)/u);

/** Nothing that makes an address is in it: most names need no closer look. */
const HARMLESS = /^[A-Za-z0-9 ,;'"()&+*!_-]*$/;

function firstIn(text: string, pattern: RegExp): Place | undefined {
  if (HARMLESS.test(text)) return undefined;
  const { read, indexes } = asRead(text);
  const found = pattern.exec(read);
  return found ? placeOf(text, indexes[found.index] ?? 0) : undefined;
}

/** The text as it is read, and where each unit of it came from. */
function asRead(text: string): { read: string; indexes: number[] } {
  const indexes: number[] = [];
  let read = '';
  let index = 0;
  for (const character of text) {
    const seen = seenAs(character);
    read += seen;
    for (let unit = 0; unit < seen.length; unit += 1) indexes.push(index);
    index += character.length;
  }
  return { read, indexes };
}

const seenAs = (character: string): string =>
  /\p{Default_Ignorable_Code_Point}/u.test(character)
    ? ''
    : character.normalize('NFKC').toLowerCase().replaceAll('\u3002', '.');
