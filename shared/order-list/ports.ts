import { shapeOf } from '#shared/messaging/versions.ts';
import type { ProjectionName } from '#shared/names.ts';
import type { Order } from '#shared/order/order.ts';
import type { Page } from '#shared/replay/ports.ts';

/** An order as the list shows it. It has no personal data. */
export type ListedOrder = Pick<Order, 'orderId' | 'status' | 'customerId' | 'currency' | 'total' | 'placedAt'> & {
  /** The order's version that the other fields are of. */
  version: number;
  /** Sum of the lines' quantities. */
  itemCount: number;
};

export const LISTED_ORDER = shapeOf<Omit<ListedOrder, 'version'>>('listed-order');

/**
 * One list of a tenant's orders. A replay writes the next generation beside the one that is read, so the generation is
 * part of every key. `shared/replay/generations.ts` says which generation is read.
 */
export type OrderList = { tenant: string; generation: number };

/** The name of the read model. */
export const ORDER_LIST: ProjectionName = 'orders';

export type ListRange = {
  /** ISO 8601 in UTC with milliseconds; inclusive. */
  from?: string;
  /** ISO 8601 in UTC with milliseconds; exclusive. */
  to?: string;
  /** Position after which the page begins. */
  after?: string;
};

export type OrderListStore = {
  /**
   * Writes the row of the order, unless the row has this version or a later one. So the row is the same after any order
   * and any repetition of calls. One write.
   * @throws NewerVersion if the row is older, but was written by a release that this release cannot read.
   */
  keepListed(list: OrderList, order: ListedOrder): Promise<void>;
  /** Newest first. One read call, which may lag behind the last writes. @throws NewerVersion */
  listOrders(list: OrderList, range: ListRange, limit: number): Promise<{ orders: ListedOrder[]; isLast: boolean }>;
};

/** What a replay does with the lists of all tenants. */
export type OrderListRebuild = {
  /**
   * Writes the row of another generation as a copy, unless there is a row of this version or a later one. `keepListed`
   * replaces a copy with the same version. One write. @throws NewerVersion
   */
  copyListed(list: OrderList, order: ListedOrder): Promise<void>;
  /** Deletes a row, if there is one. */
  removeListed(list: OrderList, position: string): Promise<void>;
  /** A page of the rows of all lists, in no order. It reads the whole table. @param after `position` of the page before. */
  scanListed(after: string | undefined): Promise<Page & { rows: ListedRow[] }>;
};

export type ListedRow = {
  list: OrderList;
  /** See `positionOf`. */
  position: string;
  /** @throws NewerVersion */
  read(): ListedOrder;
};

/** The place of an order in the list. Positions sort by time, then by id. A position never changes. */
export const positionOf = ({ placedAt, orderId }: Pick<ListedOrder, 'placedAt' | 'orderId'>): string =>
  `${placedAt}#${orderId}`;
