import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { customerOf, type ShownNotification } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { notExactlyOnce, openLocal, type PlacedOrder, placeMany } from '#test/support/local.ts';
import { greetingIdOf } from '#test/support/stage.ts';

const ORDERS = 40;

describe('an account that temporarily may not send e-mail', { timeout: 240_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  const emailOf = async (orderId: string) => {
    const shown = await here.acme.notificationsOf(orderId);
    return shown.find(({ channel }) => channel === 'email') ?? assert.fail(`${orderId} has no e-mail`);
  };
  const sendEmailCalls = async (): Promise<number> => {
    const calls = await here.control.calls();
    return calls
      .filter((call) => call.service === 'sesv2' && call.function === 'send-email')
      .reduce((sum, { count }) => sum + count, 0);
  };

  it('loses no message: calls stop, messages wait with a reason, and later each arrives once', async () => {
    const { acme, control, inbox } = here;
    await control.sink({ refusing: { email: 'paused' } });
    const placed = await placeMany(acme, ORDERS);

    await eventually(
      'every e-mail waits with a reason',
      async () => {
        const emails = await Promise.all(placed.map(({ orderId }) => emailOf(orderId)));
        return emails.every(({ deferredBecause }) => deferredBecause !== undefined);
      },
      60_000,
    );
    // The circuit is open now. Without it, forty messages would be refused again every few seconds.
    await control.resetCalls();
    await eventually(
      'the circuit holds messages back',
      async () => {
        const emails = await Promise.all(placed.map(({ orderId }) => emailOf(orderId)));
        return emails.filter(({ deferredBecause }) => deferredBecause === 'CIRCUIT_OPEN').length >= ORDERS / 2;
      },
      60_000,
    );
    const probes = await sendEmailCalls();
    assert.ok(probes < ORDERS, `${probes} calls while the circuit was open`);
    const emails = await Promise.all(placed.map(({ orderId }) => emailOf(orderId)));
    for (const { status, next } of emails) {
      assert.equal(status, 'PENDING');
      assert.equal(typeof next, 'string');
    }
    assert.equal((await inbox.emails()).length, 0);
    // The other channel is not affected.
    await eventually('every text message', async () => (await inbox.sms()).length === ORDERS, 60_000);

    await control.sink({});
    for (const { orderId } of placed) await acme.settled(orderId, 'SENT', 100_000);
    assert.deepEqual(await notExactlyOnce(inbox, placed), []);
  });
});

const [PLACED, CONFIRMED] = ['counterfoil.order.placed.v1', 'counterfoil.order.confirmed.v1'];
/** They begin when the first three are resumed. The last one gets its work from the third. */
const SUBSCRIBERS = ['project-orders', 'run-process', 'request-webhooks', 'post-webhook'] as const;

describe('subscribers that are paused', { timeout: 300_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  const customerId = 'customer-1';
  const phone = '+436601234567';
  let placed: PlacedOrder[] = [];
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  const post = async (path: string, body: object): Promise<void> => {
    const { status, text } = await here.acme.call('POST', path, { key: `POST ${path}`, body });
    assert.ok(status < 300, text);
  };
  const depth = (name: string): Promise<number> => here.depthOf(here.cloud.outputs.queues[name]?.url ?? assert.fail());
  const untilDepth = (name: string, isReached: (messages: number) => boolean): Promise<boolean> =>
    eventually(`the queue of ${name}`, async () => isReached(await depth(name)));
  const listed = async () =>
    (await here.acme.call<{ orders: { orderId: string; status: string }[] }>('GET', '/orders?limit=50')).json.orders;
  const webhooks = async (): Promise<string[]> => {
    const received = (await here.inbox.webhooks()).map(({ body }) => JSON.parse(body));
    return received.map(({ type, data }) => `${type} ${data.orderId}`).sort();
  };
  const notification = async (path: string) => (await here.acme.call<ShownNotification>('GET', path)).json;
  const approvalOf = async (orderId: string) => (await here.acme.order(orderId)).approvalEmail as object | undefined;

  it('lose nothing: their messages wait, while the others go on', async () => {
    const { acme, control, inbox } = here;
    const endpoints = [{ endpointId: 'billing', url: inbox.hook('billing'), eventTypes: [PLACED, CONFIRMED] }];
    const put = await acme.call('PUT', '/settings/webhooks', { key: 'endpoints', body: { endpoints } });
    assert.equal(put.status, 200, put.text);
    for (const name of SUBSCRIBERS) await control.pause(name);

    await post('/customers', { name: 'Grace Hopper', phone, customerId });
    placed = await placeMany(acme, 12);
    const { json } = await acme.place({ customerId, currency: 'EUR', lines: [] }, 'of the customer');
    const steps = placed.map(({ orderId }) => post(`/orders/${orderId}/confirm`, {}));
    await Promise.all(steps);
    for (const { orderId } of placed.slice(0, 3)) await post(`/orders/${orderId}/approve`, {});
    for (const { orderId } of placed) await acme.settled(orderId);
    await acme.settled(String(json.orderId));

    assert.deepEqual(await notExactlyOnce(inbox, placed), []);
    // Each message about an order is in the queue of each subscriber that is paused.
    for (const name of SUBSCRIBERS.slice(0, 3)) await untilDepth(name, (messages) => messages >= 2 * placed.length + 1);
    assert.deepEqual([await listed(), await webhooks()], [[], []]);
    assert.equal((await acme.call('GET', `/notifications/${greetingIdOf(customerId)}`)).status, 404);
    // Only the confirmations, no approval.
    for (const { orderId } of placed) assert.equal((await acme.notificationsOf(orderId)).length, 2);
  });

  it('catch up when they are resumed, and everything has its effect once', async () => {
    const { control, inbox } = here;
    for (const name of ['project-orders', 'run-process', 'request-webhooks']) await control.resume(name);
    const countOf = (rows: { status: string }[], status: string): number =>
      rows.filter((row) => row.status === status).length;
    const orders = await eventually('the list of all orders, as they are', async () => {
      const rows = await listed();
      const counts = ['placed', 'confirmed', 'approved'].map((status) => countOf(rows, status));
      return counts.join() === [1, placed.length - 3, 3].join() && rows;
    });
    assert.equal(orders.length, placed.length + 1);
    await eventually('the greeting', async () => {
      const { status } = await notification(`/notifications/${greetingIdOf(customerId)}`);
      return status === 'SENT';
    });
    for (const { orderId } of placed.slice(0, 3))
      await eventually('the approval', async () => JSON.stringify(await approvalOf(orderId))?.includes('"sent"'));
    // The webhooks are requested, and wait for the function that posts them.
    await untilDepth('post-webhook', (messages) => messages >= 2 * placed.length + 1);
    assert.deepEqual(await webhooks(), []);

    await control.resume('post-webhook');
    const expected = [
      ...orders.map(({ orderId }) => `${PLACED} ${orderId}`),
      ...placed.map(({ orderId }) => `${CONFIRMED} ${orderId}`),
    ].sort();
    await eventually('all webhooks', async () => (await webhooks()).length >= expected.length);
    for (const name of Object.keys(here.cloud.outputs.queues)) await untilDepth(name, (messages) => messages === 0);
    assert.deepEqual(await webhooks(), expected);
    const texts = (await inbox.sms()).filter(({ to }) => to === phone).map(({ body }) => body);
    assert.equal(texts.length, 2, 'the confirmation and one greeting');
    const emails = await inbox.emails();
    for (const [index, { order }] of placed.entries()) {
      const own = emails.filter(({ to }) => to.includes(order.contact.email));
      assert.equal(own.length, index < 3 ? 2 : 1, 'the confirmation, and the approval if the order is approved');
    }
    const operator = customerOf(here.cloud.outputs, here.cloud.outputs.tokens.operator);
    assert.deepEqual((await operator.call('GET', '/dead-letters')).json.deadLetters, []);
  });
});
