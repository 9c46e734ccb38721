import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import { SORT_KEY } from '#shared/names.ts';

/** The name of a row, the same in every store: the parts of its partition, and its place in the partition. */
export type RowName = { partition: readonly string[]; sort: string };

export const partitionOf = ({ tenant, type, id }: Subject): string[] => [tenant, type, id];

/** The name of a state's row. A part's id is escaped, so that a `#` in it never becomes a separator. */
export const stateRow = (key: StateKey): RowName => ({
  partition: partitionOf(key),
  sort: key.part ? `${key.part.type.toUpperCase()}#${encodeURIComponent(key.part.id)}` : SORT_KEY.state,
});

/** The name of an outbox row. A command id has only `#` and escaped parts (see `command-id.ts`). */
export const outboxRow = (subject: Subject, commandId: string): RowName => ({
  partition: partitionOf(subject),
  sort: `${SORT_KEY.outbox}${commandId}`,
});

/** The subject of a partition; undefined if the partition is not a subject's. */
export function subjectIn(partition: readonly string[]): Subject | undefined {
  const [tenant, type, id, ...more] = partition;
  if (tenant === undefined || type === undefined || id === undefined || more.length > 0) return undefined;
  return { tenant, type, id };
}

/** The key of a state from its row's name; undefined if the name has another form. */
export function stateKeyIn({ partition, sort }: RowName): StateKey | undefined {
  const subject = subjectIn(partition);
  if (!subject || sort === SORT_KEY.state) return subject;
  const [type = '', escapedId, ...more] = sort.split('#');
  const id = escapedId === undefined || more.length > 0 ? undefined : unescaped(escapedId);
  return id === undefined ? undefined : { ...subject, part: { type: type.toLowerCase(), id } };
}

/** The original of an escaped part; undefined if the text is not an escaped part. */
export function unescaped(escaped: string): string | undefined {
  try {
    return decodeURIComponent(escaped);
  } catch {
    // A stray percent sign: this release did not write the key.
    return undefined;
  }
}
