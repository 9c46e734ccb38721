import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asyncApiText } from '#shared/api/document.ts';
import { eventCheck } from '#test/support/documented/events.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { createWorld, type World } from '#test/support/world/world.ts';

const CONFIRMED = 'counterfoil.order.confirmed.v1';
const BILLING = { endpointId: 'billing', url: 'https://billing.example.com/hooks', eventTypes: [CONFIRMED] };

type Problem = { code: string; next: string };
type Tested = { notificationId: string; channel: string; status: string; endpointId: string };

const send = (world: World, routeKey: string, key: string, body: object, more: object = {}) =>
  world.commands(
    httpEvent({
      routeKey,
      tenant: 'acme',
      headers: { 'idempotency-key': key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...more,
    }),
  );

/** A world in which acme has this endpoint. */
async function worldWith(endpoint: object = BILLING): Promise<World> {
  const world = createWorld();
  const put = await send(world, 'PUT /settings/webhooks', 'put', { endpoints: [endpoint] });
  assert.equal(put.statusCode, 200, put.body);
  return world;
}

const test = (world: World, { endpointId = 'billing', key = 'test', tenant = 'acme' } = {}) =>
  send(
    world,
    'POST /settings/webhooks/{endpointId}/test',
    key,
    {},
    {
      tenant,
      path: `/settings/webhooks/${endpointId}/test`,
      pathParameters: { endpointId },
    },
  );

const requestsIn = (world: World): { data: { notificationId: string } }[] =>
  world
    .messages()
    .map((text) => JSON.parse(text))
    .filter(({ type }) => type === 'counterfoil.notification.requested.v1');

describe('a test of an endpoint', () => {
  it('is one webhook to this endpoint, with the event as described, whatever it subscribes to', async () => {
    const world = await worldWith();
    const { statusCode, headers, body } = await test(world);
    assert.equal(statusCode, 202, body);
    const { notificationId, ...others } = JSON.parse(body) as Tested;
    assert.deepEqual(others, { channel: 'webhook', status: 'PENDING', endpointId: 'billing' });
    assert.equal(headers.location, `/notifications/${notificationId}`);
    await world.send(notificationId, { channel: 'webhook' });
    const [sent, ...more] = world.providers.webhook.accepted;
    assert.deepEqual(more, []);
    assert.deepEqual(sent?.recipients, ['billing']);
    const event = JSON.parse(sent.rendered.channel === 'webhook' ? sent.rendered.body : '');
    assert.deepEqual(eventCheck(asyncApiText)(event), []);
    assert.deepEqual(
      [event.id, event.type, event.data, event.tenantid],
      [notificationId, 'counterfoil.webhook.test.v1', { endpointId: 'billing' }, 'acme'],
    );
    const { status, purpose } = await world.notification(notificationId);
    assert.deepEqual([status, purpose], ['SENT', 'test']);
  });

  it('happens once for a key, and again for another one', async () => {
    const world = await worldWith();
    const first = await test(world);
    const again = await test(world);
    assert.deepEqual([again.body, again.headers['idempotency-replayed']], [first.body, 'true']);
    assert.equal(requestsIn(world).length, 1);
    const other = await test(world, { key: 'other' });
    assert.notEqual(other.body, first.body);
    assert.equal(requestsIn(world).length, 2);
  });

  it('gives the first answer again after the endpoint is disabled', async () => {
    const world = await worldWith();
    const first = await test(world);
    await send(world, 'PUT /settings/webhooks', 'off', { endpoints: [{ ...BILLING, enabled: false }] });
    assert.equal((await test(world)).body, first.body);
  });

  it('is refused for an endpoint that is unknown, disabled or of another tenant, and writes nothing', async () => {
    const world = await worldWith();
    const off = await worldWith({ ...BILLING, enabled: false });
    const answers = [
      await test(world, { endpointId: 'other' }),
      await test(world, { tenant: 'globex' }),
      await test(off),
    ];
    assert.deepEqual(
      answers.map((answer) => [answer.statusCode, bodyOf<Problem>(answer).code]),
      [
        [404, 'ENDPOINT_NOT_FOUND'],
        [404, 'ENDPOINT_NOT_FOUND'],
        [409, 'ENDPOINT_DISABLED'],
      ],
    );
    for (const answer of answers) assert.match(bodyOf<Problem>(answer).next, /PUT \/settings\/webhooks/);
    assert.deepEqual([requestsIn(world), requestsIn(off)], [[], []]);
  });

  it('can be sent after a refusal with the same key', async () => {
    const world = await worldWith({ ...BILLING, enabled: false });
    assert.equal((await test(world)).statusCode, 409);
    await send(world, 'PUT /settings/webhooks', 'on', { endpoints: [{ ...BILLING, enabled: true }] });
    assert.equal((await test(world)).statusCode, 202);
  });
});
