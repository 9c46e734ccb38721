import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DueKind } from '#shared/messaging/due.ts';
import { DUE_SHARDS, INDEX } from '#shared/names.ts';
import { storeFailure } from './failures.ts';
import { type Item, toItem } from './items.ts';
import { dueShard } from './keys.ts';

/** The one table, which each store keeps its rows in. */
export type Table = { client: DynamoDBClient; tableName: string };

/** Conditions by name, so that a reader of an expression sees what it guards. */
export const CONDITION = {
  /** Nobody wrote this row before. */
  isNew: 'attribute_not_exists(pk)',
  exists: 'attribute_exists(pk)',
  /** Nobody changed the state since it was read. */
  unchanged: 'version = :expectedVersion',
  stillDue: 'attribute_exists(dueShard)',
} as const;

/** A refused condition says that there is nothing to do any more: the row is gone, or published meanwhile. */
export async function updateUnlessRefused(client: DynamoDBClient, input: UpdateItemCommand['input']): Promise<void> {
  try {
    await client.send(new UpdateItemCommand(input));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) storeFailure(error);
  }
}

/** The shards that rows of a kind stand on in the index of what is due. */
export const shardsOf = (kind: DueKind): string[] =>
  Array.from({ length: DUE_SHARDS }, (_, shard) => dueShard(kind, shard));

/** Entries of one kind that are due at `now`, oldest first, whichever shard they stand on. */
export async function oldestInIndex(
  client: DynamoDBClient,
  TableName: string,
  kind: DueKind,
  now: number,
  limit: number,
): Promise<Item[]> {
  const pages = await Promise.all(
    shardsOf(kind).map((shard) =>
      client.send(
        new QueryCommand({
          TableName,
          IndexName: INDEX.due,
          KeyConditionExpression: 'dueShard = :shard AND dueAt <= :now',
          ExpressionAttributeValues: toItem({ ':shard': shard, ':now': now }),
          Limit: limit,
        }),
      ),
    ),
  ).catch(storeFailure);
  const dueAt = (item: Item): number => Number(item.dueAt?.N);
  const entries = pages.flatMap(({ Items = [] }) => Items);
  return entries.sort((one, other) => dueAt(one) - dueAt(other)).slice(0, limit);
}

/** All pages of a query. */
export async function everyItem(client: DynamoDBClient, query: QueryCommandInput): Promise<Item[]> {
  const items: Item[] = [];
  try {
    for await (const page of paginateQuery({ client }, query)) items.push(...(page.Items ?? []));
  } catch (error) {
    storeFailure(error);
  }
  return items;
}
