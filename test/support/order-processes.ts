import assert from 'node:assert/strict';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { settingsReader } from '#shared/notification/settings/settings-reader.ts';
import type { CommandOf } from '#shared/once/execute-message.ts';
import { executeMessage } from '#shared/once/execute-message.ts';
import { ORDER, type Order } from '#shared/order/order.ts';
import { httpEvent } from './http-event.ts';
import { createWorld } from './world/world.ts';

const TENANT = 'acme';
const CONTACT = { name: 'Ada', email: 'ada@example.com', phone: '+4366012345678' };

/** One order in a world in memory, and a process about it. Nothing is delivered by itself. */
export function orderProcessWorld({ contact = CONTACT as object } = {}) {
  const world = createWorld();
  const { store, clock, commands, messages, ports: common } = world;
  const ports = {
    ...common(),
    secret: async () => 'key',
    notifications: { firstClaimMs: 300_000 },
    settingsOf: settingsReader(store).current,
    orders: store.statesOf<Order>(ORDER),
    due: store,
  };
  let keys = 0;
  const ask = async (path: string, routeKey: string, body: object, orderId = ''): Promise<Envelope | undefined> => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': `key-${++keys}` };
    const before = messages().length;
    const event = { ...httpEvent({ routeKey, tenant: TENANT, headers, body: JSON.stringify(body) }), rawPath: path };
    const { statusCode } = await commands({ ...event, pathParameters: { orderId } });
    return statusCode < 300 ? JSON.parse(messages()[before] ?? '') : undefined;
  };
  return {
    ...world,
    ports,
    /** Places the order. @returns the message about it. */
    async place(more: object = {}): Promise<Envelope> {
      const placed = await ask('/orders', 'POST /orders', { contact, currency: 'EUR', lines: [], ...more });
      return placed ?? assert.fail('not placed');
    },
    /** Registers a customer. @returns the message about it. */
    async register(customer: object): Promise<Envelope> {
      return (await ask('/customers', 'POST /customers', customer)) ?? assert.fail('not registered');
    },
    /** Sends a command about the order. @returns the message about it; undefined: the command was refused. */
    async step(name: 'confirm' | 'approve' | 'cancel', { data }: Envelope): Promise<Envelope | undefined> {
      const { orderId } = data as { orderId: string };
      const body = name === 'cancel' ? { reason: 'Ordered twice.' } : {};
      return ask(`/orders/${orderId}/${name}`, `POST /orders/{orderId}/${name}`, body, orderId);
    },
    deliver: <State, Command, Event, Terms, Announced extends import('#shared/messaging/decider.ts').Announcement>(
      message: object,
      commandOf: CommandOf<State, Command, Event, Terms, Announced>,
      subscriber: string,
    ) => executeMessage(JSON.stringify(message), commandOf, { ...ports, subscriber }),
    subjectOf: ({ data }: Envelope) => ({
      tenant: TENANT,
      type: ORDER.name,
      id: (data as { orderId: string }).orderId,
    }),
    /** The notifications about the order with this purpose. */
    async requested(message: Envelope, purpose: string) {
      const { orderId } = message.data as { orderId: string };
      const all = await store.listOf({ tenant: TENANT, type: ORDER.name, id: orderId });
      return all.filter(({ stored }) => stored.state.purpose === purpose);
    },
    clock,
  };
}
