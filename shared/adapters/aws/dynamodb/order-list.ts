import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { LISTED_ORDER, type OrderListStore, positionOf } from '#shared/order-list/ports.ts';
import { listedOrderOf, toItem } from './items.ts';
import { orderListItemKey } from './keys.ts';
import { queryPage, CONDITION as ROW, type Table, typed, update } from './table.ts';

/** Conditions by name. */
const CONDITION = {
  ...ROW,
  /** There is no row, or an earlier version of the order is in it. */
  isOlder: '(attribute_not_exists(pk) OR version < :version)',
} as const;

/** Positions begin with a timestamp, and are greater than that timestamp alone. So both bounds may be inclusive. */
const [START_OF_TIME, END_OF_TIME] = ['0', '~'];

/** The lists of orders. A list is one partition: about 1000 writes a second is the most that a partition takes. */
export function orderListStore(table: Table): OrderListStore {
  return {
    async keepListed(list, { version, ...order }) {
      const { item, refusal } = await update(table, {
        Key: toItem(orderListItemKey(list, positionOf(order))),
        UpdateExpression: 'SET #type = :type, schemaVersion = :written, version = :version, listed = :order',
        ConditionExpression: `${CONDITION.isOlder} AND ${CONDITION.isReadable}`,
        ...typed(LISTED_ORDER, { ':version': version, ':order': order }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      if (refusal && Number(item?.version?.N) < version)
        throw new NewerVersion('A newer release has written this row of the list of orders.', { cause: refusal });
    },

    async listOrders(list, { from = START_OF_TIME, to = END_OF_TIME, after }, limit) {
      const { pk } = orderListItemKey(list, '');
      const { Items = [], LastEvaluatedKey } = await queryPage(table, {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: toItem({ ':pk': pk, ':from': from, ':to': to }),
        ScanIndexForward: false,
        Limit: limit,
        ...(after !== undefined && { ExclusiveStartKey: toItem(orderListItemKey(list, after)) }),
      });
      return { orders: Items.map(listedOrderOf), isLast: LastEvaluatedKey === undefined };
    },
  };
}
