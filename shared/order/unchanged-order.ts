import { absent } from '#shared/messaging/absence.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import type { RelatedState } from '#shared/messaging/rows.ts';
import type { Clock } from '#shared/messaging/system.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { ORDER, type Order } from './order.ts';

export type OrderReaderPorts = { orders: Pick<StateStore<Order>, 'read'>; clock: Clock };

/** How the command of a process gets the order that it is about. Both are for the executor (see `Decided`). */
export type UnchangedOrder = {
  /** @throws NotSeenYet while the order's row may not be visible yet; PoisonMessage if there is none. */
  read(): Promise<Order>;
  related(): Promise<readonly RelatedState[]>;
};

/**
 * An order that a process reads and does not change. The process commits only if the order still is as it was read. So
 * an order that was confirmed, or whose contact was erased, in the meantime is read again.
 * @param since ISO 8601: when the order was placed, or a later change of it that is known.
 */
export function unchangedOrder(key: Subject, since: string, { orders, clock }: OrderReaderPorts): UnchangedOrder {
  const orderKey = orderKeyOf(key);
  let version = 0;
  return {
    async read() {
      const stored = await orders.read(orderKey);
      if (!stored) throw absent(NO_SUCH_ORDER, since, clock.now());
      version = stored.version;
      return stored.state;
    },
    related: async () => (version === 0 ? [] : [{ key: orderKey, expectedVersion: version }]),
  };
}

const NO_SUCH_ORDER = {
  reason: 'NO_SUCH_ORDER',
  detail: 'The tenant has no order with this id, although a message is about it.',
};

const orderKeyOf = ({ tenant, id }: Subject): Subject => ({ tenant, type: ORDER.name, id });
