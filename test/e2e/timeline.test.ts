import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import * as v from 'valibot';
import { messageLogSchema } from '#shared/message-log/responses.ts';
import { type TimelineEntry, timelineSchema } from '#shared/timeline/responses.ts';
import { eventually } from '#test/support/eventually.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

const LINE = { sku: 'MUG-01', description: 'Mug, blue', quantity: 1, unitPrice: 1250 };

describe('the timeline of an order over HTTP', () => {
  let stage: StageUnderTest;
  let acme: StageUnderTest['acme'];
  before(async () => {
    stage = await openStage();
    ({ acme } = stage);
  });
  after(() => stage.stop());

  const addressOf = (mailbox: string): string => `${mailbox}+${randomUUID().slice(0, 8)}@simulator.amazonses.com`;
  const place = async (email: string): Promise<string> => {
    const { status, json } = await acme.place({ contact: { name: 'Ada Lovelace', email }, currency: 'EUR', lines: [] });
    assert.equal(status, 201);
    return json.orderId as string;
  };
  const timelineOf = async (orderId: string): Promise<TimelineEntry[]> => {
    const { status, json, text } = await acme.call('GET', `/orders/${orderId}/timeline`);
    assert.equal(status, 200, text);
    for (const secret of ['Lovelace', '@', 'Mug']) assert.ok(!text.includes(secret), secret);
    return v.parse(timelineSchema, json).entries;
  };
  const namesOf = (entries: readonly TimelineEntry[]): string[] => entries.map(({ kind, type }) => `${kind} ${type}`);
  /** Waits until the timeline has this entry. */
  const timelineWith = (orderId: string, name: string): Promise<TimelineEntry[]> =>
    eventually(`${name} of order ${orderId}`, async () => {
      const entries = await timelineOf(orderId);
      return namesOf(entries).includes(name) && entries;
    });
  const assertCausesFirst = (entries: readonly TimelineEntry[]): void => {
    const places = new Map(entries.map(({ id }, place) => [id, place]));
    assert.equal(places.size, entries.length, 'every entry has an id of its own');
    for (const [place, { causationId = '', type }] of entries.entries())
      assert.ok((places.get(causationId) ?? -1) < place, `the cause of ${type} comes before it`);
  };

  it('shows every event by its name, a cause before its effect, and the first item once', async () => {
    const orderId = await place(addressOf('success'));
    for (const _ of [1, 2, 3]) {
      const added = await acme.call('POST', `/orders/${orderId}/items`, { key: randomUUID(), body: LINE });
      assert.equal(added.status, 200, added.text);
    }
    const confirmed = await acme.call('POST', `/orders/${orderId}/confirm`, { key: randomUUID(), body: {} });
    assert.equal(confirmed.status, 200, confirmed.text);
    const entries = await timelineWith(orderId, 'event NotificationDelivered');
    const names = namesOf(entries);
    const count = (name: string): number => names.filter((one) => one === name).length;
    assert.deepEqual(names.slice(0, 3), ['command PlaceOrder', 'event OrderPlaced', 'event NotificationRequested']);
    assert.deepEqual([count('command AddItem'), count('event ItemAdded'), count('event FirstItemAdded')], [3, 3, 1]);
    assert.deepEqual([count('command ConfirmOrder'), count('event OrderConfirmed')], [1, 1]);
    for (const name of ['requested', 'claimed', 'sent']) assert.equal(count(`notification ${name}`), 1, name);
    assert.equal(count('feedback DELIVERED'), 1);
    assert.ok(names.indexOf('feedback DELIVERED') < names.indexOf('event NotificationDelivered'), names.join());
    assertCausesFirst(entries);
  });

  it('shows a bounce, and the message log names the same cause and purpose', async () => {
    const orderId = await place(addressOf('bounce'));
    const entries = await timelineWith(orderId, 'event NotificationBounced');
    assertCausesFirst(entries);
    const bounced = entries.find(({ kind }) => kind === 'feedback');
    assert.deepEqual([bounced?.type, bounced?.recipient, bounced?.purpose], ['BOUNCED', 0, 'order-confirmation']);
    const listed = async (purpose: string) => {
      const { json } = await acme.call('GET', `/notifications?orderId=${orderId}&purpose=${purpose}`);
      return v.parse(messageLogSchema, json).notifications;
    };
    const placed = entries.find(({ type }) => type === 'OrderPlaced');
    const [notification] = await listed('order-confirmation');
    assert.deepEqual([notification?.purpose, notification?.causationId], ['order-confirmation', placed?.id]);
    assert.deepEqual(await listed('invoice'), []);
  });

  it('is the same 404 for another tenant and an unknown order', async () => {
    const orderId = await place(addressOf('success'));
    const answers = [
      await stage.globex.call('GET', `/orders/${orderId}/timeline`),
      await acme.call('GET', `/orders/${'a'.repeat(26)}/timeline`),
    ];
    for (const { status, json } of answers) assert.deepEqual([status, json.code], [404, 'ORDER_NOT_FOUND']);
    const refused = await acme.call('GET', `/orders/${orderId}/timeline?cursor=x.y`);
    assert.deepEqual([refused.status, refused.json.code], [400, 'VALIDATION_FAILED']);
  });

  it('shows nothing personal after an erasure, and that the contact was erased', async () => {
    const address = addressOf('bounce');
    const orderId = await place(address);
    await timelineWith(orderId, 'event NotificationBounced');
    const query = new URLSearchParams({ channel: 'email', address });
    assert.equal((await acme.call('DELETE', `/personal-data?${query}`)).status, 202);
    const entries = await timelineWith(orderId, 'event ContactErased');
    assert.deepEqual(
      namesOf(entries).filter((name) => /EraseContact|ContactErased/.test(name)),
      ['command EraseContact', 'event ContactErased'],
    );
    assertCausesFirst(entries);
  });

  it('shows the registration and the erasure of a customer', async () => {
    const address = addressOf('success');
    const body = { name: 'Ada Lovelace', email: address };
    const registered = await acme.call('POST', '/customers', { key: randomUUID(), body });
    assert.equal(registered.status, 201, registered.text);
    const { customerId } = registered.json;
    assert.equal((await acme.call('DELETE', `/customers/${customerId}/personal-data`)).status, 202);
    const entries = await eventually('the erasure', async () => {
      const { json, text } = await acme.call('GET', `/customers/${customerId}/timeline`);
      assert.ok(!text.includes('Lovelace') && !text.includes('@'), text);
      const { entries: shown } = v.parse(timelineSchema, json);
      return namesOf(shown).includes('event CustomerErased') && shown;
    });
    assert.deepEqual(namesOf(entries.filter(({ kind }) => kind !== 'process')), [
      'command RegisterCustomer',
      'event CustomerRegistered',
      'command EraseCustomer',
      'event CustomerErased',
    ]);
    assertCausesFirst(entries);
    const other = await stage.globex.call('GET', `/customers/${customerId}/timeline`);
    assert.deepEqual([other.status, other.json.code], [404, 'CUSTOMER_NOT_FOUND']);
  });
});
