import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { spanIdOf } from '#shared/once/trace.ts';
import { bodyOf } from '#test/support/http-event.ts';
import { createWorld } from '#test/support/world/world.ts';
import { headers, mug, order, orderId, placing, withoutCorrelation } from './orders.ts';

describe('POST /orders', () => {
  it('places the order with one write and no read', async () => {
    const { commands, calls, store } = createWorld();
    const response = await commands(placing());
    assert.deepEqual(
      { ...response, body: bodyOf(response) },
      {
        statusCode: 201,
        headers: {
          'content-type': 'application/json',
          'cache-control': 'no-store',
          location: `/orders/${orderId}`,
          etag: '"1"',
          'x-correlation-id': 'nonce-1',
        },
        body: {
          orderId,
          status: 'placed',
          version: 1,
          currency: 'EUR',
          total: 2500,
          lines: [mug],
          notifications: [
            { notificationId: `order_${orderId}_1-1`, channel: 'email', status: 'PENDING' },
            { notificationId: `order_${orderId}_1-2`, channel: 'sms', status: 'PENDING' },
          ],
        },
      },
    );
    assert.deepEqual(calls, ['commit']);
    assert.equal(store.states.size, 3);
  });

  it('answers a repetition with the same bytes, and marks it as one', async () => {
    const { commands, store } = createWorld();
    const first = await commands(placing());
    const again = await commands(
      placing({ body: JSON.stringify({ lines: order.lines, currency: 'EUR', contact: order.contact }) }),
    );
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal(first.headers['idempotency-replayed'], undefined);
    const { 'idempotency-replayed': _, ...others } = again.headers;
    assert.deepEqual(withoutCorrelation({ ...again, headers: others }), withoutCorrelation(first));
    assert.equal(store.outbox.size, 1);
  });

  it('refuses the same key with another body, and changes nothing', async () => {
    const { commands, store } = createWorld();
    await commands(placing());
    const before = structuredClone([...store.states]);
    const response = await commands(placing({ body: JSON.stringify({ ...order, currency: 'USD' }) }));
    assert.equal(response.statusCode, 422);
    assert.equal(bodyOf(response).code, 'IDEMPOTENCY_CONFLICT');
    assert.deepEqual([...store.states], before);
  });

  it('keeps tenants apart that use the same key', async () => {
    const { commands, store } = createWorld();
    const one = bodyOf(await commands(placing()));
    const other = bodyOf(await commands(placing({ tenant: 'globex' })));
    assert.notEqual(one.orderId, other.orderId);
    assert.equal(store.outbox.size, 2);
  });

  it('takes a key with quotes for the same key', async () => {
    const { commands } = createWorld();
    await commands(placing());
    const response = await commands(placing({ headers: { ...headers, 'idempotency-key': '"key-1"' } }));
    assert.equal(response.headers['idempotency-replayed'], 'true');
  });

  it('takes headers in any case, a base64 body, and an order without lines', async () => {
    const { commands } = createWorld();
    const body = Buffer.from(JSON.stringify({ ...order, lines: [] })).toString('base64');
    const shouted = { 'Content-Type': 'application/json; charset=utf-8', 'Idempotency-Key': 'key-1' };
    const response = await commands(placing({ headers: shouted, body, isBase64Encoded: true }));
    assert.equal(response.statusCode, 201);
    assert.deepEqual(bodyOf(response).lines, []);
  });

  it('hands correlation id, trace and cause to the messages', async () => {
    const { commands, store } = createWorld();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const response = await commands(placing({ headers: { ...headers, 'x-correlation-id': 'mine-1', traceparent } }));
    assert.equal(response.headers['x-correlation-id'], 'mine-1');
    const [record] = store.outbox.values();
    const envelopes = record?.messages.map((message) => JSON.parse(message)) ?? [];
    assert.equal(envelopes.length, 4);
    for (const envelope of envelopes) {
      assert.equal(envelope.correlationid, 'mine-1');
      assert.equal(envelope.traceparent, traceparent);
      assert.equal(envelope.causationid, record?.commandId);
    }
  });

  it('takes the trace id for the correlation id of a caller that sends no other, and then stores no trace', async () => {
    const { commands, store } = createWorld();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const response = await commands(
      placing({ headers: { ...headers, traceparent: `00-${traceId}-b7ad6b7169203331-00` } }),
    );
    assert.equal(response.headers['x-correlation-id'], traceId);
    const [record] = store.outbox.values();
    for (const message of record?.messages ?? []) {
      const { correlationid, traceparent } = JSON.parse(message);
      assert.deepEqual([correlationid, traceparent], [traceId, undefined]);
    }
  });

  it('answers 503 with Retry-After when the store does not answer in time, and stores nothing', async () => {
    const { commands, log } = createWorld({
      once: {
        commit: async () => {
          throw new StoreUnavailable('DynamoDB: TimeoutError');
        },
      },
    });
    const response = await commands(placing({ headers: { ...headers, 'x-correlation-id': 'mine-1' } }));
    assert.equal(response.statusCode, 503);
    assert.equal(response.headers['retry-after'], '1');
    assert.equal(response.headers['x-correlation-id'], 'mine-1');
    assert.equal(bodyOf(response).code, 'TEMPORARILY_UNAVAILABLE');
    assert.ok(!response.body.includes('DynamoDB'));
    assert.deepEqual(
      log.lines.map(({ level, message, fields }) => [level, message, fields?.correlationId]),
      [
        ['warn', 'request could not be completed', 'mine-1'],
        ['info', 'Request answered', 'mine-1'],
      ],
    );
  });

  it('logs a line for each request: its route, the status and where to look further, and nothing it held', async () => {
    const { commands, log } = createWorld();
    const correlated = { ...headers, 'x-correlation-id': 'mine-1' };
    await commands(placing({ headers: correlated }));
    await commands(placing({ headers: { ...correlated, 'idempotency-key': '' } }));
    const route = {
      routeKey: 'POST /orders',
      correlationId: 'mine-1',
      requestId: 'request-1',
      spanId: spanIdOf('request-1'),
    };
    assert.deepEqual(log.lines, [
      { level: 'info', message: 'Request answered', fields: { ...route, status: 201 } },
      { level: 'info', message: 'Request answered', fields: { ...route, status: 400 } },
    ]);
  });

  it('answers 503 when the key of the fingerprints cannot be read', async () => {
    const { commands, calls } = createWorld({ secret: () => Promise.reject(new Error('ThrottlingException')) });
    assert.equal((await commands(placing())).statusCode, 503);
    assert.deepEqual(calls, []);
  });

  it('answers an unforeseen error without details, and logs neither its message nor the body', async () => {
    const { commands, log } = createWorld({
      once: {
        commit: async () => {
          throw new TypeError('cannot read ada@example.com');
        },
      },
    });
    const response = await commands(placing());
    assert.equal(response.statusCode, 500);
    assert.deepEqual(bodyOf(response), {
      type: 'urn:counterfoil:problem:internal-error',
      title: 'Internal error',
      status: 500,
      code: 'INTERNAL_ERROR',
      detail: 'An unexpected error occurred. It is logged with the correlation id of this answer.',
      next: 'Repeat the request with the same Idempotency-Key. If the error persists, report the correlation id.',
    });
    assert.deepEqual(
      log.lines.map(({ level, fields }) => [level, fields?.code ?? fields?.status]),
      [
        ['error', 'INTERNAL_ERROR'],
        ['info', 500],
      ],
    );
    const logged = JSON.stringify(log.lines);
    assert.ok(logged.includes('"name":"TypeError"'));
    assert.ok(logged.includes('commands.test.ts'), 'the place of the error');
    assert.ok(!logged.includes('ada@example.com'));
  });
});
