import {
  type ListedOrder,
  type OrderList,
  type OrderListRebuild,
  type OrderListStore,
  positionOf,
} from '#shared/order-list/ports.ts';

type Row = { order: ListedOrder; isCopy: boolean };

/** Rows of a page of all lists: few, so that tests have several pages. */
const PAGE_ROWS = 3;

/** The lists of orders in memory, with the same conditions as in the table. */
export function memoryOrderList(): OrderListStore & OrderListRebuild {
  const lists = new Map<string, Map<string, Row>>();
  const rowsOf = ({ tenant, generation }: OrderList): Map<string, Row> => {
    const name = JSON.stringify([tenant, generation]);
    const rows = lists.get(name) ?? new Map<string, Row>();
    lists.set(name, rows);
    return rows;
  };
  return {
    async keepListed(list, order) {
      const row = rowsOf(list).get(positionOf(order));
      const isReplaced = !row || row.order.version < order.version;
      const isOfCopy = row?.isCopy && row.order.version === order.version;
      if (isReplaced || isOfCopy) rowsOf(list).set(positionOf(order), { order: structuredClone(order), isCopy: false });
    },

    async copyListed(list, order) {
      const row = rowsOf(list).get(positionOf(order));
      if (!row || row.order.version < order.version)
        rowsOf(list).set(positionOf(order), { order: structuredClone(order), isCopy: true });
    },

    async removeListed(list, position) {
      rowsOf(list).delete(position);
    },

    async scanListed(after = '') {
      const all = [...lists].flatMap(([name, listed]) => {
        const [tenant, generation] = JSON.parse(name);
        return [...listed].map(([position, { order }]) => ({
          place: `${name} ${position}`,
          row: { list: { tenant, generation }, position, read: () => structuredClone(order) },
        }));
      });
      const left = all.filter(({ place }) => place > after).sort((one, other) => (one.place < other.place ? -1 : 1));
      const page = left.slice(0, PAGE_ROWS);
      const last = left.length > PAGE_ROWS ? page.at(-1)?.place : undefined;
      return {
        examined: page.length,
        rows: page.map(({ row }) => row),
        ...(last !== undefined && { position: last }),
      };
    },

    async listOrders(list, { from = '', to = '~', after = '~' }, limit) {
      const positions = [...rowsOf(list).entries()]
        .filter(([position]) => position >= from && position <= to && position < after)
        .sort(([one], [other]) => (one < other ? 1 : -1));
      const orders = positions.slice(0, limit).map(([, { order }]) => structuredClone(order));
      return { orders, isLast: positions.length <= limit };
    },
  };
}
