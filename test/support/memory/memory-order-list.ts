import { type ListedOrder, type OrderList, type OrderListStore, positionOf } from '#shared/order-list/ports.ts';

/** The lists of orders in memory, with the same condition as in the table. */
export function memoryOrderList(): OrderListStore {
  const lists = new Map<string, Map<string, ListedOrder>>();
  const rowsOf = ({ tenant, generation }: OrderList): Map<string, ListedOrder> => {
    const name = JSON.stringify([tenant, generation]);
    const rows = lists.get(name) ?? new Map<string, ListedOrder>();
    lists.set(name, rows);
    return rows;
  };
  return {
    async keepListed(list, order) {
      const rows = rowsOf(list);
      const position = positionOf(order);
      const row = rows.get(position);
      if (!row || row.version < order.version) rows.set(position, structuredClone(order));
    },

    async listOrders(list, { from = '', to = '~', after = '~' }, limit) {
      const positions = [...rowsOf(list).entries()]
        .filter(([position]) => position >= from && position <= to && position < after)
        .sort(([one], [other]) => (one < other ? 1 : -1));
      const orders = positions.slice(0, limit).map(([, order]) => structuredClone(order));
      return { orders, isLast: positions.length <= limit };
    },
  };
}
