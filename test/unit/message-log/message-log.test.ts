import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import type { MemoryStore } from '#shared/adapters/memory/memory-store.ts';
import { messageLogSchema, notificationDetailsSchema } from '#shared/message-log/responses.ts';
import type { Fault } from '#shared/messaging/failure.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import { envelopeId } from '#shared/once/envelopes.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { notificationRows } from '#test/support/requested.ts';
import { createWorld } from '#test/support/world/world.ts';

const SECRET = 'key of the tests';
const keyOfRecipient = recipientKey(SECRET);
const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();

type Parameters = Record<string, string>;
type Listed = { notificationId: string; recipients: { address?: string; outcome: string }[] } & Record<string, unknown>;
type Answer = { notifications: Listed[]; nextCursor?: string; errors?: Fault[]; code?: string };

/** The queries over a store in store, and how notifications get into it. */
function logInMemory(secret = SECRET) {
  const { store, queries } = createWorld({ secret: async () => secret });
  const list = async (parameters: Parameters = {}, tenant = 'acme') => {
    const event = httpEvent({ routeKey: 'GET /notifications', tenant });
    const { statusCode, body } = await queries({ ...event, queryStringParameters: parameters });
    const answer = JSON.parse(body) as Answer;
    if (statusCode === 200) assert.deepEqual(v.parse(messageLogSchema, answer), answer);
    return { statusCode, answer };
  };
  const show = (notificationId: string, tenant = 'acme') =>
    queries(httpEvent({ routeKey: 'GET /notifications/{notificationId}', pathParameters: { notificationId }, tenant }));
  return { store, list, show };
}

let subjects = 0;

/** A notification as its life left it, with its content. */
async function put(
  store: MemoryStore,
  state: Partial<Notification> & { createdAt: string },
  { tenant = 'acme', addresses = ['ada@example.com'], content = {} } = {},
): Promise<NotificationKey> {
  subjects += 1;
  const id = String(subjects)
    .padStart(26, 'a')
    .replaceAll(/\d/g, (digit) => 'bcdefghijk'[Number(digit)] ?? '');
  const channel = state.channel ?? 'email';
  const key = notificationKeyOf({ tenant, type: 'order', id }, `order_${id}_1-1`);
  const recipients = addresses.map((address) => keyOfRecipient(tenant, channel, address));
  const common = {
    channel,
    purpose: 'order-confirmation',
    correlationId: 'c',
    attempts: [],
    recipients,
    requestedBy: 'http#c',
  };
  await store.commit({
    key: { tenant, type: 'order', id },
    expectedVersion: 0,
    outbox: {
      subject: { tenant, type: 'order', id },
      commandId: 'http#c',
      nonce: 'n',
      fingerprint: 'f',
      outcome: { accepted: true, version: 1, answer: '{}' },
      messages: [],
      createdAt: state.createdAt,
    },
    rows: notificationRows(key, {
      notificationId: key.notificationId,
      createdAt: state.createdAt,
      state: { ...common, status: 'SENT', sentAt: state.createdAt, ...state },
      content: { recipients: addresses, template: 'order-confirmation', ...content },
      due: { kind: 'notification', at: 0 },
    }),
  });
  return key;
}

describe('GET /notifications', () => {
  it('lists the newest first with what became of each recipient', async () => {
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

  it('shows no address of what was erased, and how many recipients there were', async () => {
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
    assert.deepEqual(await found({ recipient: ' 4366012345678' }), [three], 'a + that nobody encoded');
    assert.deepEqual(await found({ recipient: 'eve@example.com' }), []);
    assert.deepEqual(await found({ orderId: bob.id }), [two]);
    assert.deepEqual(await found({ orderId: bob.id, channel: 'sms' }), []);
    assert.deepEqual(await found({ orderId: bob.id, to: at(1) }), []);
    assert.deepEqual(await found({ from: at(1), to: at(2) }), [two]);
    assert.deepEqual(
      await found({ from: '2026-01-01T01:00:01 01:00' }),
      [three, two],
      'an offset whose + nobody encoded',
    );
    assert.deepEqual(await found({ channel: 'email', status: 'SENT', recipient: 'ada@example.com', from: at(0) }), [
      one,
    ]);
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

  it('answers a short page and a cursor where a filter finds little', async () => {
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

  it('shows a tenant nothing of another', async () => {
    const { store, list } = logInMemory();
    const key = await put(store, { createdAt: at(0) });
    assert.deepEqual((await list({}, 'globex')).answer, { notifications: [] });
    assert.deepEqual((await list({ orderId: key.id }, 'globex')).answer, { notifications: [] });
    assert.deepEqual((await list({ recipient: 'ada@example.com' }, 'globex')).answer, { notifications: [] });
  });

  it('names every fault of the query at once, each with what to do', async () => {
    const { list } = logInMemory();
    const { statusCode, answer } = await list({
      channel: 'fax',
      status: 'SENT,FAILED',
      purpose: 'order confirmation',
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
      '/recipient': 'RECIPIENT_INVALID',
      '/orderId': 'ID_INVALID',
      '/from': 'TIMESTAMP_INVALID',
      '/limit': 'LIMIT_INVALID',
      '/sort': 'UNKNOWN_PARAMETER',
      '/cursor': 'CURSOR_INVALID',
    });
    for (const { next } of answer.errors ?? []) assert.ok(next.length > 10);
  });

  it('refuses a range the wrong way round, an empty one, and limits that are none', async () => {
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

  it('says 503 when rows stay unread or the secret cannot be had', async () => {
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

describe('GET /notifications/{notificationId}', () => {
  it('shows attempts, what was sent, who decided what, durations and everything in the order of time', async () => {
    const { store, show } = logInMemory();
    const rendered = { channel: 'email', subject: 'Thank you', text: 'Text', html: '<p>Text</p>' };
    const key = await put(
      store,
      {
        createdAt: at(0),
        sentAt: at(40),
        providerMessageId: 'provider-2',
        attempts: [
          { nonce: 'never shown 1', claimedAt: at(2), outcome: 'unknown', settledAt: at(4), reason: 'TimeoutError' },
          {
            nonce: 'never shown 2',
            claimedAt: at(30),
            outcome: 'accepted',
            settledAt: at(40),
            providerMessageId: 'provider-2',
          },
        ],
        resolutions: [{ action: 'resend', by: 'ada', reason: 'Nothing came', at: at(20) }],
        causePosition: 2,
      },
      { content: { rendered } },
    );
    await store.markPublished(key, 'http#c', at(1));
    await store.recordOutcomes(key, [
      { position: 0, kind: 'DELIVERED', at: at(50) },
      { position: 0, kind: 'DELAYED', at: at(45), code: 'Throttled' },
      { kind: 'OPENED', at: at(60) },
    ]);
    const response = await show(key.notificationId);
    const details = bodyOf(response);
    assert.equal(response.headers['cache-control'], 'no-store');
    assert.deepEqual(v.parse(notificationDetailsSchema, details), details);
    assert.ok(!response.body.includes('never shown'));
    assert.deepEqual(details, {
      notificationId: key.notificationId,
      channel: 'email',
      purpose: 'order-confirmation',
      causationId: envelopeId(key, 'http#c', 2),
      status: 'SENT',
      createdAt: at(0),
      publishedAt: at(1),
      sentAt: at(40),
      providerMessageId: 'provider-2',
      orderId: key.id,
      correlationId: 'c',
      recipients: [{ address: 'ada@example.com', outcome: 'DELIVERED', at: at(50) }],
      attempts: [
        { claimedAt: at(2), outcome: 'unknown', settledAt: at(4), reason: 'TimeoutError' },
        { claimedAt: at(30), outcome: 'accepted', settledAt: at(40), providerMessageId: 'provider-2' },
      ],
      resolutions: [{ action: 'resend', by: 'ada', reason: 'Nothing came', at: at(20) }],
      content: { subject: 'Thank you', text: 'Text', html: '<p>Text</p>' },
      durations: {
        acceptedToPublishedMs: 1000,
        publishedToClaimedMs: 1000,
        claimedToSentMs: 38_000,
        sentToDeliveredMs: 10_000,
      },
      timeline: [
        { at: at(0), kind: 'accepted' },
        { at: at(1), kind: 'published' },
        { at: at(2), kind: 'claimed', attempt: 1 },
        { at: at(4), kind: 'unknown', attempt: 1, code: 'TimeoutError' },
        { at: at(20), kind: 'resolved', action: 'resend', by: 'ada', reason: 'Nothing came' },
        { at: at(30), kind: 'claimed', attempt: 2 },
        { at: at(40), kind: 'sent', attempt: 2 },
        { at: at(45), kind: 'feedback', outcome: 'DELAYED', recipient: 0, code: 'Throttled' },
        { at: at(50), kind: 'feedback', outcome: 'DELIVERED', recipient: 0 },
        { at: at(60), kind: 'feedback', outcome: 'OPENED' },
      ],
    });
  });

  it('shows what a caller wrote, with what is attached, and counts from the moment it was to be sent', async () => {
    const { store, show } = logInMemory();
    const file = { attachmentId: 'a', name: 'invoice.pdf', contentType: 'application/pdf', size: 3, sha256: 'ff' };
    const message = { channel: 'email', subject: 'Invoice', text: 'Attached.', attachments: [file] };
    const attempts = [{ nonce: 'n', claimedAt: at(601) }];
    const key = await put(
      store,
      { createdAt: at(0), sendAt: at(600), status: 'SENDING', nonce: 'n', leaseUntil: 1, attempts },
      { content: { template: 'direct', message } },
    );
    await store.markPublished(key, 'http#c', at(602));
    const details = bodyOf(await show(key.notificationId));
    assert.deepEqual(details.content, { subject: 'Invoice', text: 'Attached.', attachments: [file] });
    assert.deepEqual(details.durations, { acceptedToPublishedMs: 2000, publishedToClaimedMs: 0 });
  });

  it('shows a text message, and nothing of what was erased', async () => {
    const { store, show } = logInMemory();
    const sms = await put(
      store,
      { createdAt: at(0), channel: 'sms' },
      {
        addresses: ['+4366012345678'],
        content: { template: 'direct', message: { channel: 'sms', body: 'Hello', segments: 1 } },
      },
    );
    assert.deepEqual(bodyOf(await show(sms.notificationId)).content, { text: 'Hello', segments: 1 });
    const erased = await put(store, { createdAt: at(0) }, { content: { recipients: [], template: 'erased' } });
    const details = bodyOf(await show(erased.notificationId));
    assert.deepEqual([details.content, details.recipients], [undefined, [{ outcome: 'SENT' }]]);
  });

  for (const [status, fields, entry] of [
    ['SUPPRESSED', { suppressedAt: at(3) }, { at: at(3), kind: 'suppressed' }],
    ['CANCELLED', { cancelledAt: at(3) }, { at: at(3), kind: 'cancelled' }],
    ['HELD', { heldAt: at(3), reason: 'FEED_SILENT' }, { at: at(3), kind: 'held', code: 'FEED_SILENT' }],
  ] as const) {
    it(`tells when it became ${status}`, async () => {
      const { store, show } = logInMemory();
      const key = await put(store, { createdAt: at(0), status, ...fields } as Notification);
      const details = bodyOf<{ timeline: object[] }>(await show(key.notificationId));
      assert.deepEqual(details.timeline, [{ at: at(0), kind: 'accepted' }, entry]);
    });
  }

  it('says 404 for what there is not, is another tenant’s, or is no id', async () => {
    const { store, show } = logInMemory();
    const key = await put(store, { createdAt: at(0) });
    for (const [id, tenant] of [
      [key.notificationId, 'globex'],
      [`${key.notificationId}0`, 'acme'],
      ['x', 'acme'],
      ['order_a#b_1-1', 'acme'],
    ] as const) {
      const response = await show(id, tenant);
      assert.deepEqual([response.statusCode, bodyOf(response).code], [404, 'NOTIFICATION_NOT_FOUND'], id);
    }
  });
});
