import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { anOrder } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { openLocal } from '#test/support/local.ts';
import { becomesDue, rowsOf, tableOf } from '#test/support/rows.ts';

type Listed = { notificationId: string; purpose: string; channel: string; status: string; causationId?: string };

/** The test changes due times in the table, and makes a provider lose its answer. */
const skip =
  process.env.OUTPUTS !== undefined &&
  'Fallbacks are tested on a separate local cloud only, not on the stage that OUTPUTS names.';

describe('a tenant with fallbacks', { skip }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
    // Before any message of the tenant, so that no function has read earlier settings.
    const fallback = { email: { afterMinutes: 5 }, sms: { afterMinutes: 5 } };
    const { status, text } = await here.acme.call('PUT', '/settings', { key: randomUUID(), body: { fallback } });
    assert.equal(status, 200, text);
  });
  after(() => here.stop());

  const place = async (mailbox?: string): Promise<{ orderId: string; phone: string }> => {
    const { contact, ...order } = anOrder();
    const email = `${mailbox}+${randomUUID().slice(0, 8)}@simulator.amazonses.com`;
    const placed = await here.acme.place({ ...order, contact: { ...contact, ...(mailbox && { email }) } });
    assert.equal(placed.status, 201, placed.text);
    return { orderId: String(placed.json.orderId), phone: contact.phone };
  };
  const notificationsOf = async (orderId: string): Promise<Listed[]> => {
    const { json } = await here.acme.call<{ notifications: Listed[] }>('GET', `/orders/${orderId}`);
    return json.notifications;
  };
  const fallbacksOf = async (orderId: string): Promise<Listed[]> =>
    (await notificationsOf(orderId)).filter(({ purpose }) => purpose === 'fallback');
  const fallbackOf = (orderId: string): Promise<Listed> =>
    eventually('the fallback', async () => {
      const [fallback] = await fallbacksOf(orderId);
      return fallback?.status === 'SENT' && fallback;
    });
  const textsTo = async (phone: string): Promise<string[]> =>
    (await here.inbox.sms()).flatMap(({ to, body }) => (to === phone ? [body] : []));
  const isFallback = (body: string): boolean => body.includes('We could not reach you by e-mail');
  const outcomeOf = (orderId: string, outcome: string): Promise<unknown> =>
    eventually(outcome, async () => {
      const { json } = await here.acme.call<{ entries: { type: string }[] }>('GET', `/orders/${orderId}/timeline`);
      return json.entries.some(({ type }) => type === outcome);
    });
  const isDue = async (orderId: string): Promise<boolean> => {
    const table = tableOf(here.cloud.outputs);
    const key = { pk: `acme#order#${orderId}`, sk: `FALLBACK#order_${orderId}_1-1` };
    const changed = await becomesDue(table, key);
    table.client.destroy();
    return changed;
  };

  const statusOf = async (orderId: string): Promise<string | undefined> => {
    const table = tableOf(here.cloud.outputs);
    const rows = await rowsOf(table);
    table.client.destroy();
    const row = rows.find(({ sk }) => sk?.S === `FALLBACK#order_${orderId}_1-1`);
    return row?.state?.M?.status?.S;
  };

  /** The delivery may be seen before the sending. Then the fallback is due later, and reads that it was delivered. */
  const endsByDelivery = (orderId: string): Promise<unknown> =>
    eventually('the end of the process', async () => {
      await isDue(orderId);
      return (await statusOf(orderId)) === 'delivered';
    });

  it('sends one text message if the e-mail bounced', async () => {
    const { orderId, phone } = await place('bounce');
    const { notificationId, channel } = await fallbackOf(orderId);
    assert.deepEqual([notificationId, channel], [`order_${orderId}_1-101`, 'sms']);
    // A later message about the same order has arrived, so a second fallback would have arrived, too.
    const later = await place('bounce');
    await fallbackOf(later.orderId);
    assert.equal((await fallbacksOf(orderId)).length, 1);
    assert.deepEqual((await textsTo(phone)).filter(isFallback), [
      `Order ${orderId} is placed. We could not reach you by e-mail, Ada Lovelace.`,
    ]);
    const { json } = await here.acme.call<{ entries: { kind: string; type: string; process?: string }[] }>(
      'GET',
      `/orders/${orderId}/timeline`,
    );
    assert.ok(
      json.entries.some(({ kind, type, process }) => `${kind} ${type} ${process}` === 'process SendFallback fallback'),
    );
  });

  it('sends none if the e-mail was delivered', async () => {
    const { orderId, phone } = await place('success');
    await outcomeOf(orderId, 'NotificationDelivered');
    await endsByDelivery(orderId);
    assert.equal(await isDue(orderId), false, 'its row is not due any more');
    assert.deepEqual([await fallbacksOf(orderId), (await textsTo(phone)).filter(isFallback)], [[], []]);
  });

  it('sends none while the outcome of the e-mail is unknown, and none after it turned out to be delivered', async () => {
    await here.control.inject({
      function: 'send-email',
      service: 'sesv2',
      operation: 'SendEmail',
      fault: 'lose-response',
      times: 1,
    });
    const { orderId, phone } = await place('success');
    await eventually('the unknown outcome', async () =>
      (await notificationsOf(orderId)).some(({ status, channel }) => channel === 'email' && status !== 'PENDING'),
    );
    assert.deepEqual(await fallbacksOf(orderId), []);
    await outcomeOf(orderId, 'NotificationDelivered');
    await endsByDelivery(orderId);
    assert.deepEqual([await fallbacksOf(orderId), (await textsTo(phone)).filter(isFallback)], [[], []]);
  });
});
