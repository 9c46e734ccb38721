import { type Finder, type Place, placeOf } from '#shared/http/place.ts';

/**
 * Finds web addresses in the texts that anyone may type into an order form: name, article code and description.
 * Customers read names and descriptions under the seller's name, so an order form must not become a way to send spam.
 * The rule, with its reasons and examples, is in docs/reference/inputs.md.
 *
 * The text is compared as the recipient's program reads it: full-width letters as letters (NFKC), upper case as lower
 * case, ideographic full stops as dots, and without invisible characters (zero-width space, soft hyphen). Every
 * repetition in the patterns has a bound, because the text may be as long as a request.
 */
const ADDRESS = /[a-z][a-z0-9+.-]{0,30}:[/\\]{2}|(?:https?|hxxps?|ftp|mailto):(?=\S)|www\d{0,3}\./;

/** Finds a scheme or `www.` in a text. */
export const webAddressIn: Finder = (text) => firstIn(text, ADDRESS);

/**
 * Finds a domain with a port or a path. Programs show `evil.example/x` as a link, even without a scheme. The pattern is
 * inside the function, because compiling Unicode classes would slow down every cold start.
 */
export const linkedDomainIn: Finder = (text) =>
  firstIn(text, /[\p{L}\p{N}][\p{L}\p{N}-]{0,61}[\p{L}\p{N}]\.(?:\p{L}{2,63}|xn--[a-z0-9-]{1,59})(?::\d|\/)/u);

/** Texts of these characters cannot contain an address. Most names match, and need no further search. */
const HARMLESS = /^[A-Za-z0-9 ,;'"()&+*!_-]*$/;

function firstIn(text: string, pattern: RegExp): Place | undefined {
  if (HARMLESS.test(text)) return undefined;
  const { read, indexes } = asRead(text);
  const found = pattern.exec(read);
  return found ? placeOf(text, indexes[found.index] ?? 0) : undefined;
}

/** The text as programs read it, with the original index of each UTF-16 code unit. */
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
