import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { StateKey } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Shape } from '#shared/messaging/versions.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { stateItem, storedStateOf, toItem } from './items.ts';
import { dueShardOf, stateItemKey } from './keys.ts';
import { CONDITION, readItem, type Table, update, written } from './table.ts';

/** States of one shape: they are read, and replaced without publishing a message. */
export function stateStore<State>(table: Table, shape: Shape<State>): StateStore<State> {
  const { client, tableName: TableName } = table;
  const shown = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  const create = (key: StateKey, next: StoredState<State>) => {
    const row = { TableName, Item: stateItem(key, next, table.dueShards), ConditionExpression: CONDITION.isNew };
    return written(client.send(new PutItemCommand({ ...shown, ...row })));
  };
  return {
    async read(key) {
      return storedStateOf(shape, await readItem(table, stateItemKey(key)));
    },

    async replace(key, expectedVersion, next) {
      const { item, refusal } = await (expectedVersion > 0
        ? update(table, { ...shown, ...stateUpdate({ key, expectedVersion, next }, table) })
        : create(key, next));
      return refusal ? { kind: 'conflict', current: storedStateOf(shape, item) } : { kind: 'replaced' };
    },
  };
}

/** Replaces the state. The other attributes of the row, such as its position in the log, do not change. */
export function stateUpdate(
  { key, expectedVersion, next }: { key: StateKey; expectedVersion: number; next: StoredState<unknown> },
  { dueShards }: Pick<Table, 'dueShards'>,
) {
  const { schemaVersion, version, state, due } = next;
  const itemKey = stateItemKey(key);
  const dueValues =
    due === undefined ? {} : { ':dueAt': due.at, ':dueShard': dueShardOf(due.kind, itemKey.pk, dueShards) };
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
