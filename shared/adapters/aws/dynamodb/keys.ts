import { createHash } from 'node:crypto';
import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import { DUE_SHARDS } from '#shared/names.ts';
import { outboxRow, partitionOf, type RowName, stateRow, subjectIn, unescaped } from '#shared/once/row-name.ts';
import type { OrderList } from '#shared/order-list/ports.ts';

export type ItemKey = { pk: string; sk: string };

/** Every part of a key is escaped, so that a `#` from a caller never becomes a separator. */
const part = encodeURIComponent;

const partitionKey = (parts: readonly string[]): string => parts.map(part).join('#');

const itemKeyOf = ({ partition, sort }: RowName): ItemKey => ({ pk: partitionKey(partition), sk: sort });

/** The name of the row with this key; undefined if this release did not write the key. */
export function rowNameOf({ pk, sk }: ItemKey): RowName | undefined {
  const partition = pk.split('#').map(unescaped);
  return partition.every((one) => one !== undefined) ? { partition, sort: sk } : undefined;
}

export const partitionKeyOf = (subject: Subject): string => partitionKey(partitionOf(subject));

export const stateItemKey = (key: StateKey): ItemKey => itemKeyOf(stateRow(key));

/** The key of a record of this type that belongs to a state. */
export function recordItemKey(key: StateKey, type: string): ItemKey {
  const { pk, sk } = stateItemKey(key);
  return { pk, sk: `${sk}#${type.toUpperCase()}` };
}

export const contentItemKey = (key: StateKey): ItemKey => recordItemKey(key, 'content');

export const outcomesItemKey = (key: StateKey): ItemKey => recordItemKey(key, 'outcomes');

export const outboxItemKey = (subject: Subject, commandId: string): ItemKey => itemKeyOf(outboxRow(subject, commandId));

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
  pk: partitionKey([tenant, 'statistics']),
  sk: `${unit}#${time}`,
});

/** A list of a tenant's orders is one partition. Positions have only timestamps and order ids, which need no escaping. */
export const orderListItemKey = ({ tenant, generation }: OrderList, position: string): ItemKey => ({
  pk: partitionKey([tenant, ORDERS, String(generation)]),
  sk: position,
});

const ORDERS = 'orders';

/** The list of this partition; undefined if the partition is not a list of orders. */
export function orderListOf(pk: string): OrderList | undefined {
  const [tenant, kind, generation, ...more] = rowNameOf({ pk, sk: '' })?.partition ?? [];
  if (tenant === undefined || kind !== ORDERS || more.length > 0 || !/^\d+$/.test(generation ?? '')) return undefined;
  return { tenant, generation: Number(generation) };
}

/** The subject of a partition key; undefined if the partition is not a subject's. */
export const subjectOf = (pk: string): Subject | undefined => subjectIn(rowNameOf({ pk, sk: '' })?.partition ?? []);

/**
 * The number of shards of a kind that has not `DUE_SHARDS` of them. A release writes to the first `written` shards and
 * queries the first `read` ones. `read` is raised first, so that a rollback finds every row.
 */
export type DueShards = Readonly<Partial<Record<string, { written: number; read: number }>>>;

/** Distributes the due rows of one kind over several index keys: a hot index key would throttle the table's writes. */
export function dueShardOf(kind: string, pk: string, dueShards: DueShards = {}): string {
  const hash = createHash('sha256').update(pk).digest();
  return dueShard(kind, hash.readUInt32BE(0) % (dueShards[kind]?.written ?? DUE_SHARDS));
}

export const dueShard = (kind: string, shard: number): string => `${kind}#${shard}`;

export const dueKindOf = (shard: string): string => shard.split('#')[0] ?? '';
