import { inForce, SUPPRESSION, type Suppression, type SuppressionStore } from '#shared/suppression/ports.ts';
import { suppressionOf, toItem } from './items.ts';
import { suppressionItemKey } from './keys.ts';
import { CONDITION, queryPage, readItems, type Table, typed, update } from './table.ts';

/** The event happened after the last lift. */
const NOT_LIFTED_SINCE = '(attribute_not_exists(liftedAt) OR liftedAt < :since)';
/** No suppression is in force, or the one in force has a later time: the earliest reason is kept. */
const IS_FIRST = '(attribute_not_exists(since) OR liftedAt >= since OR since > :since)';
const IS_IN_FORCE = 'attribute_exists(since) AND (attribute_not_exists(liftedAt) OR liftedAt < since)';

/** Each change is one conditional write. A refused write returns the row, so no read comes first. */
export function suppressionStore(table: Table): SuppressionStore {
  const store: SuppressionStore = {
    async suppress(tenant, { recipient, channel, reason, origin, since }) {
      const suppression: Suppression = { recipient, channel, reason, origin, since: new Date(since).toISOString() };
      const { item, refusal } = await update(table, {
        Key: toItem(suppressionItemKey(tenant, recipient)),
        UpdateExpression:
          'SET #type = :type, schemaVersion = if_not_exists(schemaVersion, :written), channel = :channel, reason = :reason, origin = :origin, since = :since',
        ConditionExpression: `${NOT_LIFTED_SINCE} AND ${IS_FIRST} AND ${CONDITION.isReadable}`,
        ...typed(SUPPRESSION, {
          ':channel': channel,
          ':reason': reason,
          ':origin': origin,
          ':since': suppression.since,
        }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      if (!refusal) return suppression;
      return item && inForce(suppressionOf(item));
    },

    async liftSuppression(tenant, recipient, at) {
      const { item, refusal } = await update(table, {
        Key: toItem(suppressionItemKey(tenant, recipient)),
        UpdateExpression: 'SET liftedAt = :at',
        ConditionExpression: `${IS_IN_FORCE} AND since <= :at AND ${CONDITION.isReadable}`,
        ExpressionAttributeValues: toItem({ ':at': new Date(at).toISOString(), ':readable': SUPPRESSION.readable }),
        ReturnValues: 'ALL_OLD',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      const suppression = item && inForce(suppressionOf(item));
      if (!refusal || !suppression) return suppression;
      // The provider's clock is ahead of ours. Lifting ends the suppression in force, whatever its time is.
      return store.liftSuppression(tenant, recipient, Date.parse(suppression.since));
    },

    async suppressionsOf(tenant, recipients) {
      const keys = [...new Set(recipients)].map((recipient) => suppressionItemKey(tenant, recipient));
      const items = keys.length === 0 ? [] : await readItems(table, keys);
      return items.flatMap((item) => inForce(suppressionOf(item)) ?? []);
    },

    async listSuppressions(tenant, limit, cursor) {
      const { pk, sk } = suppressionItemKey(tenant, cursor ?? '');
      const { Items = [], LastEvaluatedKey } = await queryPage(table, {
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: toItem({ ':pk': pk }),
        Limit: limit,
        ConsistentRead: true,
        ...(cursor !== undefined && { ExclusiveStartKey: toItem({ pk, sk }) }),
      });
      const suppressions = Items.flatMap((item) => inForce(suppressionOf(item)) ?? []);
      return { suppressions, ...(LastEvaluatedKey && { cursor: LastEvaluatedKey.sk?.S ?? '' }) };
    },
  };
  return store;
}
