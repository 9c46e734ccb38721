import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { SHAPES } from '#shared/domain/shapes.ts';
import type { DueKind } from '#shared/messaging/due.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { DUE_SHARDS, INDEX, SORT_KEY } from '#shared/names.ts';
import {
  type Commit,
  type CommitResult,
  type ContentStore,
  type DeadLetterStore,
  type DueStore,
  type Gauge,
  type NotificationStore,
  type OnceStore,
  type OutboxStore,
  type OutcomeStore,
  type StoredState,
  StoreUnavailable,
  type SuppressionStore,
} from '#shared/ports.ts';
import { dynamoClient } from './dynamo-client.ts';
import { contentStore } from './dynamo-contents.ts';
import { outcomeStore } from './dynamo-outcomes.ts';
import { suppressionStore } from './dynamo-suppressions.ts';
import { storeFailure } from './failures.ts';
import {
  contentOf,
  dueRowOf,
  type Item,
  notificationItems,
  openDeadLetterOf,
  outboxItem,
  outboxRecordOf,
  renderedAttributes,
  renderedOf,
  stateItem,
  storedStateOf,
  toItem,
} from './items.ts';
import {
  contentItemKey,
  deadLetterItemKey,
  dueShard,
  dueShardOf,
  outboxItemKey,
  partitionKeyOf,
  stateItemKey,
} from './keys.ts';

export type DynamoStore = OnceStore &
  NotificationStore &
  OutboxStore &
  DueStore &
  DeadLetterStore &
  OutcomeStore &
  SuppressionStore &
  ContentStore;
type Options = { client: DynamoDBClient; tableName: string };

/** Conditions by name, so that a reader of an expression sees what it guards. */
const CONDITION = {
  /** Nobody wrote this row before. */
  isNew: 'attribute_not_exists(pk)',
  exists: 'attribute_exists(pk)',
  /** Nobody changed the state since it was read. */
  unchanged: 'version = :expectedVersion',
  notRendered: 'attribute_exists(pk) AND attribute_not_exists(rendered)',
  stillDue: 'attribute_exists(dueShard)',
  /** No newer release knows more of this row than we do. */
  isReadable: 'attribute_not_exists(schemaVersion) OR schemaVersion <= :readable',
  /** Nobody saw it later than we did. */
  isLatest: 'attribute_not_exists(lastSeenAt) OR lastSeenAt <= :seenAt',
} as const;

/** The one table behind all storage ports. */
export function dynamoStore({
  tableName,
  client = dynamoClient(),
}: {
  tableName: string;
  client?: DynamoDBClient;
}): DynamoStore {
  const options: Options = { client, tableName };
  return {
    ...onceStore(options),
    ...notificationStore(options),
    ...outboxStore(options),
    ...dueStore(options),
    ...deadLetterStore(options),
    ...outcomeStore(options),
    ...suppressionStore(options),
    ...contentStore(options),
  };
}

function onceStore({ client, tableName }: Options): OnceStore {
  return {
    async load(key, commandId) {
      const [state, outbox] = [toItem(stateItemKey(key)), toItem(outboxItemKey(key, commandId))];
      const request = { [tableName]: { Keys: [state, outbox], ConsistentRead: true } };
      const { Responses, UnprocessedKeys } = await client
        .send(new BatchGetItemCommand({ RequestItems: request }))
        .catch(storeFailure);
      if (Object.keys(UnprocessedKeys ?? {}).length > 0) throw new StoreUnavailable('DynamoDB left keys unread.');
      const itemWith = (sk: string): Item | undefined => Responses?.[tableName]?.find((item) => item.sk?.S === sk);
      const record = itemWith(outbox.sk?.S as string);
      return { stored: storedStateOf(itemWith(state.sk?.S as string)), record: record && outboxRecordOf(record) };
    },

    async commit(commit) {
      try {
        await client.send(new TransactWriteItemsCommand({ TransactItems: transactionOf(commit, tableName) }));
        return { kind: 'committed' };
      } catch (error) {
        return error instanceof TransactionCanceledException ? cancelled(error) : storeFailure(error);
      }
    },
  };
}

/** The outbox row comes first: its position in the transaction is how its refusal is recognised. */
function transactionOf(
  { key, expectedVersion, next, outbox, notifications, also = [] }: Commit,
  TableName: string,
): TransactWriteItem[] {
  const rows = notifications.map((notification) => notificationItems(key, notification, outbox.createdAt));
  return [
    {
      Put: {
        TableName,
        Item: outboxItem(outbox),
        ConditionExpression: CONDITION.isNew,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    },
    stateWrite({ key, expectedVersion, next }, TableName),
    ...also.map((further) => stateWrite(further, TableName)),
    ...rows.flatMap(({ state, content }): TransactWriteItem[] => [
      { Put: { TableName, Item: state, ConditionExpression: CONDITION.isNew } },
      { Put: { TableName, Item: content } },
    ]),
  ];
}

function stateWrite(
  { key, expectedVersion, next }: Pick<Commit, 'key' | 'expectedVersion' | 'next'>,
  TableName: string,
): TransactWriteItem {
  if (!next) {
    return {
      ConditionCheck: {
        TableName,
        Key: toItem(stateItemKey(key)),
        ConditionExpression: CONDITION.unchanged,
        ExpressionAttributeValues: toItem({ ':expectedVersion': expectedVersion }),
      },
    };
  }
  if (expectedVersion === 0)
    return { Put: { TableName, Item: stateItem(key, next), ConditionExpression: CONDITION.isNew } };
  return { Update: { TableName, ...stateUpdate(key, expectedVersion, next) } };
}

/** Replaces the state and leaves alone what else stands in the row, such as its place in the log. */
function stateUpdate(key: Commit['key'], expectedVersion: number, { schemaVersion, version, state, due }: StoredState) {
  const itemKey = stateItemKey(key);
  const dueValues = due === undefined ? {} : { ':dueAt': due.at, ':dueShard': dueShardOf(due.kind, itemKey.pk) };
  const set = 'SET #state = :state, version = :version, schemaVersion = :schemaVersion';
  return {
    Key: toItem(itemKey),
    UpdateExpression:
      due === undefined ? `${set} REMOVE dueAt, dueShard` : `${set}, dueAt = :dueAt, dueShard = :dueShard`,
    ConditionExpression: CONDITION.unchanged,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: toItem({
      ':expectedVersion': expectedVersion,
      ':state': state,
      ':version': version,
      ':schemaVersion': schemaVersion,
      ...dueValues,
    }),
  };
}

const LOST_TO_ANOTHER = new Set(['ConditionalCheckFailed', 'TransactionConflict']);
const BUSY = new Set(['ThrottlingError', 'ProvisionedThroughputExceeded']);

/** What a cancelled transaction means. The outbox row decides first: a duplicate fails the other conditions too. */
function cancelled(error: TransactionCanceledException): CommitResult {
  const reasons = error.CancellationReasons ?? [];
  const [outbox] = reasons;
  if (outbox?.Code === 'ConditionalCheckFailed' && outbox.Item)
    return { kind: 'duplicate', record: outboxRecordOf(outbox.Item) };
  if (reasons.some(({ Code = '' }) => BUSY.has(Code)))
    throw new StoreUnavailable('DynamoDB throttled the transaction.', { cause: error });
  if (reasons.some(({ Code = '' }) => LOST_TO_ANOTHER.has(Code))) return { kind: 'conflict' };
  throw error;
}

function notificationStore({ client, tableName: TableName }: Options): NotificationStore {
  const writeAlone = async (key: StateKey, expectedVersion: number, next: StoredState): Promise<void> => {
    const shown = { TableName, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
    if (expectedVersion > 0) {
      await client.send(new UpdateItemCommand({ ...shown, ...stateUpdate(key, expectedVersion, next) }));
    } else {
      await client.send(
        new PutItemCommand({ ...shown, Item: stateItem(key, next), ConditionExpression: CONDITION.isNew }),
      );
    }
  };
  return {
    async read(key) {
      const { Item } = await client
        .send(new GetItemCommand({ TableName, Key: toItem(stateItemKey(key)), ConsistentRead: true }))
        .catch(storeFailure);
      return storedStateOf(Item);
    },

    async replace(key, expectedVersion, next) {
      try {
        await writeAlone(key, expectedVersion, next);
        return { kind: 'replaced' };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) return storeFailure(error);
        return { kind: 'conflict', current: storedStateOf(error.Item) };
      }
    },

    async readWithContent(key) {
      const content = contentItemKey(key);
      const { Items = [] } = await client
        .send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'pk = :pk AND sk BETWEEN :state AND :content',
            ExpressionAttributeValues: toItem({
              ':pk': content.pk,
              ':state': stateItemKey(key).sk,
              ':content': content.sk,
            }),
            ConsistentRead: true,
          }),
        )
        .catch(storeFailure);
      const [stateRow, contentRow] = Items;
      const stored = storedStateOf(stateRow);
      return stored && { stored, content: contentRow && contentOf(contentRow) };
    },

    async listOf(subject) {
      const items = await everyItem(client, {
        TableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :notification)',
        FilterExpression: '#type = :type',
        ExpressionAttributeNames: { '#type': 'type' },
        ExpressionAttributeValues: toItem({
          ':pk': partitionKeyOf(subject),
          ':notification': SORT_KEY.notification,
          ':type': 'notification',
        }),
        ConsistentRead: true,
      });
      return items.flatMap((item) => {
        const stored = storedStateOf(item);
        const notificationId = decodeURIComponent(item.sk?.S?.slice(SORT_KEY.notification.length) ?? '');
        return stored ? [{ notificationId, stored }] : [];
      });
    },

    async keepRendered(key, rendered) {
      const attributes = renderedAttributes(rendered);
      try {
        await client.send(
          new UpdateItemCommand({
            TableName,
            Key: toItem(contentItemKey(key)),
            UpdateExpression: 'SET rendered = :rendered, renderedSchemaVersion = :version',
            ConditionExpression: CONDITION.notRendered,
            ExpressionAttributeValues: toItem({
              ':rendered': attributes.rendered,
              ':version': attributes.renderedSchemaVersion,
            }),
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return rendered;
      } catch (error) {
        const kept = error instanceof ConditionalCheckFailedException ? renderedOf(error.Item) : undefined;
        return kept ?? storeFailure(error);
      }
    },
  };
}

function outboxStore({ client, tableName: TableName }: Options): OutboxStore {
  return {
    async readOutbox(subject, commandId) {
      const Key = toItem(outboxItemKey(subject, commandId));
      const { Item } = await client
        .send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))
        .catch(storeFailure);
      return Item && outboxRecordOf(Item);
    },

    async markPublished(subject, commandId, publishedAt) {
      await updateUnlessRefused(client, {
        TableName,
        Key: toItem(outboxItemKey(subject, commandId)),
        UpdateExpression: 'SET publishedAt = :publishedAt REMOVE dueAt, dueShard, failures',
        ConditionExpression: CONDITION.exists,
        ExpressionAttributeValues: toItem({ ':publishedAt': publishedAt }),
      });
    },

    async bury(subject, commandId, buriedAt) {
      await updateUnlessRefused(client, {
        TableName,
        Key: toItem(outboxItemKey(subject, commandId)),
        UpdateExpression: 'SET buriedAt = :buriedAt REMOVE dueAt, dueShard',
        ConditionExpression: CONDITION.stillDue,
        ExpressionAttributeValues: toItem({ ':buriedAt': buriedAt }),
      });
    },

    async postpone(subject, commandId, dueAt, failures) {
      await updateUnlessRefused(client, {
        TableName,
        Key: toItem(outboxItemKey(subject, commandId)),
        UpdateExpression: failures === undefined ? 'SET dueAt = :dueAt' : 'SET dueAt = :dueAt, failures = :failures',
        ConditionExpression: CONDITION.stillDue,
        ExpressionAttributeValues: toItem({ ':dueAt': dueAt, ':failures': failures }),
      });
    },
  };
}

function deadLetterStore({ client, tableName: TableName }: Options): DeadLetterStore {
  return {
    async recordDeadLetter({ subscriber, id, reason, detail, message }, seenAt) {
      const key = deadLetterItemKey(subscriber, id);
      const input = (lastSeenAt: string, condition: string): UpdateItemCommand['input'] => ({
        TableName,
        Key: toItem(key),
        UpdateExpression: `SET reason = :reason, detail = :detail, lastSeenAt = ${lastSeenAt}, #type = :type, ${
          message === undefined ? '' : 'message = :message, '
        }schemaVersion = if_not_exists(schemaVersion, :written), firstSeenAt = if_not_exists(firstSeenAt, :seenAt), dueAt = if_not_exists(dueAt, :dueAt), dueShard = :dueShard ADD #count :one`,
        ConditionExpression: condition,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        ExpressionAttributeNames: { '#type': 'type', '#count': 'count' },
        ExpressionAttributeValues: toItem({
          ':reason': reason,
          ':detail': detail,
          ':message': message,
          ':type': 'dead-letter',
          ':one': 1,
          ':written': SHAPES['dead-letter'].written,
          ':readable': SHAPES['dead-letter'].readable,
          ':seenAt': new Date(seenAt).toISOString(),
          ':dueAt': seenAt,
          ':dueShard': dueShardOf('dead-letter', key.sk),
        }),
      });
      try {
        await client.send(
          new UpdateItemCommand(input(':seenAt', `(${CONDITION.isReadable}) AND (${CONDITION.isLatest})`)),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) return storeFailure(error);
        if (!isReadableDeadLetter(error.Item)) throw newerDeadLetter(error);
        // It was seen later than we saw it, and that stays: an older time would let it look settled.
        const older = input('if_not_exists(lastSeenAt, :seenAt)', CONDITION.isReadable);
        await client.send(new UpdateItemCommand(older)).catch((failure) => {
          throw failure instanceof ConditionalCheckFailedException ? newerDeadLetter(failure) : storeFailure(failure);
        });
      }
    },

    async openDeadLetters(limit) {
      const keys = await oldestInIndex(client, TableName, 'dead-letter', Number.MAX_SAFE_INTEGER, limit);
      const rows = await Promise.all(
        keys.map(async ({ pk, sk }) => {
          const Key = { pk, sk } as Item;
          const { Item } = await client
            .send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))
            .catch(storeFailure);
          return Item && openDeadLetterOf(Item);
        }),
      );
      return rows.filter((row) => row !== undefined);
    },
  };
}

const isReadableDeadLetter = (item: Item | undefined): boolean =>
  Number(item?.schemaVersion?.N ?? 0) <= SHAPES['dead-letter'].readable;

const newerDeadLetter = (cause: unknown): NewerVersion =>
  new NewerVersion('A newer release has recorded this dead letter.', { cause });

/** A refused condition says that there is nothing to do any more: the row is gone, or published meanwhile. */
async function updateUnlessRefused(client: DynamoDBClient, input: UpdateItemCommand['input']): Promise<void> {
  try {
    await client.send(new UpdateItemCommand(input));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) storeFailure(error);
  }
}

function dueStore({ client, tableName: TableName }: Options): DueStore {
  return {
    async due(kind, now, limit) {
      const entries = await oldestInIndex(client, TableName, kind, now, limit);
      return entries.map(dueRowOf).filter((row) => row !== undefined);
    },

    async postponeDue(key, dueAt) {
      await updateUnlessRefused(client, {
        TableName,
        Key: toItem(stateItemKey(key)),
        UpdateExpression: 'SET dueAt = :dueAt',
        ConditionExpression: CONDITION.stillDue,
        ExpressionAttributeValues: toItem({ ':dueAt': dueAt }),
      });
    },

    async gauge(kind) {
      const gauges = await Promise.all(shardsOf(kind).map((shard) => gaugeOfShard(client, TableName, shard)));
      const oldest = gauges.map(({ oldestDueAt }) => oldestDueAt).filter((dueAt) => dueAt !== undefined);
      const count = gauges.reduce((sum, gauge) => sum + gauge.count, 0);
      return oldest.length === 0 ? { count } : { count, oldestDueAt: Math.min(...oldest) };
    },
  };
}

const shardsOf = (kind: DueKind): string[] => Array.from({ length: DUE_SHARDS }, (_, shard) => dueShard(kind, shard));

/** Entries of one kind that are due at `now`, oldest first, whichever shard they stand on. */
async function oldestInIndex(
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

async function gaugeOfShard(client: DynamoDBClient, TableName: string, shard: string): Promise<Gauge> {
  const query: QueryCommandInput = {
    TableName,
    IndexName: INDEX.due,
    KeyConditionExpression: 'dueShard = :shard',
    ExpressionAttributeValues: toItem({ ':shard': shard }),
  };
  const { Items: [oldest] = [] } = await client.send(new QueryCommand({ ...query, Limit: 1 })).catch(storeFailure);
  if (!oldest) return { count: 0 };
  let count = 0;
  try {
    for await (const page of paginateQuery({ client }, { ...query, Select: 'COUNT' })) count += page.Count ?? 0;
  } catch (error) {
    storeFailure(error);
  }
  return { count, oldestDueAt: Number(oldest.dueAt?.N) };
}

async function everyItem(client: DynamoDBClient, query: QueryCommandInput): Promise<Item[]> {
  const items: Item[] = [];
  try {
    for await (const page of paginateQuery({ client }, query)) items.push(...(page.Items ?? []));
  } catch (error) {
    storeFailure(error);
  }
  return items;
}
