import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sentAtOnce } from '#test/support/many-orders.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

describe('an order placed over HTTP', () => {
  let stage: StageUnderTest;
  let acme: StageUnderTest['acme'];
  let anOrder: StageUnderTest['anOrder'];
  before(async () => {
    stage = await openStage();
    ({ acme, anOrder } = stage);
  });
  after(() => stage.stop());

  it('sends one message on each channel, and shows SENT with the provider’s ids', async () => {
    const order = anOrder();
    const placed = await acme.place(order);
    assert.equal(placed.status, 201);
    const orderId = placed.json.orderId as string;
    assert.equal(placed.headers.get('location'), `/orders/${orderId}`);
    assert.equal(placed.headers.get('idempotency-replayed'), null);
    assert.deepEqual(placed.json.lines, order.lines);

    await stage.sentOnce([orderId, order]);
    const notifications = await acme.notificationsOf(orderId);
    assert.deepEqual(notifications.map(({ channel }) => channel).sort(), stage.channels);
    const email = notifications.find(({ channel }) => channel === 'email');
    assert.equal(email?.notificationId, `order_${orderId}_1-1`);
  });

  it('lists the ordered items in both messages, and tags the e-mail with its notification', async (t) => {
    const { inbox } = stage;
    if (!inbox) return t.skip('The messages of a deployed stage cannot be read.');
    const order = anOrder();
    const orderId = (await acme.place(order)).json.orderId as string;
    await stage.sentOnce([orderId, order]);
    const email = (await inbox.emails()).find(({ to }) => to.includes(order.contact.email));
    const sms = (await inbox.sms()).find(({ to }) => to === order.contact.phone);
    assert.match(email?.text ?? '', /Green tea/);
    assert.match(email?.html ?? '', /Green tea/);
    assert.match(sms?.body ?? '', new RegExp(orderId));
    assert.equal(email?.tags.notification, `order_${orderId}_1-1`);
  });

  it('answers a repeated request with the same status and body, and sends nothing more', async () => {
    const [order, key] = [anOrder(), randomUUID()];
    const first = await acme.place(order, key);
    await stage.settled(first.json.orderId as string);
    const again = await acme.place(order, key);
    assert.deepEqual([again.status, again.text], [first.status, first.text]);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(again.headers.get('location'), first.headers.get('location'));
    // A later order’s messages have arrived, so messages of the repetition would have arrived too.
    await stage.settled((await acme.place(anOrder())).json.orderId as string);
    await stage.sentOnce([first.json.orderId as string, order]);
  });

  it('takes effect once if the same request arrives many times at once', async () => {
    const [order, key] = [anOrder(), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 12 }, () => acme.place(order, key)));
    assert.deepEqual(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1);
    assert.equal(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null).length, 1);
    await stage.sentOnce([answers[0]?.json.orderId as string, order]);
  });

  it('refuses the same key with another body', async () => {
    const key = randomUUID();
    await acme.place(anOrder(), key);
    const other = await acme.place(anOrder(), key);
    assert.equal(other.status, 422);
    assert.equal(other.json.code, 'IDEMPOTENCY_CONFLICT');
    assert.ok(other.json.next);
  });

  it('isolates tenants: another tenant’s order returns 404, and the same key creates another order', async () => {
    const { globex } = stage;
    const [order, key] = [anOrder(), randomUUID()];
    const ours = await acme.place(order, key);
    const orderId = ours.json.orderId as string;
    assert.equal((await globex.call('GET', `/orders/${orderId}`)).status, 404);
    assert.equal(
      (await globex.call('POST', `/orders/${orderId}/items`, { key: randomUUID(), body: order.lines[0] })).status,
      404,
    );
    const theirs = await globex.place(anOrder(), key);
    assert.equal(theirs.status, 201);
    assert.notEqual(theirs.json.orderId, orderId);
  });

  it('sends only on the channels of the contact', async (t) => {
    if (stage.skipsTexts(t)) return;
    const { contact } = anOrder();
    const placed = await acme.place(anOrder({ contact: { name: contact.name, phone: contact.phone } }));
    const notifications = await stage.settled(placed.json.orderId as string);
    assert.deepEqual(
      notifications.map(({ channel }) => channel),
      ['sms'],
    );
  });

  it('adds items to an order, once each', async () => {
    const placed = await acme.place(anOrder({ lines: [] }));
    const path = `/orders/${placed.json.orderId}/items`;
    const body = { sku: 'CUP-1', description: 'Cup', quantity: 1, unitPrice: 900 };
    const key = randomUUID();
    const added = await acme.call('POST', path, { key, body });
    assert.equal(added.status, 200);
    assert.deepEqual([added.json.version, added.json.total, added.json.lines], [2, 900, [body]]);
    const again = await acme.call('POST', path, { key, body });
    assert.equal(again.text, added.text);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal((await acme.order(placed.json.orderId as string)).version, 2);
  });

  it('returns the correlation id of the request, or a new one', async () => {
    const given = await acme.call('GET', '/orders/none', { headers: { 'x-correlation-id': 'my-request-1' } });
    assert.equal(given.headers.get('x-correlation-id'), 'my-request-1');
    assert.ok((await acme.call('GET', '/orders/none')).headers.get('x-correlation-id'));
  });

  it('handles many orders at once: each message is sent once, and nothing is left unfinished', async () => {
    // A deployed stage may be in the sandbox, which sends one e-mail per second and 200 per day. `test/slow` sends more.
    const [count, atOnce] = stage.isReal ? [10, 5] : [30, 16];
    await sentAtOnce(stage, count, atOnce);
  });

  const description = () => acme.call('GET', '/openapi.json', { token: undefined });

  it('returns its description without a token', async () => {
    const { status, json, headers } = await description();
    assert.equal(status, 200);
    assert.equal(json.openapi, '3.1.0');
    assert.equal(headers.get('cache-control'), 'public, max-age=86400');
  });

  it('limits anonymous requests, so that orders keep their share of the functions', async (t) => {
    // API Gateway applies its limits approximately. Only the local cloud counts exactly.
    if (stage.isReal) return t.skip('The limits of a deployed stage are targets, not guarantees.');
    const strangers = await Promise.all(
      Array.from({ length: 40 }, () => acme.callOnce('GET', '/openapi.json', { token: undefined })),
    );
    const refused = strangers.filter(({ status }) => status === 429);
    assert.ok(refused.length > 0, 'all of 40 concurrent requests were accepted');
    for (const { json } of refused) assert.deepEqual(json, { message: 'Too Many Requests' });
    assert.deepEqual(
      [...new Set(strangers.map(({ status }) => status))].filter((one) => one !== 200),
      [429],
    );
    assert.equal((await acme.place(anOrder())).status, 201);
    assert.equal((await description()).status, 200);
  });
});
