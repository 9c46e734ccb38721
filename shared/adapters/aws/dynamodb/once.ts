import {
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { NewRow } from '#shared/messaging/rows.ts';
import { type Commit, type CommitResult, type OnceStore, StoreUnavailable } from '#shared/once/ports.ts';
import { storeFailure } from './failures.ts';
import {
  type Item,
  newStateItem,
  outboxItem,
  outboxRecordOf,
  recordItem,
  stateItem,
  storedStateOf,
  toItem,
} from './items.ts';
import { type DueShards, type ItemKey, outboxItemKey, stateItemKey } from './keys.ts';
import { stateUpdate } from './states.ts';
import { CONDITION, readItems, type Table } from './table.ts';

/** Commits the state, the outbox row and additional rows in one transaction. */
export function onceStore(table: Table): OnceStore {
  const { client } = table;
  return {
    async load(key, commandId, shape) {
      const [state, outbox] = [stateItemKey(key), outboxItemKey(key, commandId)];
      const items = await readItems(table, [state, outbox]);
      const itemOf = ({ sk }: ItemKey): Item | undefined => items.find((item) => item.sk?.S === sk);
      const record = itemOf(outbox);
      return { stored: storedStateOf(shape, itemOf(state)), record: record && outboxRecordOf(record) };
    },

    async commit(commit) {
      try {
        await client.send(new TransactWriteItemsCommand({ TransactItems: transactionOf(commit, table) }));
        return { kind: 'committed' };
      } catch (error) {
        return error instanceof TransactionCanceledException ? cancelled(error) : storeFailure(error);
      }
    },
  };
}

/** The outbox row comes first, because its refusal is recognised by its position in the transaction. */
function transactionOf(
  { key, expectedVersion, next, outbox, rows, related = [] }: Commit,
  table: Table,
): TransactWriteItem[] {
  const { tableName: TableName, dueShards } = table;
  return [
    {
      Put: {
        TableName,
        Item: outboxItem(outbox, dueShards),
        ConditionExpression: CONDITION.isNew,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    },
    stateWrite({ key, expectedVersion, next }, table),
    ...related.map((one) => stateWrite(one, table)),
    ...rows.map((row): TransactWriteItem => ({ Put: { TableName, ...newRowPut(row, dueShards) } })),
  ];
}

/** A new state must not exist yet. Its records need no own condition: the transaction writes both or neither. */
const newRowPut = (row: NewRow, dueShards: DueShards | undefined) =>
  row.kind === 'state'
    ? { Item: newStateItem(row, dueShards), ConditionExpression: CONDITION.isNew }
    : { Item: recordItem(row) };

function stateWrite(
  { key, expectedVersion, next }: Pick<Commit, 'key' | 'expectedVersion' | 'next'>,
  table: Table,
): TransactWriteItem {
  const { tableName: TableName, dueShards } = table;
  if (!next) return { ConditionCheck: { TableName, Key: toItem(stateItemKey(key)), ...hasVersion(expectedVersion) } };
  if (expectedVersion === 0)
    return { Put: { TableName, Item: stateItem(key, next, dueShards), ConditionExpression: CONDITION.isNew } };
  return { Update: { TableName, ...stateUpdate({ key, expectedVersion, next }, table) } };
}

const hasVersion = (expectedVersion: number) =>
  expectedVersion === 0
    ? { ConditionExpression: CONDITION.isNew }
    : {
        ConditionExpression: CONDITION.unchanged,
        ExpressionAttributeValues: toItem({ ':expectedVersion': expectedVersion }),
      };

const LOST_TO_ANOTHER = new Set(['ConditionalCheckFailed', 'TransactionConflict']);
const BUSY = new Set(['ThrottlingError', 'ProvisionedThroughputExceeded']);

/** The result of a cancelled transaction. The outbox row decides first: a duplicate fails the other conditions too. */
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
