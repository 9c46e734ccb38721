/**
 * Control characters, line and paragraph separators, and marks that reorder the text around them. Isolates are kept,
 * because they prevent a name in the other direction from reordering our text.
 */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202A-\u202E]+/gu;

/**
 * Harmless text in one line: unprintable characters become a space, and half a surrogate pair becomes U+FFFD. Requests
 * with such characters are rejected, but stored content may be older than that rule.
 */
export function singleLine(text: string): string {
  return withClosedIsolates(text.toWellFormed().replace(UNPRINTABLE, ' ').trim());
}

const ISOLATE = /[\u2066-\u2069]/g;
const CLOSE = '\u2069';

/**
 * Closes isolates that the text leaves open, because an open one would reorder our words after it. A close without an
 * isolate is dropped. Such remainders come from programs that cut a name to a length. They are no reason to reject it.
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
