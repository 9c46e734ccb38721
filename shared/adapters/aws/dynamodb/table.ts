import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DUE_SHARDS, INDEX } from '#shared/names.ts';
import { storeFailure } from './failures.ts';
import { type Item, toItem } from './items.ts';
import { dueShard } from './keys.ts';

/** The one table that contains the rows of all stores. */
export type Table = { client: DynamoDBClient; tableName: string };

/** Conditions by name, so that readers of an expression see its purpose. */
export const CONDITION = {
  /** The row does not exist yet. */
  isNew: 'attribute_not_exists(pk)',
  exists: 'attribute_exists(pk)',
  /** The state has not changed since it was read. */
  unchanged: 'version = :expectedVersion',
  stillDue: 'attribute_exists(dueShard)',
} as const;

/** A failed condition means that nothing is left to do: the row is gone, or was processed in the meantime. */
export async function updateUnlessRefused(client: DynamoDBClient, input: UpdateItemCommand['input']): Promise<void> {
  try {
    await client.send(new UpdateItemCommand(input));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) storeFailure(error);
  }
}

/** The shards of one kind in the index of due rows. */
export const shardsOf = (kind: string): string[] =>
  Array.from({ length: DUE_SHARDS }, (_, shard) => dueShard(kind, shard));

/** Entries of one kind that are due at `now`, from all shards, oldest first. */
export async function oldestInIndex(
  client: DynamoDBClient,
  TableName: string,
  kind: string,
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
