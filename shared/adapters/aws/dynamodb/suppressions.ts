import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { inForce, momentOf } from '#shared/adapters/in-force.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { SUPPRESSION, type Suppression, type SuppressionStore } from '#shared/suppression/ports.ts';
import { storeFailure } from './failures.ts';
import { type Item, suppressionOf, toItem } from './items.ts';
import { suppressionItemKey } from './keys.ts';
import type { Table } from './table.ts';

const IS_READABLE = '(attribute_not_exists(schemaVersion) OR schemaVersion <= :readable)';
/** The event happened after the last lift. */
const NOT_LIFTED_SINCE = '(attribute_not_exists(liftedAt) OR liftedAt < :since)';
/** No suppression is in force, or the one in force has a later time: the earliest reason is kept. */
const IS_FIRST = '(attribute_not_exists(since) OR liftedAt >= since OR since > :since)';
const IS_IN_FORCE = 'attribute_exists(since) AND (attribute_not_exists(liftedAt) OR liftedAt < since)';

/** Each change is one conditional write. A refused write returns the row, so no read comes first. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a store's methods share one table, and each is small.
export function suppressionStore({ client, tableName: TableName }: Table): SuppressionStore {
  const ownItem = (error: unknown): Item | undefined =>
    error instanceof ConditionalCheckFailedException ? error.Item : storeFailure(error);
  const store: SuppressionStore = {
    async suppress(tenant, { recipient, channel, reason, origin, since }) {
      const suppression: Suppression = { recipient, channel, reason, origin, since: momentOf(since) };
      try {
        await client.send(
          new UpdateItemCommand({
            TableName,
            Key: toItem(suppressionItemKey(tenant, recipient)),
            UpdateExpression:
              'SET #type = :type, schemaVersion = if_not_exists(schemaVersion, :written), channel = :channel, reason = :reason, origin = :origin, since = :since',
            ConditionExpression: `${NOT_LIFTED_SINCE} AND ${IS_FIRST} AND ${IS_READABLE}`,
            ExpressionAttributeNames: { '#type': 'type' },
            ExpressionAttributeValues: toItem({
              ':type': SUPPRESSION.name,
              ':written': SUPPRESSION.written,
              ':readable': SUPPRESSION.readable,
              ':channel': channel,
              ':reason': reason,
              ':origin': origin,
              ':since': suppression.since,
            }),
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return suppression;
      } catch (error) {
        const item = ownItem(error);
        return item && inForce(suppressionOf(item));
      }
    },

    async liftSuppression(tenant, recipient, at) {
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName,
            Key: toItem(suppressionItemKey(tenant, recipient)),
            UpdateExpression: 'SET liftedAt = :at',
            ConditionExpression: `${IS_IN_FORCE} AND since <= :at AND ${IS_READABLE}`,
            ExpressionAttributeValues: toItem({ ':at': momentOf(at), ':readable': SUPPRESSION.readable }),
            ReturnValues: 'ALL_OLD',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return Attributes && inForce(suppressionOf(Attributes));
      } catch (error) {
        const item = ownItem(error);
        const suppression = item && inForce(suppressionOf(item));
        // The provider's clock is ahead of ours. Lifting ends the suppression in force, whatever its time is.
        return suppression && store.liftSuppression(tenant, recipient, Date.parse(suppression.since));
      }
    },

    async suppressionsOf(tenant, recipients) {
      const Keys = [...new Set(recipients)].map((recipient) => toItem(suppressionItemKey(tenant, recipient)));
      if (Keys.length === 0) return [];
      const { Responses, UnprocessedKeys } = await client
        .send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }))
        .catch(storeFailure);
      if (Object.keys(UnprocessedKeys ?? {}).length > 0) throw new StoreUnavailable('DynamoDB left keys unread.');
      return (Responses?.[TableName] ?? []).map((item) => inForce(suppressionOf(item))).filter(isThere);
    },

    async listSuppressions(tenant, limit, cursor) {
      const { pk, sk } = suppressionItemKey(tenant, cursor ?? '');
      const { Items = [], LastEvaluatedKey } = await client
        .send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: toItem({ ':pk': pk }),
            Limit: limit,
            ConsistentRead: true,
            ...(cursor !== undefined && { ExclusiveStartKey: toItem({ pk, sk }) }),
          }),
        )
        .catch(storeFailure);
      const suppressions = Items.map((item) => inForce(suppressionOf(item))).filter(isThere);
      return { suppressions, ...(LastEvaluatedKey && { cursor: LastEvaluatedKey.sk?.S ?? '' }) };
    },
  };
  return store;
}

const isThere = (suppression: Suppression | undefined): suppression is Suppression => suppression !== undefined;
