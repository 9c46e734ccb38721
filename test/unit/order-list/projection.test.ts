import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { messageCommandId } from '#shared/once/command-id.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { orderDecider } from '#shared/order/decider.ts';
import { ORDER, type OrderCommand } from '#shared/order/order.ts';
import type { ListedOrder, OrderListStore } from '#shared/order-list/ports.ts';
import { listedOrder, type ProjectionPorts, projectOrder } from '#shared/order-list/projection.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { firstGenerations } from '#test/support/generations.ts';
import { memoryOrderList } from '#test/support/memory/memory-order-list.ts';
import { memoryStore } from '#test/support/memory/memory-store.ts';
import { manualClock } from '#test/support/ports.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { TERMS } from '#test/support/requested.ts';
import { createWorld } from '#test/support/world/world.ts';

const PLACED_AT = '2026-01-01T00:00:00.000Z';
const FIGURES = { orderId: 'o1', status: 'placed', currency: 'EUR', total: 2500, itemCount: 2, placedAt: PLACED_AT };
const LIST = { tenant: 'acme', generation: 1 };

const rowsOf = async (orderList: OrderListStore, tenant = 'acme'): Promise<ListedOrder[]> =>
  (await orderList.listOrders({ ...LIST, tenant }, {}, 1000)).orders;

/** The list after these messages, which no order exists for. */
async function listAfter(bodies: readonly string[]): Promise<ListedOrder[]> {
  const [orderList, store] = [memoryOrderList(), memoryStore()];
  const ports = { orderList, orders: store.statesOf(ORDER), clock: manualClock(), generations: firstGenerations() };
  for (const body of bodies) await projectOrder(body, ports);
  return rowsOf(orderList);
}

describe('the list of orders', () => {
  it('shows the figures of a message, and the version of its order', async () => {
    const data = { ...FIGURES, customerId: 'customer-1', lines: [], addedLater: 'x' };
    assert.deepEqual(await listAfter([envelopeText({ data, sequence: '12.3' })]), [
      { ...FIGURES, customerId: 'customer-1', version: 12 },
    ]);
  });

  it('compares versions as numbers, and ignores the place of a message in its version', async () => {
    const ninth = envelopeText({ data: { ...FIGURES, total: 9 }, sequence: '9.10' });
    const tenth = envelopeText({ data: { ...FIGURES, total: 10 }, sequence: '10.1' });
    for (const bodies of [
      [ninth, tenth],
      [tenth, ninth],
    ])
      assert.deepEqual(await listAfter(bodies), [{ ...FIGURES, total: 10, version: 10 }]);
  });

  const poison: [what: string, body: string, reason: string][] = [
    ['no JSON', 'no json', 'NOT_JSON'],
    ['no order', envelopeText({ data: { notificationId: 'order_o1_1-1' } }), 'MALFORMED'],
    ['some of the figures', envelopeText({ data: { ...FIGURES, itemCount: undefined } }), 'MALFORMED'],
    ['another form of the time', envelopeText({ data: { ...FIGURES, placedAt: '2026-01-01T00:00:00Z' } }), 'MALFORMED'],
    ['a separator in the id', envelopeText({ data: { ...FIGURES, orderId: 'o#1' } }), 'MALFORMED'],
    ['another sequence', envelopeText({ data: FIGURES, sequence: 'first' }), 'MALFORMED'],
  ];
  for (const [what, body, reason] of poison)
    it(`takes a message with ${what} as poison`, async () => {
      await assert.rejects(listAfter([body]), { name: 'PoisonMessage', reason });
    });

  it('leaves a status that it does not know to a newer release', async () => {
    const body = envelopeText({ data: { ...FIGURES, status: 'shipped' } });
    await assert.rejects(listAfter([body]), { code: 'NEWER_VERSION' });
  });
});

/** A message as earlier releases wrote it: with the order's id, but without its figures. */
const earlier = (body: string): string => {
  const { data, ...envelope } = JSON.parse(body);
  return JSON.stringify({ ...envelope, data: { orderId: data.orderId } });
};

describe('a message of an earlier release', () => {
  it('leads to the order itself, whose version may be later', async () => {
    const world = createWorld();
    const orders = world.store.statesOf(ORDER);
    const { orderId } = await world.place({ customerId: 'customer-1' });
    const ports = { orderList: world.orderList, orders, clock: world.clock, generations: firstGenerations() };
    const [first = assert.fail()] = orderMessages(world.messages());
    await projectOrder(earlier(first), ports);
    const stored = (await orders.read({ tenant: 'acme', type: 'order', id: orderId })) ?? assert.fail();
    assert.deepEqual(await rowsOf(world.orderList), [listedOrder(stored)]);
  });

  it('is delivered again if its order may not be visible yet, and is poison after an hour', async () => {
    const clock = manualClock(Date.parse(PLACED_AT));
    const orders = memoryStore().statesOf(ORDER);
    const ports = { orderList: memoryOrderList(), orders, clock, generations: firstGenerations() };
    const body = envelopeText({ data: { orderId: 'o1' }, time: PLACED_AT });
    await assert.rejects(projectOrder(body, ports), { code: 'NOT_SEEN_YET' });
    clock.advance(3_600_000);
    await assert.rejects(projectOrder(body, ports), { name: 'PoisonMessage', reason: 'NO_SUCH_ORDER' });
  });
});

/** The messages about orders, without those about notifications. */
const orderMessages = (bodies: readonly string[]): string[] =>
  bodies.filter((body) => JSON.parse(body).type.startsWith('counterfoil.order.'));

const ITEM = { sku: 'TEA-1', description: 'Green tea', quantity: 2, unitPrice: 1250 };
/** Commands after the order was placed. Those that its status does not allow write no message. */
const COMMANDS: OrderCommand[] = [
  { type: 'AddItem', data: { line: ITEM } },
  { type: 'ConfirmOrder' },
  { type: 'ApproveOrder' },
  { type: 'CancelOrder', data: { reason: 'No longer needed' } },
  { type: 'EraseContact' },
];

/** An order after these commands: its messages in their order, the ports of the projection, and its row. */
async function orderAfter(commands: readonly OrderCommand[]) {
  const world = createWorld();
  const { orderId } = await world.place({ lines: [ITEM], customerId: 'customer-1' });
  const key = { tenant: 'acme', type: 'order', id: orderId };
  for (const [index, command] of commands.entries()) {
    const commandId = messageCommandId('test', `${index}`);
    const metadata = { correlationId: 'correlation', causationId: 'cause' };
    await executeOnce(
      { decider: orderDecider, key, commandId, fingerprint: '', command, terms: TERMS, metadata },
      world.ports(),
    );
  }
  const orders = world.store.statesOf(ORDER);
  const row = listedOrder((await orders.read(key)) ?? assert.fail());
  return {
    bodies: orderMessages(world.messages()),
    row,
    ports: { orders, clock: world.clock, generations: firstGenerations() },
  };
}

async function listOf(bodies: readonly string[], ports: Omit<ProjectionPorts, 'orderList'>): Promise<ListedOrder[]> {
  const orderList = memoryOrderList();
  for (const body of bodies) await projectOrder(body, { ...ports, orderList });
  return rowsOf(orderList);
}

describe('the row of an order', () => {
  it('is that of the order itself, after its messages in any order, each of them several times', async () => {
    await checkProperty(
      'the list of orders, in any order',
      fc.asyncProperty(
        fc.array(fc.constantFrom(...COMMANDS), { maxLength: 6 }),
        fc.infiniteStream(fc.record({ place: fc.nat(), isEarlier: fc.boolean() })),
        fc.nat({ max: 5 }),
        async (commands, draws, repetitions) => {
          const { bodies, row, ports } = await orderAfter(commands);
          assert.deepEqual(await listOf(bodies, ports), [row]);
          const repeated = [...bodies, ...bodies.slice(0, repetitions), ...bodies.slice(-repetitions)];
          const drawn = repeated.map((body) => {
            const { place, isEarlier } = draws.next().value;
            return { place, body: isEarlier ? earlier(body) : body };
          });
          const shuffled = drawn.sort((one, other) => one.place - other.place).map(({ body }) => body);
          assert.deepEqual(await listOf(shuffled, ports), [row]);
        },
      ),
    );
  });
});
