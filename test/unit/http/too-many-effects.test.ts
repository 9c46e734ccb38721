import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as v from 'valibot';
import { answer, type Call, type CommandPorts, execute } from '#shared/http/command.ts';
import { strictObject, wholeNumber } from '#shared/http/input/structures.ts';
import { commandRoute, routeTable, serveRoutes } from '#shared/http/route.ts';
import { COUNTER, counter } from '#test/support/counter.ts';
import { bodyOf, httpEvent, TENANT_CLAIM } from '#test/support/http-event.ts';
import { createWorld } from '#test/support/world/world.ts';

/**
 * No route of the platform comes near the limit: a message with 20 attachments changes the most rows. A domain of one's own
 * may announce any number of notifications. So this is a route like that of a domain.
 */
const addSchema = strictObject({ amount: wholeNumber, notify: wholeNumber });
type Add = v.InferOutput<typeof addSchema>;
const key = { tenant: 'acme', type: COUNTER.name, id: 'one' };

const addRoute = commandRoute({
  path: '/counters',
  scope: 'orders:write',
  operationId: 'add',
  tag: 'Counters',
  summary: 'Add to a counter, and notify',
  body: { schema: addSchema, maximumBytes: 1000, example: { amount: 1, notify: 1 } },
  answer: { status: 200, description: 'Added.', schema: v.object({ total: wholeNumber, version: wholeNumber }) },
  handle: async (call: Call<Add>, ports: CommandPorts) => {
    const command = { type: 'Add' as const, ...call.json.valid };
    return answer(await execute(call, { decider: counter, key, path: '/counters', command }, ports));
  },
});

function counters() {
  const { store, ports } = createWorld();
  const commandPorts = { ...ports(), secret: async () => 'secret' };
  const serve = serveRoutes(routeTable<CommandPorts>([[addRoute]]), commandPorts, { tenantClaim: TENANT_CLAIM });
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'key-1' };
  const add = async (body: Add) => {
    const event = httpEvent({ routeKey: 'POST /counters', tenant: 'acme', headers, body: JSON.stringify(body) });
    const response = await serve(event);
    return { status: response.statusCode, json: bodyOf<Record<string, unknown>>(response) };
  };
  return { store, add };
}

it('a command with more effects than a transaction is refused over HTTP with the number of each kind, and writes nothing', async () => {
  const { store, add } = counters();
  const { status, json } = await add({ amount: 1, notify: 50 });
  assert.deepEqual([status, json.code], [422, 'LIMIT_EXCEEDED']);
  assert.match(
    String(json.detail),
    /changes 102 rows \(state, outbox, 50 × notification, 50 × content\); 100 is the limit/,
  );
  assert.ok(String(json.next).length > 0);
  assert.deepEqual([store.states.size, store.outbox.size], [0, 0]);
  // The refusal is not stored, so the key is free for a smaller command. One effect less is within the limit.
  assert.deepEqual((await add({ amount: 1, notify: 49 })).json, { total: 1, version: 1 });
});
