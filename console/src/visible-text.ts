/**
 * Characters that are not seen, but change what is seen: controls, marks of direction, spaces without width, and tags. A
 * text of a customer that contains them could pretend to be another text.
 */
const HIDDEN =
  /[\p{Cc}\p{Bidi_Control}\u00AD\u180E\u200B\u2060-\u2064\u206A-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;

/** A text of one line, in which each hidden character is shown as its code point. */
export const visibleLine = (text: string): string => text.replace(HIDDEN, codePoint);

/** The same for a text of several lines: line breaks and tabs stay. */
export const visibleText = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(HIDDEN, (character) => (/[\n\t]/.test(character) ? character : codePoint(character)));

const codePoint = (character: string): string =>
  `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
