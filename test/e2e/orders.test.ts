import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { anOrder, customerOf, inboxOf } from '#test/support/api.ts';
import { type Deployment, openDeployment } from '#test/support/deployment.ts';

describe('an order placed over HTTP', () => {
  let deployment: Deployment;
  let acme: ReturnType<typeof customerOf>;
  let globex: ReturnType<typeof customerOf>;
  let inbox: ReturnType<typeof inboxOf>;
  before(async () => {
    deployment = await openDeployment();
    acme = customerOf(deployment.outputs);
    globex = customerOf(deployment.outputs, deployment.outputs.tokens.globex);
    inbox = inboxOf(deployment.outputs);
  });
  after(() => deployment.stop());

  const emailsTo = async (address: string) => (await inbox.emails()).filter(({ to }) => to.includes(address));
  const smsTo = async (phone: string) => (await inbox.sms()).filter(({ to }) => to === phone);

  it('puts one e-mail and one SMS in the inbox, and says SENT with the provider’s ids', async () => {
    const order = anOrder();
    const placed = await acme.place(order);
    assert.equal(placed.status, 201);
    const orderId = placed.json.orderId as string;
    assert.equal(placed.headers.get('location'), `/orders/${orderId}`);
    assert.equal(placed.headers.get('idempotency-replayed'), null);
    assert.deepEqual(placed.json.lines, order.lines);

    const notifications = await acme.settled(orderId);
    assert.deepEqual(notifications.map(({ channel }) => channel).sort(), ['email', 'sms']);
    const [email, ...moreEmails] = await emailsTo(order.contact.email);
    const [sms, ...moreSms] = await smsTo(order.contact.phone);
    assert.deepEqual([moreEmails, moreSms], [[], []]);
    assert.match(email?.text ?? '', /Green tea/);
    assert.match(email?.html ?? '', /Green tea/);
    assert.match(sms?.body ?? '', new RegExp(orderId));
    const providerIds = notifications.map(({ providerMessageId }) => providerMessageId).sort();
    assert.deepEqual(providerIds, [email?.id, sms?.id].sort());
    assert.equal(email?.tags.notification, `order_${orderId}_1-1`);
  });

  it('answers the same call again with the same status and body, and sends nothing more', async () => {
    const [order, key] = [anOrder(), randomUUID()];
    const first = await acme.place(order, key);
    await acme.settled(first.json.orderId as string);
    const again = await acme.place(order, key);
    assert.deepEqual([again.status, again.text], [first.status, first.text]);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(again.headers.get('location'), first.headers.get('location'));
    // Something placed later has arrived: had the repetition sent anything, it would be there too.
    await acme.settled((await acme.place(anOrder())).json.orderId as string);
    assert.equal((await emailsTo(order.contact.email)).length, 1);
    assert.equal((await smsTo(order.contact.phone)).length, 1);
  });

  it('takes effect once when the same call comes many times at once', async () => {
    const [order, key] = [anOrder(), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 12 }, () => acme.place(order, key)));
    assert.deepEqual(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1);
    assert.equal(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null).length, 1);
    await acme.settled(answers[0]?.json.orderId as string);
    assert.equal((await emailsTo(order.contact.email)).length, 1);
  });

  it('refuses the same key with another body', async () => {
    const key = randomUUID();
    await acme.place(anOrder(), key);
    const other = await acme.place(anOrder(), key);
    assert.equal(other.status, 422);
    assert.equal(other.json.code, 'IDEMPOTENCY_CONFLICT');
    assert.ok(other.json.next);
  });

  it('keeps tenants apart: another one’s order answers 404, the same key is another order', async () => {
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

  it('sends only where the contact can be reached', async () => {
    const { contact } = anOrder();
    const placed = await acme.place(anOrder({ contact: { name: contact.name, phone: contact.phone } }));
    const notifications = await acme.settled(placed.json.orderId as string);
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

  it('tells its caller the correlation id it was given, and makes one otherwise', async () => {
    const given = await acme.call('GET', '/orders/none', { headers: { 'x-correlation-id': 'my-request-1' } });
    assert.equal(given.headers.get('x-correlation-id'), 'my-request-1');
    assert.ok((await acme.call('GET', '/orders/none')).headers.get('x-correlation-id'));
  });

  it('handles 200 orders, 16 at a time: each e-mail and each SMS once, nothing left unfinished', {
    timeout: 120_000,
  }, async () => {
    const orders = Array.from({ length: 200 }, () => anOrder());
    const ids: string[] = [];
    const queue = orders.values();
    const customer = async (): Promise<void> => {
      for (const order of queue) {
        const placed = await acme.place(order);
        assert.equal(placed.status, 201);
        ids.push(placed.json.orderId as string);
      }
    };
    await Promise.all(Array.from({ length: 16 }, customer));
    for (const orderId of ids) await acme.settled(orderId, 'SENT', 90_000);
    const [emails, texts] = [await inbox.emails(), await inbox.sms()];
    for (const { contact } of orders) {
      assert.equal(emails.filter(({ to }) => to.includes(contact.email)).length, 1, contact.email);
      assert.equal(texts.filter(({ to }) => to === contact.phone).length, 1, contact.phone);
    }
  });

  it('describes itself to anybody', async () => {
    const { status, json } = await acme.call('GET', '/openapi.json', { token: undefined });
    assert.equal(status, 200);
    assert.equal(json.openapi, '3.1.0');
  });
});
