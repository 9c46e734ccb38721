import { finder } from '#shared/http/place.ts';

/**
 * Finds control characters, line breaks of every kind, embeddings and overrides (which reorder the text around them),
 * and unpaired surrogates. No name needs them, and each has been used to forge names. Isolates (U+2066 to U+2069) are
 * allowed, because they keep a name in another direction from reordering the text around it.
 */
export const unprintableIn = finder(String.raw`[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E]`);

/** Finds control characters other than line breaks and tabs, and unpaired surrogates. */
export const unwritableIn = finder(String.raw`(?![\t\r\n])[\p{Cc}\p{Cs}]`);

/** Finds the character that a decoder writes for bytes that it cannot decode. The original character is lost. */
export const replacementIn = finder(String.raw`\uFFFD`);
