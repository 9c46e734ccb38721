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
  return withClosedIsolates(text.toWellFormed().replace(UNPRINTABLE, ' ').trim());
}

const ISOLATE = /[\u2066-\u2069]/g;
const CLOSE = '\u2069';

/**
 * Closes isolates that the text leaves open, because an open one would reorder our words after it, and drops a close
 * without an isolate. A name that another program cut to a length has such a remainder; that is no reason to refuse it.
 */
function withClosedIsolates(text: string): string {
  let open = 0;
  const kept = text.replace(ISOLATE, (mark) => {
    if (mark === CLOSE && open === 0) return '';
    open += mark === CLOSE ? -1 : 1;
    return mark;
  });
  return kept + CLOSE.repeat(open);
}
