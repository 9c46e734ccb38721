import { finder } from '#shared/http/place.ts';

/**
 * Control characters, line breaks of every kind, embeddings and overrides, which reorder the text around them, and
 * halves of surrogate pairs: none of them is a part of a name, and each has been used to forge one. Isolates (U+2066 to
 * U+2069) are not among them: they keep a name in another direction from reordering its surroundings.
 */
export const unprintableIn = finder(String.raw`[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E]`);

/** Control characters beside line breaks and tabs, and halves of surrogate pairs. */
export const unwritableIn = finder(String.raw`(?![\t\r\n])[\p{Cc}\p{Cs}]`);

/** What a decoder writes for bytes that it cannot read: there was a letter once, and it is lost. */
export const replacementIn = finder(String.raw`\uFFFD`);
