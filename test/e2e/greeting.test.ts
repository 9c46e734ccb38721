import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { greetingIdOf, openStage, type StageUnderTest } from '#test/support/stage.ts';

type Logged = { notificationId: string; purpose: string; channel: string; customerId?: string; causationId?: string };

describe('a new customer', () => {
  let stage: StageUnderTest;
  let acme: StageUnderTest['acme'];
  before(async () => {
    stage = await openStage();
    ({ acme } = stage);
  });
  after(() => stage.stop());

  const register = async (body: object): Promise<string> => {
    const registered = await acme.call('POST', '/customers', { key: randomUUID(), body });
    assert.equal(registered.status, 201, registered.text);
    return String(registered.json.customerId);
  };
  const place = async (body: object): Promise<string> => {
    const placed = await acme.place(body);
    assert.equal(placed.status, 201, placed.text);
    return String(placed.json.orderId);
  };
  /** Bodies of the text messages that this number received. */
  const textsTo = async (phone: string): Promise<string[]> => {
    const texts = (await stage.inbox?.sms()) ?? [];
    return texts.flatMap(({ to, body }) => (to === phone ? [body] : [])).sort();
  };
  const firstEventOf = async (path: string): Promise<string | undefined> => {
    const { json } = await acme.call<{ entries: { id: string; kind: string }[] }>('GET', `${path}/timeline`);
    return json.entries.find(({ kind }) => kind === 'event')?.id;
  };
  const isGreeting = (body: string): boolean => body === 'Thank you for your first order. Welcome, Ada Lovelace!';
  const logged = async (phone: string): Promise<Logged[]> => {
    const query = new URLSearchParams({ recipient: phone });
    return (await acme.call<{ notifications: Logged[] }>('GET', `/notifications?${query}`)).json.notifications;
  };
  /** Gives a message that must not be sent its time: what a later customer causes has arrived. */
  const untilLaterGreeting = async (): Promise<void> => {
    const { contact, ...order } = stage.anOrder();
    const customerId = await register(contact);
    await place({ ...order, customerId });
    await stage.greeted(customerId);
  };

  it('gets one text message after registration and first order, and none after later orders', async (t) => {
    if (stage.skipsTexts(t)) return;
    const { contact, ...order } = stage.anOrder();
    const customerId = await register(contact);
    const first = await place({ ...order, customerId });
    await stage.greeted(customerId);
    const second = await place({ ...order, customerId });
    for (const orderId of [first, second]) await stage.settled(orderId);
    await untilLaterGreeting();
    const texts = await textsTo(contact.phone);
    assert.deepEqual([texts.length, texts.filter(isGreeting).length], [3, 1], texts.join());
    const greetings = (await logged(contact.phone)).filter(({ purpose }) => purpose === 'greeting');
    assert.deepEqual(
      greetings.map(({ notificationId, channel, customerId: about }) => [notificationId, channel, about]),
      [[greetingIdOf(customerId), 'sms', customerId]],
    );
    // The messages may be handled in any order.
    const events = await Promise.all(
      [`/customers/${customerId}`, `/orders/${first}`, `/orders/${second}`].map((path) => firstEventOf(path)),
    );
    assert.ok(events.includes(greetings[0]?.causationId), JSON.stringify({ events, greetings }));
  });

  it('gets it also if the order was placed before the registration', async (t) => {
    if (stage.skipsTexts(t)) return;
    const order = stage.anOrder();
    const customerId = `customer_${randomUUID()}`;
    const orderId = await place({ ...order, customerId });
    await stage.settled(orderId);
    await untilLaterGreeting();
    assert.equal((await textsTo(order.contact.phone)).length, 1);
    await register({ ...order.contact, customerId });
    await stage.sentOnce([orderId, order, customerId]);
    assert.equal((await textsTo(order.contact.phone)).filter(isGreeting).length, 1);
  });

  it('gets none without a phone number', async () => {
    const { contact, ...order } = stage.anOrder();
    const customerId = await register({ name: contact.name, email: contact.email });
    const orderId = await place({ ...order, customerId });
    await stage.settled(orderId);
    if (!stage.isReal) await untilLaterGreeting();
    const greeting = await acme.call('GET', `/notifications/${greetingIdOf(customerId)}`);
    assert.deepEqual([greeting.status, greeting.json.code], [404, 'NOTIFICATION_NOT_FOUND']);
  });
});
