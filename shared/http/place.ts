/** A character in a text, with its position. */
export type Place = {
  /** In the notation of the Unicode standard: `U+202E`. */
  codePoint: string;
  /** Counted in Unicode characters, from 1. */
  position: number;
};

export type Finder = (text: string) => Place | undefined;

/**
 * Finds the first match of a character class. The pattern is compiled on first use, because compiling Unicode classes
 * would slow down every cold start.
 */
export function finder(pattern: string): Finder {
  let compiled: RegExp | undefined;
  return (text) => {
    compiled ??= new RegExp(pattern, 'u');
    const found = compiled.exec(text);
    return found ? placeOf(text, found.index) : undefined;
  };
}

/** @param index in UTF-16 code units, like every string index. */
export function placeOf(text: string, index: number): Place {
  const hexadecimal = (text.codePointAt(index) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return { codePoint: `U+${hexadecimal}`, position: Array.from(text.slice(0, index)).length + 1 };
}
