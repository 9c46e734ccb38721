import { setTimeout as sleep } from 'node:timers/promises';
import { notificationIdOf } from '#shared/notification/notification-id.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import type { PlannedMessage, PlannedOrder } from './plan.ts';
import {
  addingItem,
  cancellation,
  declaring,
  type PlannedRequest,
  placing,
  registering,
  sending,
  stepping,
  tooMuch,
  withAnotherBody,
} from './requests.ts';
import { isUploaded, PATIENCE_MS, pauseOf, type Sending } from './sending.ts';

export type Clients = {
  /** Number of orders that have an answer. */
  placed(): number;
  /** Sets whether clients begin no new orders. */
  hold(held: boolean): void;
  /** Places all these orders, with everything else that their clients do. */
  place(orders: readonly PlannedOrder[]): Promise<void>;
};

export type ClientOptions = {
  seed: number;
  /** Part of all keys: the same seed on the same folder would otherwise get stored answers. */
  run: string;
  through: Sending;
  /** Maximum number of orders that begin in a second. */
  ordersPerSecond: number;
  /** Number of orders that run at the same time. */
  concurrency: number;
};

const LOOK_EVERY_MS = 50;
const LOG_PAGE = '/notifications?limit=5';
const SETTINGS = '/settings';

/**
 * Clients that behave like real ones. They repeat a request under the same key until they know the outcome. Some send
 * it twice at the same time, some repeat it long after the answer, and some send another body under a used key.
 */
export function createClients({ seed, run, through, ordersPerSecond, concurrency }: ClientOptions): Clients {
  const { send, sendUntilAnswered, look, recorded } = through;
  const later = new Map<number, (() => Promise<unknown>)[]>();
  let placed = 0;
  let held = false;

  /** Sends the request as planned: once or twice at the same time, and perhaps again some orders later. */
  const sendAsPlanned = async (
    one: PlannedRequest,
    { twice, againAfter }: { twice: boolean; againAfter: number },
    number: number,
    random: Random,
  ): Promise<void> => {
    if (againAfter > 0) {
      const at = number + againAfter;
      later.set(at, [...(later.get(at) ?? []), () => sendUntilAnswered(one, random)]);
    }
    await Promise.all([sendUntilAnswered(one, random), ...(twice ? [sendUntilAnswered(one, random)] : [])]);
  };

  /** The upload's URL belongs to the running cloud. After a restart, the client has to request a new one. */
  const upload = async (declared: PlannedRequest, bytes: Buffer, random: Random): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (let tries = 0; Date.now() < deadline; tries += 1) {
      const { status, text } = await sendUntilAnswered(declared, random);
      if (status !== 201 || (await isUploaded(text, bytes))) return;
      await sleep(pauseOf(tries, random));
    }
  };
  /** Sends the direct notification of an order's client, perhaps with a file, and perhaps cancels it. */
  const sendMessage = async (order: PlannedOrder, planned: PlannedMessage, random: Random): Promise<void> => {
    const bytes = Buffer.from(`The file of message ${order.number}`);
    const file = planned.attached ? recorded(declaring(order, bytes, run)) : undefined;
    if (file) await upload(file, bytes, random);
    const one = recorded(sending(order, planned, run, file));
    await sendAsPlanned(one, planned, order.number, random);
    const path = `/notifications/${notificationIdOf({ tenant: one.tenant, type: 'message', id: one.orderId }, 1, 1)}`;
    const cancelling = [1, 2].map((person) => cancellation(one, path, person));
    await Promise.all([
      look(one.tenant, path, false, random),
      ...(order.readByStranger ? [look(order.stranger, path, true, random)] : []),
      ...(planned.cancelled ? cancelling.map((cancel) => sendUntilAnswered(recorded(cancel), random)) : []),
    ]);
  };

  /** Reads that the tenant and the operators send occasionally. */
  const occasionalReads = ({ number, tenant }: PlannedOrder, random: Random): Promise<unknown>[] => [
    ...(number % 10 === 0 ? [look(tenant, LOG_PAGE, false, random)] : []),
    ...(number % 10 === 5 ? [look(tenant, SETTINGS, false, random)] : []),
    ...(number % 50 === 0 ? [send('operator', { method: 'GET', path: '/dead-letters' }, random)] : []),
  ];

  const takeSteps = async (order: PlannedOrder, placed: PlannedRequest, random: Random): Promise<void> => {
    for (const step of order.steps) await sendAsPlanned(recorded(stepping(placed, step)), order, order.number, random);
    if (order.number % 4 === 3) await look(order.tenant, `/orders/${placed.orderId}/timeline`, false, random);
  };

  /** Registers and reads the customer, if the order names one. */
  const register = async (order: PlannedOrder, random: Random): Promise<PlannedRequest | undefined> => {
    if (!order.byCustomer) return undefined;
    const customer = recorded(registering(order, run));
    await sendAsPlanned(customer, order, order.number, random);
    await look(order.tenant, `/customers/${customer.orderId}`, false, random);
    return customer;
  };

  const serve = async (order: PlannedOrder): Promise<void> => {
    const random = randomOf(seed, `client ${order.number}`);
    const first = recorded(placing(order, run, await register(order, random)));
    const changed = order.changed === 'never' ? undefined : recorded(withAnotherBody(first));
    const atOnce = changed && order.changed === 'at-once' ? [sendUntilAnswered(changed, random)] : [];
    await Promise.all([sendAsPlanned(first, order, order.number, random), ...atOnce]);
    placed += 1;
    const items = order.items.map((item, index) => ({ item, adding: recorded(addingItem(first, `ADD-${index + 1}`)) }));
    await Promise.all([
      look(order.tenant, `/orders/${first.orderId}`, false, random),
      ...(order.readByStranger ? [look(order.stranger, `/orders/${first.orderId}`, true, random)] : []),
      ...(order.message ? [sendMessage(order, order.message, random)] : []),
      ...(changed && order.changed === 'later' ? [sendUntilAnswered(changed, random)] : []),
      ...items.map(({ item, adding }) => sendAsPlanned(adding, item, order.number, random)),
      ...(order.tooMuch
        ? [900_000, 800_000].map((quantity) => sendUntilAnswered(recorded(tooMuch(first, quantity)), random))
        : []),
      ...occasionalReads(order, random),
      ...(later.get(order.number) ?? []).map((again) => again()),
    ]);
    later.delete(order.number);
    await takeSteps(order, first, random);
  };

  return {
    placed: () => placed,
    hold: (now) => {
      held = now;
    },
    async place(orders) {
      const queue = orders.values();
      let nextAt = Date.now();
      const worker = async (): Promise<void> => {
        for (const order of queue) {
          const at = Math.max(nextAt, Date.now());
          nextAt = at + 1000 / ordersPerSecond;
          await sleep(Math.max(0, at - Date.now()));
          while (held) await sleep(LOOK_EVERY_MS);
          await serve(order);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      const remaining = [...later.values()].flat();
      later.clear();
      await Promise.all(remaining.map((again) => again()));
    },
  };
}
