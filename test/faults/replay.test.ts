import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as v from 'valibot';
import { orderListOf, stateItemKey } from '#shared/adapters/aws/dynamodb/keys.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { type ListedOrder, ORDER_LIST } from '#shared/order-list/ports.ts';
import { FIRST_GENERATIONS, GENERATIONS, generationsKey } from '#shared/replay/generations.ts';
import { PAUSE_MS, replayKey } from '#shared/replay/replay.ts';
import { type ReplayView, replaySchema } from '#shared/replay/responses.ts';
import { customerOf } from '#test/support/api.ts';
import type { FaultRule } from '#test/support/control.ts';
import { eventually } from '#test/support/eventually.ts';
import { notExactlyOnce, openLocal, type PlacedOrder, placeMany } from '#test/support/local.ts';
import { becomesDue, rowsOf, tableOf } from '#test/support/rows.ts';

const FUNCTION = 'run-replay';
const BEFORE = 8;

type Kill = Pick<FaultRule, 'operation' | 'fault' | 'skip'>;

const killBefore = (operation: string, skip = 0): Kill => ({ operation, skip, fault: 'kill-before' });
const killAfter = (operation: string, skip = 0): Kill => ({ operation, skip, fault: 'kill-after' });

describe('a replay survives the death of its function', { timeout: 600_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  let table: ReturnType<typeof tableOf>;
  let operator: ReturnType<typeof customerOf>;
  const placed: PlacedOrder[] = [];
  before(async () => {
    here = await openLocal();
    table = tableOf(here.cloud.outputs);
    operator = customerOf(here.cloud.outputs, here.cloud.outputs.tokens.operator);
  });
  after(async () => {
    table.client.destroy();
    await here.stop();
  });

  const replay = async (replayId: string): Promise<ReplayView> =>
    v.parse(replaySchema, (await operator.call('GET', `/replays/${replayId}`)).json);

  /** New events while the function is dead: an order, and a change of one that is known. */
  const moreEvents = async (): Promise<void> => {
    placed.push(...(await placeMany(here.acme, 1)));
    const { orderId } = placed[placed.length % BEFORE] ?? assert.fail();
    const body = { sku: 'CUP-1', description: 'Cup', quantity: 1, unitPrice: 900 };
    const added = await here.acme.call('POST', `/orders/${orderId}/items`, { key: `item ${placed.length}`, body });
    assert.equal(added.status, 200, added.text);
  };

  const invocations = async () => {
    const all = await here.control.invocations();
    return all.find((one) => one.function === FUNCTION) ?? { count: 0, running: 0 };
  };
  /** One invocation, from its start to its end. Its schedule is paused, and invokes it at once when it is resumed. */
  const runs = async (): Promise<void> => {
    const { count } = await invocations();
    await here.control.resume(FUNCTION);
    await here.control.pause(FUNCTION);
    await eventually(`${FUNCTION} has ended`, async () => {
      const now = await invocations();
      return now.count > count && now.running === 0;
    });
  };

  /** The lease of the dead worker ends now. The pause of a step is not a lease, and lasts as long as always. */
  const leaseEnds = async (replayId: string): Promise<void> => {
    const { step } = await replay(replayId);
    const dueAt = ['preparing', 'settling'].includes(step) ? Date.now() + PAUSE_MS : 1;
    await becomesDue(table, stateItemKey(replayKey(replayId)), dueAt);
  };

  /** Kills the function at this call of its next invocation. @returns the step that it has stored. */
  const killed = async (replayId: string, kill: Kill): Promise<ReplayView['step']> => {
    await leaseEnds(replayId);
    await here.control.inject({ function: FUNCTION, service: 'dynamodb', times: 1, ...kill });
    await eventually(`${FUNCTION} is killed: ${kill.fault} ${kill.operation}`, async () => {
      await runs();
      return (await here.control.faults())[0]?.hits === 1;
    });
    await moreEvents();
    return (await replay(replayId)).step;
  };

  const generations = async () =>
    (await stateStore(table, GENERATIONS).read(generationsKey(ORDER_LIST)))?.state ?? FIRST_GENERATIONS;

  /** The rows of the list of orders, by generation. */
  const listedRows = async (): Promise<Map<number | undefined, number>> => {
    const rows = (await rowsOf(table)).filter(({ type }) => type?.S === 'listed-order');
    const ofGenerations = Map.groupBy(rows, ({ pk }) => orderListOf(pk?.S ?? '')?.generation);
    return new Map([...ofGenerations].map(([generation, all]) => [generation, all.length]));
  };

  /** What the list has to show, from the orders themselves. */
  const expected = async (): Promise<ListedOrder[]> => {
    const orders = await Promise.all(placed.map(({ orderId }) => here.acme.order(orderId)));
    const rows = orders.map(({ orderId, status, version, currency, total, placedAt, lines }) => ({
      ...{ orderId, status, version, currency, total, placedAt },
      itemCount: (lines as { quantity: number }[]).reduce((sum, { quantity }) => sum + quantity, 0),
    }));
    return (rows as ListedOrder[]).sort((one, other) => (positionIn(one) < positionIn(other) ? 1 : -1));
  };
  const positionIn = (order: ListedOrder): string => `${order.placedAt}#${order.orderId}`;
  const untilListShowsAll = (): Promise<true> =>
    eventually('the list shows every order in its version', async () => {
      const { json } = await here.acme.call('GET', '/orders?limit=50');
      assert.deepEqual(json.orders, await expected());
      return true;
    });

  it('at every one of its calls: the rebuilt list equals the orders, and nothing is sent', async (t) => {
    placed.push(...(await placeMany(here.acme, BEFORE)));
    for (const { orderId } of placed) await here.acme.settled(orderId);
    await untilListShowsAll();
    assert.deepEqual([...(await listedRows())], [[1, BEFORE]]);
    await here.control.pause(FUNCTION);
    await here.control.resetCalls();
    const { json, status } = await operator.call('POST', '/replays', { key: 'replay', body: { projection: 'orders' } });
    assert.equal(status, 202);
    const replayId = String(json.replayId);
    const reached: string[] = [];
    const at = async (step: ReplayView['step'], ...kills: Kill[]): Promise<void> => {
      for (const kill of kills) {
        const stored = await killed(replayId, kill);
        reached.push(`${kill.fault} ${kill.operation} ${kill.skip}: ${stored}`);
        assert.equal(stored, step, reached.join('; '));
      }
    };

    // It is found, read, leased, and its next step is stored.
    await at('queued', killBefore('Query'), killAfter('Query'), killBefore('GetItem'), killAfter('GetItem'));
    await at('queued', killBefore('UpdateItem'), killAfter('UpdateItem'), killBefore('UpdateItem', 1));
    await at('preparing', killAfter('UpdateItem', 1));
    // The page of the outbox, and the first and a later one of the conditional writes of its rows.
    await at(
      'building',
      killBefore('Scan'),
      killAfter('Scan'),
      killBefore('UpdateItem', 1),
      killAfter('UpdateItem', 3),
    );
    assert.ok(((await listedRows()).get(2) ?? 0) > 0, 'rows of the page were written');
    assert.equal((await replay(replayId)).counts.written, 0, 'the page is not counted yet');
    // The switch.
    await at('switching', killBefore('GetItem', 1), killBefore('UpdateItem', 1));
    assert.deepEqual(await generations(), {
      ...{ latest: 2, live: 1, ofTenants: {} },
      building: { replayId, generation: 2 },
    });
    await at('switching', killAfter('UpdateItem', 1));
    assert.deepEqual(await generations(), { latest: 2, live: 2, ofTenants: {} });
    const tooLate = await operator.call('POST', `/replays/${replayId}/stop`, { key: 'stop', body: {} });
    assert.deepEqual([tooLate.status, tooLate.json.code], [409, 'REPLAY_SWITCHED']);
    await at('switching', killBefore('UpdateItem', 1));
    await at('settling', killAfter('UpdateItem', 1));
    // The removal of the old generation, and the end.
    const old = (await listedRows()).get(1) ?? 0;
    await at('deleting', killBefore('Scan'), killAfter('Scan'), killBefore('DeleteItem'), killAfter('DeleteItem', 2));
    await at('deleting', killBefore('UpdateItem', 1));

    await here.control.heal();
    await leaseEnds(replayId);
    const done = await eventually('the end of the replay', async () => {
      await runs();
      const current = await replay(replayId);
      return current.step === 'finished' && current;
    });
    await untilListShowsAll();
    assert.deepEqual([...(await listedRows())], [[2, placed.length]], 'every row is of the new generation');
    assert.deepEqual([done.status, done.skipped.count], ['done', 0]);
    const { counts } = done;
    assert.ok(counts.written >= BEFORE && counts.written <= placed.length, JSON.stringify(counts));
    assert.ok(counts.messages >= counts.written && counts.deleted <= old, JSON.stringify(counts));
    await nothingWasSent();
    t.diagnostic(`${reached.length} kills, ${placed.length - BEFORE} new orders; ${JSON.stringify(counts)}`);
  });

  /** The sink has the messages of the orders, each once, and the function called nothing but the table. */
  async function nothingWasSent(): Promise<void> {
    for (const { orderId } of placed) await here.acme.settled(orderId);
    assert.deepEqual(await notExactlyOnce(here.inbox, placed), []);
    const counts = [(await here.inbox.emails()).length, (await here.inbox.sms()).length];
    assert.deepEqual(counts, [placed.length, placed.length]);
    assert.deepEqual(await here.inbox.webhooks(), []);
    const calls = (await here.control.calls()).filter((call) => call.function === FUNCTION);
    assert.deepEqual(
      [...new Set(calls.map(({ service, operation }) => `${service} ${operation}`))].sort(),
      ['DeleteItem', 'GetItem', 'Query', 'Scan', 'UpdateItem'].map((operation) => `dynamodb ${operation}`),
    );
  }
});
