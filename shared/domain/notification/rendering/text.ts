/**
 * Control characters, line and paragraph separators, and the marks that reorder text around them. Isolates stay: they
 * keep a name in another direction from doing that.
 */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202A-\u202E]+/gu;

/**
 * One line of harmless text: what is unprintable becomes a space, half a surrogate pair becomes
 * U+FFFD. Input is refused with such characters already; content may be older than that rule.
 */
export function singleLine(text: string): string {
  return text.toWellFormed().replace(UNPRINTABLE, ' ').trim();
}
