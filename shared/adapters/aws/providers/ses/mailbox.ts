import { singleLine } from '#shared/notification/rendering/text.ts';

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Bytes of UTF-8 in one encoded word: with its frame, the word has at most 75 characters (RFC 2047). */
const WORD_BYTES = 45;

/**
 * An address with the name that readers see: `"Acme Shop" <orders@shop.example>`. SES requires encoded words for other
 * characters than ASCII. No character of a name can end the name or the header: line breaks become spaces, and quotes are
 * escaped.
 */
export function mailbox(name: string | undefined, address: string): string {
  const shown = singleLine(name ?? '');
  if (shown === '') return address;
  return `${PRINTABLE_ASCII.test(shown) ? `"${shown.replace(/["\\]/g, '\\$&')}"` : encodedWords(shown)} <${address}>`;
}

/** A word ends between two characters, so that each can be decoded by itself. */
function encodedWords(text: string): string {
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((one) => `=?UTF-8?B?${Buffer.from(one).toString('base64')}?=`).join(' ');
}
