import { createHash } from 'node:crypto';
import type { DueKind } from '#shared/messaging/due.ts';
import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import { DUE_SHARDS, SORT_KEY } from '#shared/names.ts';
import type { Minute } from '#shared/statistics/ports.ts';

export type ItemKey = { pk: string; sk: string };

/** Every part of a key is escaped, so that a `#` from a caller never becomes a separator. */
const part = encodeURIComponent;

export const partitionKeyOf = ({ tenant, type, id }: Subject): string => [tenant, type, id].map(part).join('#');

export function stateItemKey(key: StateKey): ItemKey {
  const sk = key.part ? `${key.part.type.toUpperCase()}#${part(key.part.id)}` : SORT_KEY.state;
  return { pk: partitionKeyOf(key), sk };
}

/** The key of a record of this type that belongs to a state. */
export function recordItemKey(key: StateKey, type: string): ItemKey {
  const { pk, sk } = stateItemKey(key);
  return { pk, sk: `${sk}#${type.toUpperCase()}` };
}

export const contentItemKey = (key: StateKey): ItemKey => recordItemKey(key, 'content');

export const outcomesItemKey = (key: StateKey): ItemKey => recordItemKey(key, 'outcomes');

/** A command id consists only of `#` and escaped parts (see `command-id.ts`), so it is not escaped again. */
export function outboxItemKey(subject: Subject, commandId: string): ItemKey {
  return { pk: partitionKeyOf(subject), sk: `${SORT_KEY.outbox}${commandId}` };
}

/** Dead letters have their own partitions, because a dead letter may have no known subject. */
export const deadLetterItemKey = (subscriber: string, id: string): ItemKey => ({
  pk: `deadletter#${part(subscriber)}`,
  sk: id,
});
export const subscriberOf = (pk: string): string => decodeURIComponent(pk.split('#')[1] ?? '');

/** A tenant's suppressions share one partition. The sort key is the recipient key, which needs no escaping. */
export const suppressionItemKey = (tenant: string, recipient: string): ItemKey => ({
  pk: `${part(tenant)}#suppression`,
  sk: recipient,
});

/** A tenant's statistics share one partition. Minutes are the unit of counting, hours are the unit of reading. */
export const statisticsItemKey = (tenant: string, unit: 'MINUTE' | 'HOUR', time: string): ItemKey => ({
  pk: `${part(tenant)}${STATISTICS}`,
  sk: `${unit}#${time}`,
});
const STATISTICS = '#statistics';

/** The minute that a statistics row counts; undefined if the key is not that of a minute row. */
export function minuteIn({ pk, sk }: ItemKey): Minute | undefined {
  const tenant = pk.endsWith(STATISTICS) ? unescaped(pk.slice(0, -STATISTICS.length)) : undefined;
  return tenant !== undefined && sk.startsWith('MINUTE#') ? { tenant, minute: sk.slice('MINUTE#'.length) } : undefined;
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

/** The subject of a partition key; undefined if the partition is not a subject's. */
export function subjectOf(pk: string): Subject | undefined {
  const parts = pk.split('#').map(unescaped);
  if (parts.length !== 3 || parts.includes(undefined)) return undefined;
  const [tenant, type, id] = parts as [string, string, string];
  return { tenant, type, id };
}

/** Distributes the due rows of one kind over several index keys: a hot index key would throttle the table's writes. */
export function dueShardOf(kind: DueKind, pk: string): string {
  const hash = createHash('sha256').update(pk).digest();
  return dueShard(kind, hash.readUInt32BE(0) % DUE_SHARDS);
}

export const dueShard = (kind: DueKind, shard: number): string => `${kind}#${shard}`;

export const dueKindOf = (shard: string): DueKind => shard.split('#')[0] as DueKind;
