/** Expected names compared with the names that were found. Each list keeps the given order, without repetitions. */
export type Compared = {
  /** Expected, but not found. */
  missing: string[];
  /** Expected, and found more than once. */
  repeated: string[];
  /** Found, but not expected. */
  unexpected: string[];
};

/** Compares by name: each name of `expected` has to be in `found` exactly once, and no other name. */
export function compareOnce(expected: Iterable<string>, found: Iterable<string>): Compared {
  const names = new Set(expected);
  const counts = new Map<string, number>();
  for (const name of found) counts.set(name, (counts.get(name) ?? 0) + 1);
  return {
    missing: [...names].filter((name) => !counts.has(name)),
    repeated: [...names].filter((name) => (counts.get(name) ?? 0) > 1),
    unexpected: [...counts.keys()].filter((name) => !names.has(name)),
  };
}
