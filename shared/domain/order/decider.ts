import type { Decider } from '#shared/messaging/decider.ts';
import { announce, answer } from './announce.ts';
import { decide, evolve, ORDER_SCHEMA_VERSION, type Order, type OrderCommand, type OrderEvent } from './order.ts';

/** The order, as the executor takes it. */
export const orderDecider: Decider<Order, OrderCommand, OrderEvent> = {
  schemaVersion: ORDER_SCHEMA_VERSION,
  decide,
  evolve,
  announce,
  answer,
  // Nothing waits for an order yet.
  due: () => undefined,
};
