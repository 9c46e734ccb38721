import assert from 'node:assert/strict';
import { ORDER } from '#shared/order/order.ts';
import { type ListedOrder, ORDER_LIST } from '#shared/order-list/ports.ts';
import { projectOrder } from '#shared/order-list/projection.ts';
import { rebuildableOrderList } from '#shared/order-list/rebuild.ts';
import { currentGenerations } from '#shared/replay/current-generations.ts';
import { FIRST_GENERATIONS, GENERATIONS, generationsKey, liveGeneration } from '#shared/replay/generations.ts';
import { REPLAY, REPLAY_DUE, type Replay, replayKey } from '#shared/replay/replay.ts';
import { type RunPorts, replayWaker } from '#shared/replay/run.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { memoryOutboxScan } from '#test/support/memory/memory-replays.ts';
import { createWorld } from '#test/support/world/world.ts';

/** A world with the list of orders, replays, and what an operator does about them. */
export function replayWorld() {
  const world = createWorld();
  const { store, clock, orderList, log } = world;
  const orders = store.statesOf(ORDER);
  const states = store.statesOf(GENERATIONS);
  const ports: RunPorts = {
    ...world.ports(),
    replays: store.statesOf(REPLAY),
    generations: states,
    outbox: memoryOutboxScan(store),
    projections: { [ORDER_LIST]: rebuildableOrderList({ orderList, orders, clock }) },
    due: store,
    log,
  };
  /** One environment of `project-orders`. */
  const projecting = () => {
    const generations = currentGenerations(ORDER_LIST, { states, clock });
    return (body: string) => projectOrder(body, { orderList, orders, clock, generations });
  };
  const generationsNow = async () => (await states.read(generationsKey(ORDER_LIST)))?.state ?? FIRST_GENERATIONS;
  const rowsOf = async (generation: number, tenant = 'acme'): Promise<ListedOrder[]> =>
    (await orderList.listOrders({ tenant, generation }, {}, 10_000)).orders;
  let keys = 0;
  let placed = 0;
  const post = async (routeKey: string, body: unknown, { key = `key-${++keys}`, replayId = '' } = {}) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const response = await world.commands(
      httpEvent({ routeKey, tenant: 'operators', headers, pathParameters: { replayId }, body: JSON.stringify(body) }),
    );
    return { status: response.statusCode, headers: response.headers, json: bodyOf<Record<string, string>>(response) };
  };
  return {
    ...world,
    /** Places another order. */
    another: (tenant = 'acme') => world.place({ tenant, orderId: `o${++placed}`, customerId: `customer-${placed}` }),
    runPorts: ports,
    projecting,
    generationsNow,
    rowsOf,
    liveRows: async (tenant = 'acme') => rowsOf(liveGeneration(await generationsNow(), tenant), tenant),
    /** The messages about orders that are stored so far. */
    orderMessages: () => world.messages().filter((body) => JSON.parse(body).type.startsWith('counterfoil.order.')),
    start: (body: object, key?: string) => post('POST /replays', { projection: 'orders', ...body }, key ? { key } : {}),
    stop: (replayId: string) => post('POST /replays/{replayId}/stop', {}, { replayId }),
    replay: async (replayId: string): Promise<Replay> => {
      const stored = await store.statesOf(REPLAY).read(replayKey(replayId));
      if (!stored) throw new Error(`There is no replay ${replayId}.`);
      return stored.state;
    },
    /** What one invocation of `run-replay` does. */
    async run(over: Partial<RunPorts> = {}, forMs = 50_000): Promise<void> {
      const rows = await store.due(REPLAY_DUE, clock.now(), 5);
      await replayWaker(clock.now() + forMs, { ...ports, ...over })(rows);
    },
  };
}

export type ReplayWorld = ReturnType<typeof replayWorld>;

export const MINUTE_MS = 60_000;

/** A world with orders of two tenants that are all in the live list. */
export async function withOrders(count = 5) {
  const world = replayWorld();
  for (let index = 0; index < count; index += 1) await world.another();
  await world.another('globex');
  const project = world.projecting();
  for (const body of world.orderMessages()) await project(body);
  return world;
}

/** Runs `run-replay` every minute until the replay has also deleted what is no longer read. */
export async function untilFinished(replayId: string, world: ReplayWorld): Promise<void> {
  for (let minutes = 0; (await world.replay(replayId)).step !== 'finished'; minutes += 1) {
    assert.ok(minutes < 30);
    await world.run();
    world.clock.advance(MINUTE_MS);
  }
}
