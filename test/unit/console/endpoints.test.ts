import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Api } from '#console/base/api.ts';
import { readDeliveries } from '#console/settings/webhooks/calls.ts';
import {
  type EndpointFields,
  endpointBody,
  eventTypesIn,
  faultsOf,
  merged,
  NEW,
  overtakenBy,
  withEndpoint,
} from '#console/settings/webhooks/endpoints.ts';
import { asyncApiText } from '#shared/api/document.ts';

const SHOP: EndpointFields = {
  endpointId: 'shop',
  url: 'https://shop.example',
  eventTypes: ['counterfoil.order.placed.v1', 'counterfoil.order.confirmed.v1'],
  enabled: true,
  description: '',
};
const seen = (fields: EndpointFields) => ({ ...fields, secrets: [] });

describe('the endpoints in the form', () => {
  it('change one endpoint, and leave the others as the stage has them', () => {
    const billing = { ...SHOP, endpointId: 'billing', enabled: false };
    const mine = { ...SHOP, url: 'https://new.example' };
    assert.deepEqual(withEndpoint([seen(SHOP), seen(billing)], { base: SHOP, mine }), [mine, billing]);
  });

  it('never replace an endpoint by a new one of the same name: the stage refuses the list', () => {
    assert.deepEqual(withEndpoint([seen(SHOP)], { mine: SHOP }), [SHOP, SHOP]);
  });

  it('add an endpoint again that another person has removed', () => {
    assert.deepEqual(withEndpoint([], { base: SHOP, mine: SHOP }), [SHOP]);
  });

  it('have no description if it is empty', () => {
    assert.equal('description' in endpointBody(SHOP), false);
  });

  it('are overtaken by another value, and not by another order or by the same wish', () => {
    const mine = { ...SHOP, description: 'mine' };
    const other = { ...SHOP, url: 'https://other.example' };
    assert.deepEqual(overtakenBy({ base: SHOP, mine }, other), ['url']);
    assert.deepEqual(overtakenBy({ base: SHOP, mine }, { ...SHOP, eventTypes: SHOP.eventTypes.toReversed() }), []);
    assert.deepEqual(overtakenBy({ base: SHOP, mine }, mine), []);
    assert.deepEqual(overtakenBy({ mine }, other), []);
  });

  it('have the changes of two people together, and where both changed a field, mine', () => {
    const mine = { ...SHOP, url: 'https://mine.example' };
    const theirs = { ...SHOP, url: 'https://theirs.example', enabled: false };
    assert.deepEqual(merged({ base: SHOP, mine }, theirs), { base: theirs, mine: { ...theirs, url: mine.url } });
  });

  it('find the faults of one endpoint, and those of the list', () => {
    const message = 'wrong';
    const faults = ['/endpoints/1/url', '/endpoints/1/eventTypes/0', '/endpoints/0/url', '/endpoints', '/other'];
    const found = faultsOf(
      faults.map((path) => ({ path, message })),
      1,
      NEW,
    );
    assert.deepEqual(
      found.map(({ path }) => path),
      ['/+/url', '/+/eventTypes/0', '/+'],
    );
  });
});

describe('the types that an endpoint can subscribe to', () => {
  it('are those of the stage’s document, without requests to send', () => {
    const types = eventTypesIn(JSON.parse(asyncApiText)).map(({ type }) => type);
    assert.equal(types.includes('counterfoil.order.placed.v1'), true);
    assert.equal(types.includes('counterfoil.notification.requested.v1'), false);
  });

  it('are none in a document of another form', () => {
    for (const document of [undefined, null, 'text', {}, { channels: { webhooks: { messages: { X: {} } } } }])
      assert.deepEqual(eventTypesIn(document), []);
  });
});

describe('the last deliveries of an endpoint', () => {
  const page = (count: number, nextCursor?: string) => ({
    value: { notifications: Array.from({ length: count }, (_one, at) => ({ notificationId: String(at) })), nextCursor },
  });
  /** An API with these answers, one after the other, that keeps the queries. */
  const apiWith = (...answers: object[]) => {
    const asked: string[] = [];
    const get = async (path: string) => {
      asked.push(path);
      return answers.shift();
    };
    return { api: { get } as unknown as Api, asked };
  };
  const { signal } = new AbortController();

  it('are searched in a bounded number of pages', async () => {
    const { api, asked } = apiWith(page(0, 'one'), page(2, 'two'), page(0, 'three'), page(5));
    const read = await readDeliveries(api, 'shop', signal);
    assert.deepEqual('value' in read && [read.value.shown.length, read.value.hasOlder], [2, true]);
    assert.deepEqual(asked, [
      '/notifications?endpointId=shop&limit=5',
      '/notifications?endpointId=shop&limit=5&cursor=one',
      '/notifications?endpointId=shop&limit=5&cursor=two',
    ]);
  });

  it('are all when the log ends', async () => {
    const { api } = apiWith(page(3));
    const read = await readDeliveries(api, 'shop', signal);
    assert.deepEqual('value' in read && [read.value.shown.length, read.value.hasOlder], [3, false]);
  });
});
