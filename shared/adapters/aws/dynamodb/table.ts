import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Shape } from '#shared/messaging/versions.ts';
import { DUE_SHARDS, INDEX } from '#shared/names.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { storeFailure } from './failures.ts';
import { type Item, toItem } from './items.ts';
import { type DueShards, dueShard, type ItemKey } from './keys.ts';

/** The one table that contains the rows of all stores. */
export type Table = { client: DynamoDBClient; tableName: string; dueShards?: DueShards | undefined };

/** Conditions by name, so that readers of an expression see its purpose. */
export const CONDITION = {
  /** The row does not exist yet. */
  isNew: 'attribute_not_exists(pk)',
  exists: 'attribute_exists(pk)',
  /** The state has not changed since it was read. */
  unchanged: 'version = :expectedVersion',
  stillDue: 'attribute_exists(dueShard)',
  /** If a newer release wrote the row in a version that this release does not read, this release does not change it. */
  isReadable: '(attribute_not_exists(schemaVersion) OR schemaVersion <= :readable)',
} as const;

/** Names and values of an expression that sets the type and the version of a row. */
export const typed = ({ name, written, readable }: Shape<unknown>, values: Record<string, unknown>) => ({
  ExpressionAttributeNames: { '#type': 'type' },
  ExpressionAttributeValues: toItem({ ':type': name, ':written': written, ':readable': readable, ...values }),
});

/** One row. */
export async function readItem({ client, tableName: TableName }: Table, key: ItemKey): Promise<Item | undefined> {
  const command = new GetItemCommand({ TableName, Key: toItem(key), ConsistentRead: true });
  return (await client.send(command).catch(storeFailure)).Item;
}

/** Rows by their keys, 100 at most, and the keys that one call has left unread. */
export async function readBatch({ client, tableName }: Table, Keys: Item[]): Promise<{ items: Item[]; left: Item[] }> {
  const command = new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } });
  const { Responses, UnprocessedKeys } = await client.send(command).catch(storeFailure);
  return { items: Responses?.[tableName] ?? [], left: UnprocessedKeys?.[tableName]?.Keys ?? [] };
}

/** Rows by their keys, 100 at most, in one call. */
export async function readItems(table: Table, keys: readonly ItemKey[]): Promise<Item[]> {
  const { items, left } = await readBatch(table, keys.map(toItem));
  if (left.length > 0) throw new StoreUnavailable('DynamoDB left keys unread.');
  return items;
}

/** The most rows that one call reads. */
const BATCH = 100;

/** Rows by their keys, in as many calls as they take. */
export async function readMany(table: Table, keys: readonly ItemKey[]): Promise<Item[]> {
  const batches = Array.from({ length: Math.ceil(keys.length / BATCH) }, (_, index) =>
    readItems(table, keys.slice(index * BATCH, (index + 1) * BATCH)),
  );
  return (await Promise.all(batches)).flat();
}

/** What a conditional write returned: the attributes that it asked for, or those of the row that did not allow it. */
export type Written = { item: Item | undefined; refusal?: ConditionalCheckFailedException };

/** Waits for a conditional write. */
export async function written(write: Promise<{ Attributes?: Item | undefined }>): Promise<Written> {
  try {
    return { item: (await write).Attributes };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) return storeFailure(error);
    return { item: error.Item, refusal: error };
  }
}

/** Updates a row under a condition. For many callers, a refusal means that nothing is left to do. */
export const update = (
  { client, tableName: TableName }: Table,
  input: Omit<UpdateItemCommandInput, 'TableName'>,
): Promise<Written> => written(client.send(new UpdateItemCommand({ TableName, ...input })));

export type Query = Omit<QueryCommandInput, 'TableName'>;

/** One page of a query. */
export const queryPage = ({ client, tableName: TableName }: Table, query: Query) =>
  client.send(new QueryCommand({ TableName, ...query })).catch(storeFailure);

/** All pages of a query. */
const queryPages = ({ client, tableName: TableName }: Table, query: Query) =>
  Array.fromAsync(paginateQuery({ client }, { TableName, ...query })).catch(storeFailure);

/** The rows of all pages of a query. */
export const everyItem = async (table: Table, query: Query): Promise<Item[]> =>
  (await queryPages(table, query)).flatMap(({ Items = [] }) => Items);

/** The shards of one kind in the index of due rows, as far as this release reads them. */
export const shardsOf = ({ dueShards }: Pick<Table, 'dueShards'>, kind: string): string[] =>
  Array.from({ length: dueShards?.[kind]?.read ?? DUE_SHARDS }, (_, shard) => dueShard(kind, shard));

/** The query for the entries of one shard that are due at `now`, and since `from` or later, oldest first. */
export const dueQuery = (shard: string, now: number, limit: number, from = 0) => ({
  IndexName: INDEX.due,
  KeyConditionExpression: `dueShard = :shard AND dueAt ${from === 0 ? '<= :now' : 'BETWEEN :from AND :now'}`,
  ExpressionAttributeValues: toItem({ ':shard': shard, ':now': now, ...(from !== 0 && { ':from': from }) }),
  Limit: limit,
});
