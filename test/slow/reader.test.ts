import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DISCOUNT_GRANTED, DISCOUNT_PAGES } from '#functions/reader/projection.ts';
import { eventually } from '#test/support/eventually.ts';
import { openLocal } from '#test/support/local.ts';
import { listenTo } from '#test/support/topic.ts';

/** Pages that are opened after the discount. */
const AFTERWARDS = 20;
const READER = { readerId: 'ada', email: 'ada@example.com' };

describe('a reader of 1,000 pages', { timeout: 600_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  const open = (index: number): Promise<boolean> =>
    eventually(
      `page ${index} is recorded`,
      async () => {
        const body = { ...READER, bookId: `book-${index % 7}`, page: 1 + (index % 500) };
        return (await here.acme.call('POST', '/page-accesses', { key: `page-${index}`, body })).status === 200;
      },
      60_000,
    );
  const openAll = async (from: number, to: number): Promise<void> => {
    const indexes = Array.from({ length: to - from }, (_, index) => from + index).values();
    const worker = async (): Promise<void> => {
      for (const index of indexes) await open(index);
    };
    await Promise.all(Array.from({ length: 6 }, worker));
  };
  const untilCounted = (pageAccesses: number): Promise<boolean> =>
    eventually(
      `${pageAccesses} accesses are counted`,
      async () => (await here.acme.call('GET', `/readers/${READER.readerId}`)).json.pageAccesses === pageAccesses,
      240_000,
    );

  it('gets one discount, which billing receives once', async () => {
    const { acme, inbox, cloud } = here;
    const endpoints = [{ endpointId: 'billing', url: inbox.hook('billing'), eventTypes: [DISCOUNT_GRANTED] }];
    const put = await acme.call('PUT', '/settings/webhooks', { key: 'endpoints', body: { endpoints } });
    assert.equal(put.status, 200, put.text);
    const published: { id: string; type: string; tenantid: string; data: unknown }[] = [];
    const stopListening = await listenTo(cloud.outputs, 'discounts', (body) => published.push(JSON.parse(body)));
    const discounts = () => published.filter(({ type }) => type === DISCOUNT_GRANTED);

    await openAll(0, DISCOUNT_PAGES - 1);
    await untilCounted(DISCOUNT_PAGES - 1);
    // A repeated request is not another page.
    await openAll(0, 10);
    assert.deepEqual(await inbox.webhooks(), []);

    await openAll(DISCOUNT_PAGES - 1, DISCOUNT_PAGES + AFTERWARDS);
    await untilCounted(DISCOUNT_PAGES + AFTERWARDS);
    const [received = assert.fail()] = await eventually('a webhook to billing', async () => {
      const webhooks = await inbox.webhooks();
      return webhooks.length > 0 && webhooks;
    });
    await eventually('nothing is left in a queue', async () => {
      const { queues } = cloud.outputs;
      const depths = await Promise.all(Object.values(queues).map(({ url }) => here.depthOf(url)));
      return depths.every((depth) => depth === 0);
    });
    await stopListening();

    const [discount = assert.fail()] = discounts();
    assert.deepEqual([discount.tenantid, discount.data], ['acme', { readerId: 'ada', pageAccesses: DISCOUNT_PAGES }]);
    assert.deepEqual(
      [...new Set(discounts().map(({ id }) => id))],
      [discount.id],
      'one event, however often delivered',
    );
    assert.deepEqual(
      (await inbox.webhooks()).map(({ path }) => path),
      ['/billing'],
    );
    assert.equal(JSON.parse(received.body).id, discount.id);
  });
});
