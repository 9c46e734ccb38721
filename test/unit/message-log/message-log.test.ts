import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { httpEvent } from '#test/support/http-event.ts';
import type { MemoryStore } from '#test/support/memory/memory-store.ts';
import { createWorld } from '#test/support/world/world.ts';
import { at, logInMemory, type Parameters, put, SECRET } from './logged.ts';

describe('GET /notifications', () => {
  it('lists the newest first with the outcome of each recipient', async () => {
    const { store, list } = logInMemory();
    const addresses = ['ada@example.com', 'bob@example.com', 'eve@example.com'];
    const attempts = [
      { nonce: 'secret', claimedAt: at(1), outcome: 'accepted' as const, settledAt: at(2), leftOut: [2] },
    ];
    const older = await put(store, { createdAt: at(0), attempts, customerId: 'customer-1' }, { addresses });
    await store.recordOutcomes(older, [{ position: 1, kind: 'BOUNCED', at: at(3), code: 'General' }]);
    const newer = await put(store, { createdAt: at(5), status: 'HELD', reason: 'FEED_SILENT', heldAt: at(6) });
    const { answer } = await list();
    assert.deepEqual(
      answer.notifications.map(({ notificationId }) => notificationId),
      [newer.notificationId, older.notificationId],
    );
    assert.deepEqual(answer.notifications[1], {
      notificationId: older.notificationId,
      channel: 'email',
      purpose: 'order-confirmation',
      status: 'SENT',
      recipients: [
        { address: 'ada@example.com', outcome: 'SENT' },
        { address: 'bob@example.com', outcome: 'BOUNCED', at: at(3), code: 'General' },
        { address: 'eve@example.com', outcome: 'SUPPRESSED' },
      ],
      createdAt: at(0),
      sentAt: at(0),
      attemptCount: 1,
      orderId: older.id,
      customerId: 'customer-1',
    });
    assert.equal(answer.nextCursor, undefined);
  });

  it('shows no address after an erasure, but how many recipients there were', async () => {
    const { store, list } = logInMemory();
    await put(store, { createdAt: at(0), status: 'SUPPRESSED', suppressedAt: at(1) }, { content: { recipients: [] } });
    const { answer } = await list();
    assert.deepEqual(answer.notifications[0]?.recipients, [{ outcome: 'SUPPRESSED' }]);
  });

  it('finds by channel, status, recipient, order and time, each alone and together', async () => {
    const { store, list } = logInMemory();
    const ada = await put(store, { createdAt: at(0) });
    const bob = await put(
      store,
      { createdAt: at(1), status: 'FAILED', reason: 'R', failedAt: at(2) },
      { addresses: ['bob@example.com', 'Ada@Example.com'] },
    );
    const phone = await put(store, { createdAt: at(2), channel: 'sms' }, { addresses: ['+4366012345678'] });
    const found = async (parameters: Parameters): Promise<string[]> =>
      (await list(parameters)).answer.notifications.map(({ notificationId }) => notificationId);
    const [one, two, three] = [ada, bob, phone].map(({ notificationId }) => notificationId);
    assert.deepEqual(await found({ channel: 'email' }), [two, one]);
    assert.deepEqual(await found({ status: 'FAILED' }), [two]);
    assert.deepEqual(await found({ recipient: 'ADA@example.com' }), [two, one]);
    assert.deepEqual(await found({ recipient: '+4366012345678' }), [three]);
    assert.deepEqual(await found({ recipient: ' 4366012345678' }), [three], 'a + that is not encoded');
    assert.deepEqual(await found({ recipient: 'eve@example.com' }), []);
    assert.deepEqual(await found({ orderId: bob.id }), [two]);
    assert.deepEqual(await found({ orderId: bob.id, channel: 'sms' }), []);
    assert.deepEqual(await found({ orderId: bob.id, to: at(1) }), []);
    assert.deepEqual(await found({ from: at(1), to: at(2) }), [two]);
    assert.deepEqual(
      await found({ from: '2026-01-01T01:00:01 01:00' }),
      [three, two],
      'an offset whose + is not encoded',
    );
    assert.deepEqual(await found({ channel: 'email', status: 'SENT', recipient: 'ada@example.com', from: at(0) }), [
      one,
    ]);
  });

  it('finds the webhooks to an endpoint, and no message to an address of the same name', async () => {
    const { store, list } = logInMemory();
    const shop = await put(store, { createdAt: at(0), channel: 'webhook' }, { addresses: ['shop'] });
    await put(store, { createdAt: at(1), channel: 'webhook' }, { addresses: ['billing'] });
    await put(store, { createdAt: at(2) }, { addresses: ['shop'] });
    await put(store, { createdAt: at(3), channel: 'webhook' }, { addresses: ['shop'], tenant: 'globex' });
    const found = async (parameters: Parameters): Promise<string[]> =>
      (await list(parameters)).answer.notifications.map(({ notificationId }) => notificationId);
    assert.deepEqual(await found({ endpointId: 'shop' }), [shop.notificationId]);
    assert.deepEqual(await found({ endpointId: 'shop', status: 'FAILED' }), []);
    assert.deepEqual(await found({ endpointId: 'Shop' }), []);
  });

  it('finds by purpose, and a direct message has its command as its cause', async () => {
    const { store, list } = logInMemory();
    await put(store, { createdAt: at(0), causePosition: 1 });
    const direct = await put(store, { createdAt: at(1), purpose: 'direct', causePosition: 0 });
    const { answer } = await list({ purpose: 'direct' });
    assert.deepEqual(
      answer.notifications.map(({ notificationId, purpose, causationId }) => [notificationId, purpose, causationId]),
      [[direct.notificationId, 'direct', 'http#c']],
    );
    assert.deepEqual((await list({ purpose: 'invoice' })).answer.notifications, []);
    assert.equal((await list({ purpose: 'direct', orderId: direct.id })).answer.notifications.length, 1);
  });

  it('finds by customer, across orders and beside other filters', async () => {
    const { store, list } = logInMemory();
    const one = await put(store, { createdAt: at(0), customerId: 'customer-1' });
    await put(store, { createdAt: at(1), customerId: 'customer-2' });
    await put(store, { createdAt: at(2) });
    const two = await put(store, { createdAt: at(3), customerId: 'customer-1', purpose: 'reminder' });
    const found = async (parameters: Parameters): Promise<string[]> =>
      (await list(parameters)).answer.notifications.map(({ notificationId }) => notificationId);
    assert.deepEqual(await found({ customerId: 'customer-1' }), [two.notificationId, one.notificationId]);
    assert.deepEqual(await found({ customerId: 'customer-1', purpose: 'reminder' }), [two.notificationId]);
    assert.deepEqual(await found({ customerId: 'customer-1', orderId: one.id }), [one.notificationId]);
    assert.deepEqual(await found({ customerId: 'customer-2', orderId: one.id }), []);
    assert.deepEqual(await found({ customerId: 'customer-3' }), []);
  });

  it('leads from page to page, each old one exactly once while new ones arrive, also in a filtered list', async () => {
    const { store, list } = logInMemory();
    const channelOf = (index: number) => (index % 7 === 0 ? 'sms' : 'email');
    const old = await Promise.all(
      Array.from({ length: 230 }, (_, index) =>
        put(store, { createdAt: at(Math.floor(index / 3)), channel: channelOf(index) }),
      ),
    );
    for (const parameters of [{ limit: '7' }, { channel: 'sms', limit: '7' }] as Parameters[]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const { answer } = await list({ ...parameters, ...(cursor !== undefined && { cursor }) });
        assert.ok(answer.notifications.length <= 7);
        seen.push(...answer.notifications.map(({ notificationId }) => notificationId));
        cursor = answer.nextCursor;
        await put(store, { createdAt: at(1000 + seen.length), channel: 'sms' });
      } while (cursor !== undefined);
      const wanted = old.filter((_, index) => parameters.channel === undefined || channelOf(index) === 'sms');
      const ids = new Set(wanted.map(({ notificationId }) => notificationId));
      const seenOld = seen.filter((id) => ids.has(id));
      assert.equal(seenOld.length, ids.size);
      assert.equal(new Set(seen).size, seen.length);
    }
  });

  it('answers a short page and a cursor if a filter finds little', async () => {
    const { store, list } = logInMemory();
    const needle = await put(store, { createdAt: at(0), status: 'CANCELLED', cancelledAt: at(1) });
    for (let index = 1; index <= 150; index += 1) await put(store, { createdAt: at(index) });
    const first = await list({ status: 'CANCELLED' });
    assert.deepEqual(first.answer.notifications, []);
    const second = await list({ status: 'CANCELLED', cursor: first.answer.nextCursor ?? '' });
    assert.deepEqual(
      second.answer.notifications.map(({ notificationId }) => notificationId),
      [needle.notificationId],
    );
    assert.equal(second.answer.nextCursor, undefined);
  });

  it('shows a tenant nothing of another tenant', async () => {
    const { store, list } = logInMemory();
    const key = await put(store, { createdAt: at(0) });
    assert.deepEqual((await list({}, 'globex')).answer, { notifications: [] });
    assert.deepEqual((await list({ orderId: key.id }, 'globex')).answer, { notifications: [] });
    assert.deepEqual((await list({ recipient: 'ada@example.com' }, 'globex')).answer, { notifications: [] });
  });

  it('reports all faults of the query at once, each with the next step', async () => {
    const { list } = logInMemory();
    const { statusCode, answer } = await list({
      channel: 'fax',
      status: 'SENT,FAILED',
      purpose: 'order confirmation',
      customerId: 'customer 1',
      endpointId: 'shop 1',
      recipient: 'ada',
      orderId: '../x',
      from: 'yesterday',
      limit: '51',
      cursor: 'x.y',
      sort: 'up',
    });
    assert.equal(statusCode, 400);
    assert.equal(answer.code, 'VALIDATION_FAILED');
    const codes = Object.fromEntries((answer.errors ?? []).map(({ path, code }) => [path, code]));
    assert.deepEqual(codes, {
      '/channel': 'INVALID',
      '/status': 'INVALID',
      '/purpose': 'PURPOSE_INVALID',
      '/customerId': 'ID_INVALID',
      '/endpointId': 'ID_INVALID',
      '/recipient': 'RECIPIENT_INVALID',
      '/orderId': 'ID_INVALID',
      '/from': 'TIMESTAMP_INVALID',
      '/limit': 'LIMIT_INVALID',
      '/sort': 'UNKNOWN_PARAMETER',
      '/cursor': 'CURSOR_INVALID',
    });
    for (const { next } of answer.errors ?? []) assert.ok(next.length > 10);
  });

  it('refuses a reversed range, an empty one, and invalid limits', async () => {
    const { list } = logInMemory();
    for (const parameters of [
      { from: at(2), to: at(1) },
      { from: at(1), to: at(1) },
    ] as Parameters[]) {
      const { statusCode, answer } = await list(parameters);
      assert.deepEqual([statusCode, answer.errors?.map(({ code }) => code)], [400, ['RANGE_REVERSED']]);
    }
    for (const limit of ['0', '51', '-1', '1.5', '', 'x', '1e1'])
      assert.equal((await list({ limit })).statusCode, 400, limit);
  });

  it('refuses a cursor that was tampered with, is another tenant’s or another stage’s, or of other filters', async () => {
    const { store, list } = logInMemory();
    for (const index of [1, 2, 3]) await put(store, { createdAt: at(index) });
    const cursor = (await list({ limit: '1' })).answer.nextCursor ?? assert.fail();
    const [payload = '', signature = ''] = cursor.split('.');
    const forged = Buffer.from(JSON.stringify({ position: at(9), filters: '' })).toString('base64url');
    const faultOf = async (parameters: Parameters, tenant?: string) => {
      const { statusCode, answer } = await list(parameters, tenant);
      assert.equal(statusCode, 400);
      return answer.errors?.map(({ code }) => code).join();
    };
    for (const bad of [
      '',
      '.',
      'x',
      payload,
      `${forged}.${signature}`,
      `${payload}.${signature.slice(1)}`,
      `${cursor}.x`,
      `${cursor}=`,
    ])
      assert.equal(await faultOf({ cursor: bad }), 'CURSOR_INVALID', bad);
    assert.equal(await faultOf({ cursor }, 'globex'), 'CURSOR_INVALID');
    assert.equal(await faultOf({ cursor, channel: 'email' }), 'CURSOR_OF_OTHER_FILTERS');
    assert.equal(await faultOf({ cursor, purpose: 'direct' }), 'CURSOR_OF_OTHER_FILTERS');
    assert.equal(await faultOf({ cursor, from: at(0) }), 'CURSOR_OF_OTHER_FILTERS');
    assert.equal((await list({ cursor, limit: '2' })).statusCode, 200, 'another limit is no other list');
    const elsewhere = logInMemory('another secret');
    assert.equal((await elsewhere.list({ cursor })).statusCode, 400);
  });

  it('answers 503 when rows stay unread or the secret cannot be read', async () => {
    const { store, queriesWith } = createWorld();
    await put(store, { createdAt: at(0) });
    await put(store, { createdAt: at(1) });
    const unread = { ...store, readStates: () => Promise.reject(new StoreUnavailable('DynamoDB left keys unread.')) };
    const statusWith = async (messageLog: MemoryStore, secret: () => Promise<string>): Promise<number> => {
      const event = httpEvent({ routeKey: 'GET /notifications', tenant: 'acme' });
      const answer = await queriesWith({ messageLog, secret })({ ...event, queryStringParameters: { limit: '1' } });
      return answer.statusCode;
    };
    assert.equal(await statusWith(unread, async () => SECRET), 503);
    assert.equal(await statusWith(store, () => Promise.reject(new Error('no secret'))), 503);
  });
});
