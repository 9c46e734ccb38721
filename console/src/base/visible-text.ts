/**
 * Characters that are not seen, but change what is seen: controls, marks of direction, separators of lines, fillers, spaces
 * without width, and tags. A text of a customer that contains them could pretend to be another text.
 */
const NEVER_SEEN =
  '\\p{Cc}\\p{Bidi_Control}\\u00AD\\u034F\\u115F\\u1160\\u180E\\u200B\\u2028\\u2029\\u2060-\\u2064\\u206A-\\u206F\\u2800' +
  '\\u3164\\uFEFF\\uFFA0\\uFFF9-\\uFFFB\\u{E0000}-\\u{E007F}';

/** Joiners belong to other scripts and to emoji. After these characters they only hide a difference. */
const NEVER_JOINED = '\\p{Script=Latin}\\p{Script=Greek}\\p{Script=Cyrillic}\\p{N}\\p{P}';

const HIDDEN = new RegExp(`[${NEVER_SEEN}]|(?<=[${NEVER_JOINED}${NEVER_SEEN}])[\\u200C\\u200D]+`, 'gu');

/** A text of one line, in which each hidden character is shown as its code point. */
export const visibleLine = (text: string): string => text.replace(HIDDEN, codePoints);

/** The same for a text of several lines: line breaks and tabs stay. */
export const visibleText = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(HIDDEN, (characters) => (/[\n\t]/.test(characters) ? characters : codePoints(characters)));

const codePoints = (characters: string): string =>
  [...characters].map((one) => `⟨U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`).join('');
