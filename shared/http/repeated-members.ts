import { pointerOf } from './faults.ts';

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OBJECT, OBJECT_END, ARRAY, ARRAY_END] = [0x7b, 0x7d, 0x5b, 0x5d];

/** An object or array that is open at a place of the text. */
type Open = {
  /** The present member or element. */
  at: string | number;
  /** The names so far; absent: an array. */
  names?: Set<string>;
};

/**
 * JSON pointers of the members whose name is used before in the same object. `JSON.parse` keeps only the last one, so
 * a quantity that was sent twice would get lost silently.
 * @param text JSON that `JSON.parse` accepts, so nothing is checked here. @param most of them; then it ends.
 */
export function repeatedMembers(text: string, most: number): string[] {
  const repeated: string[] = [];
  const open: Open[] = [];
  let [start, end] = [0, 0];
  for (let index = 0; index < text.length && repeated.length < most; index += 1) {
    const inner = open.at(-1);
    switch (text.charCodeAt(index)) {
      case QUOTE:
        start = index + 1;
        end = endOfString(text, start);
        index = end;
        break;
      case COLON: {
        if (!inner?.names) break;
        inner.at = decoded(text.slice(start, end));
        if (inner.names.has(inner.at)) repeated.push(pointerOf(open.map(({ at }) => at)));
        inner.names.add(inner.at);
        break;
      }
      case COMMA:
        if (typeof inner?.at === 'number') inner.at += 1;
        break;
      case OBJECT:
        open.push({ at: '', names: new Set() });
        break;
      case ARRAY:
        open.push({ at: 0 });
        break;
      case OBJECT_END:
      case ARRAY_END:
        open.pop();
    }
  }
  return repeated;
}

function endOfString(text: string, start: number): number {
  let index = start;
  while (text.charCodeAt(index) !== QUOTE) index += text.charCodeAt(index) === BACKSLASH ? 2 : 1;
  return index;
}

/** `\u0061` is the name `a`. */
const decoded = (name: string): string => (name.includes('\\') ? String(JSON.parse(`"${name}"`)) : name);
