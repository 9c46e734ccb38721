import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import {
  LISTED_ORDER,
  type ListedOrder,
  type ListedRow,
  type OrderList,
  type OrderListRebuild,
  type OrderListStore,
  positionOf,
} from '#shared/order-list/ports.ts';
import { storeFailure } from './failures.ts';
import { type Item, listedOrderOf, toItem } from './items.ts';
import { orderListItemKey, orderListOf } from './keys.ts';
import { scanPage } from './scan-page.ts';
import { queryPage, CONDITION as ROW, type Table, typed, update } from './table.ts';

/** Conditions by name. */
const CONDITION = {
  ...ROW,
  /** There is no row, or an earlier version of the order is in it. */
  isOlder: '(attribute_not_exists(pk) OR version < :version)',
  /** A replay has copied this version from another generation. */
  isCopy: '(version = :version AND attribute_exists(isCopy))',
} as const;

/** Positions begin with a timestamp, and are greater than that timestamp alone. So both bounds may be inclusive. */
const [START_OF_TIME, END_OF_TIME] = ['0', '~'];

const SET_ROW = 'SET #type = :type, schemaVersion = :written, version = :version, listed = :order';

/** Most rows of any kind in a page of the whole table. */
const PAGE_ROWS = 500;

/** The lists of orders. A list is one partition: about 1000 writes a second is the most that a partition takes. */
export function orderListStore(table: Table): OrderListStore & OrderListRebuild {
  return {
    async keepListed(list, order) {
      await write(table, list, order, {
        UpdateExpression: `${SET_ROW} REMOVE isCopy`,
        ConditionExpression: `(${CONDITION.isOlder} OR ${CONDITION.isCopy}) AND ${CONDITION.isReadable}`,
      });
    },

    async copyListed(list, order) {
      await write(table, list, order, {
        UpdateExpression: `${SET_ROW}, isCopy = :isCopy`,
        ConditionExpression: `${CONDITION.isOlder} AND ${CONDITION.isReadable}`,
        values: { ':isCopy': true },
      });
    },

    async removeListed(list, position) {
      const { client, tableName: TableName } = table;
      const command = new DeleteItemCommand({ TableName, Key: toItem(orderListItemKey(list, position)) });
      await client.send(command).catch(storeFailure);
    },

    async scanListed(after) {
      const { items, ...page } = await scanPage(table, after, {
        Limit: PAGE_ROWS,
        FilterExpression: '#type = :type',
        ExpressionAttributeNames: { '#type': 'type' },
        ExpressionAttributeValues: toItem({ ':type': LISTED_ORDER.name }),
      });
      return { ...page, rows: items.flatMap(listedRow) };
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

type Write = { UpdateExpression: string; ConditionExpression: string; values?: Record<string, unknown> };

async function write(
  table: Table,
  list: OrderList,
  { version, ...order }: ListedOrder,
  { values, ...expressions }: Write,
): Promise<void> {
  const { item, refusal } = await update(table, {
    Key: toItem(orderListItemKey(list, positionOf(order))),
    ...expressions,
    ...typed(LISTED_ORDER, { ':version': version, ':order': order, ...values }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  if (refusal && Number(item?.version?.N) < version)
    throw new NewerVersion('A newer release has written this row of the list of orders.', { cause: refusal });
}

/** Rows with another form of the key are not ours, and are left out. */
function listedRow(item: Item): ListedRow[] {
  const [pk = '', position = ''] = [item.pk?.S, item.sk?.S];
  const list = orderListOf(pk);
  return list ? [{ list, position, read: () => listedOrderOf(item) }] : [];
}
