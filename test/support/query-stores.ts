import type { MemoryStore } from '#shared/adapters/memory/memory-store.ts';
import type { QueryPorts } from '#shared/api/queries.ts';
import { ERASURE } from '#shared/erasure/erasure.ts';
import { ORDER } from '#shared/order/order.ts';

/** What the queries read, from one store in memory. */
export const queryStores = (memory: MemoryStore): Pick<QueryPorts, 'store' | 'orders' | 'erasures' | 'messageLog'> => ({
  store: memory,
  orders: memory.statesOf(ORDER),
  erasures: memory.statesOf(ERASURE),
  messageLog: memory,
});
