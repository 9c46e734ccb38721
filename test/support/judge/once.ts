/** What had to be there once, compared with what is there; each list in the order in which it was given, without repetitions. */
export type Compared = {
  /** Had to be there, and is not. */
  missing: string[];
  /** Had to be there, and is more than once. */
  repeated: string[];
  /** Is there, and did not have to be. */
  unasked: string[];
};

/** Compares by name: what `expected` names has to be in `found` exactly once, and nothing else may be there. */
export function compareOnce(expected: Iterable<string>, found: Iterable<string>): Compared {
  const names = new Set(expected);
  const counts = new Map<string, number>();
  for (const name of found) counts.set(name, (counts.get(name) ?? 0) + 1);
  return {
    missing: [...names].filter((name) => !counts.has(name)),
    repeated: [...names].filter((name) => (counts.get(name) ?? 0) > 1),
    unasked: [...counts.keys()].filter((name) => !names.has(name)),
  };
}
