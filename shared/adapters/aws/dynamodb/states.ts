import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { StateKey } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Shape } from '#shared/messaging/versions.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { storeFailure } from './failures.ts';
import { stateItem, storedStateOf, toItem } from './items.ts';
import { dueShardOf, stateItemKey } from './keys.ts';
import { CONDITION, type Table } from './table.ts';

/** States of one shape: they are read, and replaced without publishing a message. */
export function stateStore<State>({ client, tableName: TableName }: Table, shape: Shape<State>): StateStore<State> {
  const writeState = async (key: StateKey, expectedVersion: number, next: StoredState<State>): Promise<void> => {
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
      return storedStateOf(shape, Item);
    },

    async replace(key, expectedVersion, next) {
      try {
        await writeState(key, expectedVersion, next);
        return { kind: 'replaced' };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) return storeFailure(error);
        return { kind: 'conflict', current: storedStateOf(shape, error.Item) };
      }
    },
  };
}

/** Replaces the state. The other attributes of the row, such as its position in the log, do not change. */
export function stateUpdate(
  key: StateKey,
  expectedVersion: number,
  { schemaVersion, version, state, due }: StoredState<unknown>,
) {
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
