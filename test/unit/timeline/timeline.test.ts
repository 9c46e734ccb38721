import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { NOTIFICATION_MESSAGE } from '#shared/names.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import { envelopeId } from '#shared/once/envelopes.ts';
import { TIMELINE_PAGE } from '#shared/timeline/queries.ts';
import { type TimelineEntry, type TimelineView, timelineSchema } from '#shared/timeline/responses.ts';
import { timelineOf } from '#shared/timeline/timeline.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { memoryOutboxHistory } from '#test/support/memory/memory-outbox-history.ts';
import { inStatus } from '#test/support/notifications.ts';
import { createWorld, keyOfNotification, type WorldOptions } from '#test/support/world/world.ts';

const ADA = { name: 'Ada Lovelace', email: 'ada@example.com', phone: '+4366012345678' };
const LINE = { sku: 'MUG-01', description: 'Mug, blue', quantity: 2, unitPrice: 1250 };
const emptyOrder = (contact: object) => ({ contact, currency: 'EUR', lines: [] });

type Answer = { statusCode: number; body: string; page: TimelineView & { code?: string; errors?: { code: string }[] } };

/** The API over a store in memory, with a clock that moves a second with each command. */
function createTimelines(options: WorldOptions = {}) {
  const world = createWorld(options);
  let keys = 0;
  const post = async (routeKey: string, body: object, pathParameters: Record<string, string> = {}) => {
    keys += 1;
    world.clock.advance(1000);
    const headers = { 'content-type': 'application/json', 'idempotency-key': `key-${keys}` };
    const { body: text } = await world.commands(
      httpEvent({ routeKey, tenant: 'acme', pathParameters, headers, body: JSON.stringify(body) }),
    );
    return JSON.parse(text) as { orderId: string; code?: string };
  };
  const place = async () => {
    const { orderId } = await post('POST /orders', emptyOrder({ name: 'Ada', email: ADA.email }));
    return { orderId, notificationId: `order_${orderId}_1-1` };
  };
  const read = async (orderId: string, query = {}, tenant = 'acme', queries = world.queries): Promise<Answer> => {
    const event = httpEvent({ routeKey: 'GET /orders/{orderId}/timeline', tenant, pathParameters: { orderId } });
    const answer = await queries({ ...event, queryStringParameters: query });
    const page = bodyOf<Answer['page']>(answer);
    if (answer.statusCode === 200) assert.deepEqual(v.parse(timelineSchema, page), page);
    return { statusCode: answer.statusCode, body: answer.body, page };
  };
  const entriesOf = async (orderId: string): Promise<TimelineEntry[]> => (await read(orderId)).page.entries;
  return { ...world, post, place, read, entriesOf };
}

const namesOf = (entries: readonly TimelineEntry[]): string[] => entries.map(({ kind, type }) => `${kind} ${type}`);

describe('GET /orders/{orderId}/timeline', () => {
  it('shows commands, events by name, notifications and feedback, each with its cause', async () => {
    const { post, place, send, store, clock, entriesOf } = createTimelines();
    const { orderId, notificationId } = await place();
    await post('POST /orders/{orderId}/items', LINE, { orderId });
    clock.advance(1000);
    await send(notificationId);
    const at = new Date(clock.now() + 5000).toISOString();
    await store.recordOutcomes(keyOfNotification(notificationId), [
      { position: 0, kind: 'BOUNCED', at, code: 'General' },
    ]);
    const entries = await entriesOf(orderId);
    assert.deepEqual(namesOf(entries), [
      'command PlaceOrder',
      'event OrderPlaced',
      'event NotificationRequested',
      'notification requested',
      'command AddItem',
      'event ItemAdded',
      'event FirstItemAdded',
      'notification claimed',
      'notification sent',
      'event NotificationSent',
      'feedback BOUNCED',
    ]);
    const [placing, placed, , requested, adding, added] = entries;
    const subject = { tenant: 'acme', type: 'order', id: orderId };
    assert.equal(placed?.id, envelopeId(subject, placing?.id ?? '', 1));
    assert.equal(placed?.causationId, placing?.id);
    assert.equal(requested?.causationId, placed?.id, 'the event led to the notification');
    assert.deepEqual([placing?.accepted, placing?.version, adding?.version], [true, 1, 2]);
    assert.equal(added?.causationId, adding?.id);
    const { correlationId, ...bounced } = entries.at(-1) ?? assert.fail();
    assert.equal(correlationId, placing?.correlationId);
    assert.deepEqual(bounced, {
      at,
      kind: 'feedback',
      type: 'BOUNCED',
      id: `${notificationId}/feedback/0/BOUNCED`,
      causationId: `${notificationId}/sent/1`,
      notificationId,
      channel: 'email',
      purpose: 'order-confirmation',
      recipient: 0,
      code: 'General',
    });
  });

  it('shows a stored refusal with its code, and a repeated command once', async () => {
    const { post, place, entriesOf, store } = createTimelines();
    const { orderId } = await place();
    const line = { ...LINE, quantity: 1_000_000, unitPrice: Number.MAX_SAFE_INTEGER };
    await post('POST /orders/{orderId}/items', line, { orderId });
    const refusal = (await entriesOf(orderId)).at(-1) ?? assert.fail();
    const { kind, type, accepted, code, version } = refusal;
    assert.deepEqual([kind, type, accepted, code, version], ['command', 'AddItem', false, 'ORDER_TOTAL_TOO_LARGE', 1]);
    const record = [...store.outbox.values()].find(({ outcome }) => !outcome.accepted) ?? assert.fail();
    assert.match(refusal.correlationId ?? '', /^nonce-/);
    const { correlationId: _id, ...earlier } = record;
    const [shown] = timelineOf({ records: [earlier], notifications: [] }, {});
    assert.deepEqual({ ...shown?.entry, correlationId: refusal.correlationId }, refusal, 'a row of an earlier release');
  });

  it('names the operator of a decision, without the reason', async () => {
    const { place, change, entriesOf } = createTimelines();
    const { orderId, notificationId } = await place();
    const at = '2026-01-01T01:00:00.000Z';
    await change(notificationId, (state) => ({
      ...state,
      status: 'CANCELLED',
      cancelledAt: at,
      resolutions: [{ action: 'cancel', by: 'operator-1', reason: 'Ada asked for it', at }],
    }));
    const entries = await entriesOf(orderId);
    const [resolved, cancelled] = entries.slice(-2);
    assert.deepEqual([resolved?.type, resolved?.actor, resolved?.code], ['resolved', 'operator-1', 'cancel']);
    assert.deepEqual([cancelled?.type, cancelled?.causationId], ['cancelled', resolved?.id]);
    assert.ok(!JSON.stringify(entries).includes('Ada'));
  });

  it('shows a step before the event that announces it', async () => {
    const { place, send, providers, change, post, entriesOf } = createTimelines();
    const refused = await place();
    providers.email.answerWith([{ kind: 'rejected', reason: 'CONTENT_REFUSED' }]);
    await send(refused.notificationId);
    assert.deepEqual(namesOf(await entriesOf(refused.orderId)).slice(-2), [
      'notification failed',
      'event NotificationFailed',
    ]);
    const held = await place();
    await change(held.notificationId, (state) => ({
      ...state,
      status: 'HELD',
      reason: 'FEED_SILENT',
      heldAt: state.createdAt,
    }));
    const decision = { action: 'mark-sent', reason: 'Ada has it' };
    await post('POST /notifications/{notificationId}/resolve', decision, { notificationId: held.notificationId });
    assert.deepEqual(namesOf(await entriesOf(held.orderId)).slice(-2), [
      'notification resolved',
      'event NotificationSent',
    ]);
  });

  it('shows neither addresses nor names', async () => {
    const { post, read } = createTimelines();
    const { orderId } = await post('POST /orders', { ...emptyOrder(ADA), lines: [LINE] });
    const { body } = await read(orderId);
    for (const secret of [ADA.name, ADA.email, ADA.phone, LINE.description]) assert.ok(!body.includes(secret), secret);
  });

  it('shows feedback after the call that it is about if clocks differ', async () => {
    const { place, send, store, clock, entriesOf } = createTimelines();
    const { orderId, notificationId } = await place();
    clock.advance(10_000);
    await send(notificationId);
    const key = keyOfNotification(notificationId);
    await store.recordOutcomes(key, [{ position: 0, kind: 'DELIVERED', at: '2026-01-01T00:00:01.000Z' }]);
    const names = namesOf(await entriesOf(orderId));
    assert.ok(names.indexOf('feedback DELIVERED') > names.indexOf('notification sent'), names.join());
  });

  it('reads a subject in two calls', async () => {
    const { place, store, queriesWith, read } = createTimelines();
    const { orderId } = await place();
    const calls: string[] = [];
    const history = memoryOutboxHistory(store);
    const counted = <Asked, Answer>(name: string, ask: (asked: Asked) => Promise<Answer>) => {
      return (asked: Asked): Promise<Answer> => {
        calls.push(name);
        return ask(asked);
      };
    };
    const queries = queriesWith({
      outboxHistory: { readOutboxOf: counted('outbox', history.readOutboxOf) },
      messageLog: { ...store, readLoggedOf: counted('notifications', store.readLoggedOf) },
      secret: () => assert.fail('One page needs no secret.'),
    });
    assert.equal((await read(orderId, {}, 'acme', queries)).statusCode, 200);
    assert.deepEqual(calls.sort(), ['notifications', 'outbox']);
  });

  it('is the same 404 for another tenant, an unknown order and an invalid id', async () => {
    const { place, read } = createTimelines();
    const { orderId } = await place();
    const answers = [await read(orderId, {}, 'globex'), await read('a'.repeat(26)), await read('x')];
    for (const { statusCode, page } of answers) assert.deepEqual([statusCode, page.code], [404, 'ORDER_NOT_FOUND']);
  });

  it('leads through a long history page by page, each entry once, while new ones arrive', async () => {
    const { post, place, read } = createTimelines();
    const { orderId } = await place();
    for (let items = 0; items < TIMELINE_PAGE; items += 1)
      await post('POST /orders/{orderId}/items', LINE, { orderId });
    const seen: TimelineEntry[] = [];
    let cursor: string | undefined;
    do {
      const { page } = await read(orderId, cursor === undefined ? {} : { cursor });
      assert.ok(page.entries.length <= TIMELINE_PAGE);
      seen.push(...page.entries);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    assert.equal(new Set(seen.map(({ id }) => id)).size, seen.length);
    assert.equal(seen.filter(({ type }) => type === 'ItemAdded').length, TIMELINE_PAGE);
    assert.equal(seen.filter(({ type }) => type === 'FirstItemAdded').length, 1);
    assert.deepEqual(
      seen.map(({ at }) => at),
      seen.map(({ at }) => at).sort(),
    );
  });

  it('refuses a cursor of another timeline, a forged one, and unknown parameters', async () => {
    const { post, place, read } = createTimelines();
    const { orderId } = await place();
    const { orderId: other } = await place();
    for (let items = 0; items < TIMELINE_PAGE / 2; items += 1)
      await post('POST /orders/{orderId}/items', LINE, { orderId });
    const { nextCursor: cursor = assert.fail() } = (await read(orderId)).page;
    const faultOf = async (id: string, query: object, tenant?: string): Promise<string | undefined> => {
      const { statusCode, page } = await read(id, query, tenant);
      assert.equal(statusCode, 400);
      return page.errors?.map(({ code }) => code).join();
    };
    assert.equal(await faultOf(other, { cursor }), 'CURSOR_OF_OTHER_FILTERS');
    assert.equal(await faultOf(orderId, { cursor: `${cursor}x` }), 'CURSOR_INVALID');
    assert.equal(await faultOf(orderId, { cursor }, 'globex'), 'CURSOR_INVALID');
    assert.equal(await faultOf(orderId, { sort: 'up' }), 'UNKNOWN_PARAMETER');
  });
});

describe('GET /customers/{customerId}/timeline', () => {
  it('shows the registration, and no other tenant’s', async () => {
    const { post, queries } = createTimelines();
    await post('POST /customers', { ...ADA, customerId: 'ada' });
    const read = async (customerId: string, tenant: string) => {
      const routeKey = 'GET /customers/{customerId}/timeline';
      return queries(httpEvent({ routeKey, tenant, pathParameters: { customerId } }));
    };
    const answer = await read('ada', 'acme');
    const { entries } = v.parse(timelineSchema, bodyOf(answer));
    assert.deepEqual(namesOf(entries), ['command RegisterCustomer', 'event CustomerRegistered']);
    assert.equal(entries[1]?.causationId, entries[0]?.id);
    for (const secret of Object.values(ADA)) assert.ok(!answer.body.includes(secret), secret);
    const missing = [await read('ada', 'globex'), await read('bob', 'acme'), await read('a#b', 'acme')];
    for (const { statusCode, body } of missing)
      assert.deepEqual([statusCode, JSON.parse(body).code], [404, 'CUSTOMER_NOT_FOUND']);
  });
});

describe('a timeline of rows', () => {
  const subject = { tenant: 'acme', type: 'order', id: 'o1' };
  const envelope = (type: string, about = 'order/o1', data = {}) =>
    JSON.stringify({
      specversion: '1.0',
      id: `id of ${type}`,
      source: '/counterfoil/order',
      type,
      subject: about,
      time: '2026-01-01T00:00:00.000Z',
      datacontenttype: 'application/json',
      tenantid: 'acme',
      correlationid: 'correlation',
      causationid: 'http#c',
      sequence: '1.1',
      data,
    });
  const record = (commandId: string, messages: string[]) => ({
    subject,
    commandId,
    nonce: 'n',
    fingerprint: 'f',
    outcome: { accepted: true, version: 1, answer: '{}' },
    messages,
    createdAt: '2026-01-01T00:00:00.000Z',
  });

  it('shows an unknown message by its type, and a command without a name as Command', () => {
    const records = [record('http#c', [envelope('counterfoil.order.shipped.v1')])];
    const entries = timelineOf({ records, notifications: [] }, {}).map(({ entry }) => entry);
    assert.deepEqual(namesOf(entries), ['command Command', 'event counterfoil.order.shipped.v1']);
  });

  it('shows no command of a notification', () => {
    const records = [record('msg#s#1', [envelope('t', 'notification/n')]), record('msg#s#2', [])];
    const entries = timelineOf({ records, notifications: [] }, { t: 'Named' }).map(({ entry }) => entry);
    assert.deepEqual(namesOf(entries), ['event Named']);
  });

  it('shows an announced outcome after the feedback that led to it, though it has an earlier timestamp', () => {
    const key = notificationKeyOf(subject, 'order_o1_1-1');
    const { notificationId } = key;
    const at = '2026-01-01T00:00:09.000Z';
    const notifications = [
      {
        key,
        stored: { schemaVersion: 1, version: 1, state: inStatus('SENT') },
        events: [{ position: 0, kind: 'BOUNCED', at }],
      },
    ];
    const message = envelope(NOTIFICATION_MESSAGE.bounced, `notification/${notificationId}`, { notificationId });
    const entries = timelineOf({ records: [record('msg#s#1', [message])], notifications }, {});
    assert.deepEqual(
      entries.slice(-2).map(({ entry }) => entry.type),
      ['BOUNCED', NOTIFICATION_MESSAGE.bounced],
    );
  });
});
