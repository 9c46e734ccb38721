import type { MemoryStore } from '#shared/adapters/memory/memory-store.ts';
import type { QueryApiPorts } from '#shared/api/routes.ts';
import { ERASURE } from '#shared/erasure/erasure.ts';
import { ORDER } from '#shared/order/order.ts';

/** What the queries read, from one store in memory. */
export const queryStores = (
  memory: MemoryStore,
): Pick<QueryApiPorts, 'store' | 'orders' | 'erasures' | 'messageLog'> => ({
  store: memory,
  orders: memory.statesOf(ORDER),
  erasures: memory.statesOf(ERASURE),
  messageLog: memory,
});
