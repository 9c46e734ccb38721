import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHANGE_IN_FORCE_MS, ENDPOINTS_CACHED_MS, recentEndpoints } from '#shared/webhook/recent-endpoints.ts';
import { WEBHOOK_SETTINGS } from '#shared/webhook/settings.ts';
import { httpEvent } from '#test/support/http-event.ts';
import { createWorld } from '#test/support/world/world.ts';

const eventTypes = ['counterfoil.order.confirmed.v1'];
const endpoint = (endpointId: string, more: object = {}) => ({
  endpointId,
  url: `https://${endpointId}.example.com/`,
  eventTypes,
  ...more,
});

/** A tenant that changes its endpoints, and environments of `request-webhooks` that have read them at different times. */
function endpointsWorld() {
  const { commands, store, clock } = createWorld();
  const states = store.statesOf(WEBHOOK_SETTINGS);
  const read: string[] = [];
  const counted: typeof states = {
    ...states,
    read: (key) => {
      read.push(key.tenant);
      return states.read(key);
    },
  };
  let keys = 0;
  return {
    clock,
    read,
    environment: () => recentEndpoints(counted, clock),
    async put(endpoints: object[], key = `key-${++keys}`) {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      const body = JSON.stringify({ endpoints });
      const { statusCode } = await commands(
        httpEvent({ routeKey: 'PUT /settings/webhooks', tenant: 'acme', headers, body }),
      );
      return statusCode;
    },
  };
}

describe('recent endpoints', () => {
  it('are the enabled ones, and cost one read for each tenant and environment within two seconds', async () => {
    const { clock, read, environment, put } = endpointsWorld();
    await put([endpoint('billing'), endpoint('off', { enabled: false })]);
    const [one, other] = [environment(), environment()];
    assert.deepEqual(await one('acme'), [{ endpointId: 'billing', eventTypes }]);
    assert.deepEqual(
      [await one('acme'), await one('globex')].map((known) => known.length),
      [1, 0],
    );
    await other('acme');
    clock.advance(ENDPOINTS_CACHED_MS - 1);
    await one('globex');
    assert.deepEqual(read, ['acme', 'globex', 'acme']);
    clock.advance(1);
    await one('globex');
    assert.deepEqual(read, ['acme', 'globex', 'acme', 'globex']);
  });

  it('are those of a change as soon as the change is answered, whenever each environment has read', async () => {
    for (let sinceMs = 0; sinceMs <= CHANGE_IN_FORCE_MS; sinceMs += 100) {
      const { clock, environment, put } = endpointsWorld();
      const environments = [environment(), environment()];
      const known = () => Promise.all(environments.map(async (of) => (await of('acme')).map((one) => one.endpointId)));
      const both = (...names: string[]) => [names, names];
      await environments[0]?.('acme');
      clock.advance(sinceMs);
      await environments[1]?.('acme');
      assert.equal(await put([endpoint('billing')]), 200);
      assert.deepEqual(await known(), both('billing'), `${sinceMs} ms after a read`);
      clock.advance(sinceMs);
      await put([endpoint('billing', { enabled: false }), endpoint('events')]);
      assert.deepEqual(await known(), both('events'), `disabled ${sinceMs} ms after a read`);
    }
  });

  it('are those of a change also when only its repetition is answered', async () => {
    const { environment, put, clock } = endpointsWorld();
    const subscriptionsOf = environment();
    await subscriptionsOf('acme');
    await put([endpoint('billing')], 'one key');
    // As if the function had ended right after the commit, and the environment had read before it.
    clock.advance(-CHANGE_IN_FORCE_MS);
    assert.deepEqual(await subscriptionsOf('acme'), []);
    assert.equal(await put([endpoint('billing')], 'one key'), 200);
    assert.equal((await subscriptionsOf('acme')).length, 1);
  });
});
