import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { openLocal, placeMany } from '#test/support/local.ts';

/** One after the other, because faults and feed settings apply to the whole stage. */
describe('a provider whose answer is unknown', { timeout: 170_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  const emailOf = async (orderId: string) => {
    const notifications = await here.acme.notificationsOf(orderId);
    return notifications.find(({ channel }) => channel === 'email') as
      | { status: string; reason?: string; attempts?: unknown[] }
      | undefined;
  };
  const emailIs = (orderId: string, status: string) =>
    eventually(
      `e-mail of ${orderId} ${status}`,
      async () => {
        const email = await emailOf(orderId);
        return email?.status === status && email;
      },
      60_000,
    );
  const emailsTo = async (address: string) =>
    (await here.inbox.emails()).filter(({ to }) => to.includes(address)).length;
  const onSes = (fault: string, times = 1) => ({
    function: 'send-email',
    service: 'sesv2',
    operation: 'SendEmail',
    fault,
    times,
  });

  it('that accepted the call, with a lost answer: SENT by the Send event, not sent again', async () => {
    await here.control.inject(onSes('lose-response'));
    const [{ orderId, order } = assert.fail()] = await placeMany(here.acme, 1);
    await emailIs(orderId, 'SENT');
    assert.equal(await emailsTo(order.contact.email), 1);
  });

  it('that never received the call, because the sender was killed: settled and sent exactly once', async () => {
    await here.control.inject(onSes('kill-before'));
    const [{ orderId, order } = assert.fail()] = await placeMany(here.acme, 1);
    await emailIs(orderId, 'SENDING');
    await emailIs(orderId, 'UNKNOWN');
    assert.equal(await emailsTo(order.contact.email), 0);
    const sent = await emailIs(orderId, 'SENT');
    assert.equal(sent.attempts?.length, 2);
    assert.equal(await emailsTo(order.contact.email), 1);
  });

  it('that throttles or refuses connections: not counted as an attempt, sent later', async () => {
    await here.control.inject(onSes('throttle', 2), onSes('refuse', 1));
    const [{ orderId, order } = assert.fail()] = await placeMany(here.acme, 1);
    const sent = await emailIs(orderId, 'SENT');
    assert.equal(sent.attempts?.length, 1);
    assert.equal(await emailsTo(order.contact.email), 1);
  });

  it('whose events never arrive: HELD, with the reason in the row', async () => {
    // Every event about an e-mail is evidence.
    await here.control.sink({ events: { Send: { withhold: true }, Delivery: { withhold: true } } });
    await here.control.inject(onSes('lose-response'));
    const [{ orderId, order } = assert.fail()] = await placeMany(here.acme, 1);
    const held = await emailIs(orderId, 'HELD');
    assert.equal(held.reason, 'FEED_SILENT');
    assert.equal(await emailsTo(order.contact.email), 1);
    // The events were only withheld. They are still applied when they arrive.
    await here.control.sink({});
    await emailIs(orderId, 'SENT');
  });

  it('whose events are duplicated, late and reordered: each e-mail is sent once', async () => {
    const restless = { copies: 3, delayMs: 300, reorder: true };
    await here.control.sink({ events: { Send: restless, Delivery: restless } });
    await here.control.inject(onSes('lose-response', 3));
    const placed = await placeMany(here.acme, 6);
    for (const { orderId, order } of placed) {
      await emailIs(orderId, 'SENT');
      assert.equal(await emailsTo(order.contact.email), 1);
    }
    await here.control.sink({});
  });
});
