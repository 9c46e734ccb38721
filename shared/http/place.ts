/** A character of a text: which one, and where. */
export type Place = {
  /** As it is written in the Unicode standard: `U+202E`. */
  codePoint: string;
  /** Counted in characters of Unicode, from 1. */
  position: number;
};

export type Finder = (text: string) => Place | undefined;

/** Finds the first character that a class has. Unicode's classes are looked up by the first text, not by a cold start. */
export function finder(pattern: string): Finder {
  let compiled: RegExp | undefined;
  return (text) => {
    compiled ??= new RegExp(pattern, 'u');
    const found = compiled.exec(text);
    return found ? placeOf(text, found.index) : undefined;
  };
}

/** @param index in UTF-16 units, as strings are indexed. */
export function placeOf(text: string, index: number): Place {
  const hexadecimal = (text.codePointAt(index) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return { codePoint: `U+${hexadecimal}`, position: Array.from(text.slice(0, index)).length + 1 };
}
