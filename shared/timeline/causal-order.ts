/** What the order needs of an entry. */
export type Caused = {
  id: string;
  /** ISO 8601. */
  at: string;
  /** Id of its cause. The cause may be an entry of the list, or something outside it. */
  causationId?: string;
  /** Ids of other entries that come before it, because they led to it. */
  after?: readonly string[];
  /** Orders entries of the same moment that have equally many causes before them. Compared as text. */
  rank?: string;
};

/** An entry with its place in the order. Places are compared as text. A place does not depend on later entries. */
export type Placed<Entry> = { entry: Entry; place: string };

/** Epoch milliseconds, and the number of causes before it in the longest chain. */
type Moment = { at: number; depth: number };

/**
 * Sorts by time, and puts a cause before its effect even if their clocks differ: an entry counts as not earlier than its
 * causes, and of the same moment, the one with fewer causes comes first. The order of the input makes no difference.
 */
export function inCausalOrder<Entry extends Caused>(entries: readonly Entry[]): Placed<Entry>[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const moments = new Map<string, Moment>();
  const open = new Set<string>();
  const momentOf = (entry: Entry): Moment => {
    const known = moments.get(entry.id);
    if (known) return known;
    open.add(entry.id);
    const causes = causesOf(entry)
      .map((id) => byId.get(id))
      .filter((cause) => cause !== undefined)
      // An entry that is its own cause, also through others, is a broken history. It is shown nevertheless.
      .filter(({ id: cause }) => !open.has(cause))
      .map(momentOf);
    open.delete(entry.id);
    const moment = {
      at: Math.max(Date.parse(entry.at), ...causes.map(({ at }) => at)),
      depth: Math.max(0, ...causes.map(({ depth }) => depth + 1)),
    };
    moments.set(entry.id, moment);
    return moment;
  };
  const placed = [...entries]
    .sort(byText(({ id }) => id))
    .map((entry) => ({ entry, place: placeOf(entry, momentOf(entry)) }));
  return placed.sort(byText(({ place }) => place));
}

const causesOf = ({ causationId, after = [] }: Caused): string[] =>
  causationId === undefined ? [...after] : [causationId, ...after];

const placeOf = ({ id, rank = '' }: Caused, { at, depth }: Moment): string =>
  [new Date(at).toISOString(), String(depth).padStart(6, '0'), rank, id].join(' ');

/** Compares code units, because a collator would take a tenth of a cold start. */
const byText =
  <Value>(textOf: (value: Value) => string) =>
  (one: Value, other: Value): number =>
    textOf(one) < textOf(other) ? -1 : 1;
