import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createObserver, type Observer } from '#test/faults/campaign/observer.ts';
import type { Answer } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { untilAnswered } from '#test/support/harness/answered.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

const REASON = 'Ada has moved to Paris.';
const CUP = { sku: 'CUP-1', description: 'Cup', quantity: 1, unitPrice: 900 };

type More = { key?: string; body?: unknown; ifMatch?: string };

describe('the life of an order, over HTTP', () => {
  let stage: StageUnderTest;
  let acme: StageUnderTest['acme'];
  let observer: Observer;
  before(async () => {
    stage = await openStage();
    ({ acme } = stage);
    observer = createObserver();
    if (!stage.isReal) await observer.listen(stage.outputs);
  });
  after(async () => {
    await observer.stop();
    await stage.stop();
  });

  const place = async (more: Record<string, unknown> = {}): Promise<string> => {
    const { status, json, text } = await acme.place(stage.anOrder(more));
    assert.equal(status, 201, text);
    return json.orderId as string;
  };
  const step = (orderId: string, action: string, { key = randomUUID(), body = {}, ifMatch }: More = {}) =>
    acme.call('POST', `/orders/${orderId}/${action}`, {
      key,
      body,
      ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch } }),
    });
  const summaryOf = ({ status, json, headers }: Answer) => [status, json.status, json.version, headers.get('etag')];
  const codeOf = ({ status, json }: Answer) => [status, json.code];
  /** The types of the order's own messages, each as often as it was published with another content. */
  const typesOf = (orderId: string): string[] =>
    [...observer.observed.values()]
      .filter(({ subject, type }) => subject === `order/${orderId}` && type.startsWith('counterfoil.order.'))
      .map(({ type }) => type.replace(/^counterfoil\.order\.|\.v1$/g, ''))
      .sort();
  /** Messages are published in any order, so this waits for all of them. */
  const published = (orderId: string, ...expected: string[]): Promise<unknown> =>
    eventually(`the messages ${expected}`, async () => {
      assert.deepEqual(typesOf(orderId), expected.toSorted());
      return true;
    });

  it('goes from placed to approved, with one message for each step', async () => {
    const orderId = await place({ lines: [] });
    assert.deepEqual(summaryOf(await step(orderId, 'items', { body: CUP })), [200, 'placed', 2, '"2"']);
    assert.deepEqual(summaryOf(await step(orderId, 'confirm')), [200, 'confirmed', 3, '"3"']);
    const key = randomUUID();
    const approved = await step(orderId, 'approve', { key });
    assert.deepEqual(summaryOf(approved), [200, 'approved', 4, '"4"']);
    const again = await step(orderId, 'approve', { key });
    assert.deepEqual([again.text, again.headers.get('etag')], [approved.text, '"4"']);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    const shown = await acme.call('GET', `/orders/${orderId}`);
    assert.deepEqual(summaryOf(shown), [200, 'approved', 4, '"4"']);
    assert.ok(String(shown.json.confirmedAt) <= String(shown.json.approvedAt));
    if (!stage.isReal) await published(orderId, 'placed', 'item-added', 'first-item-added', 'confirmed', 'approved');
  });

  it('is cancelled with one e-mail, which does not give the reason', async () => {
    const order = stage.anOrder();
    const orderId = (await acme.place(order)).json.orderId as string;
    assert.equal((await step(orderId, 'confirm')).status, 200);
    const [key, body] = [randomUUID(), { reason: REASON }];
    const answers = await Promise.all(Array.from({ length: 4 }, () => step(orderId, 'cancel', { key, body })));
    assert.deepEqual(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1);
    assert.deepEqual(answers[0]?.json.notifications, [
      { notificationId: `order_${orderId}_3-1`, channel: 'email', status: 'PENDING' },
    ]);
    await stage.sentOnce([orderId, order]);
    const { status, reason, notifications } = await acme.order(orderId);
    assert.deepEqual([status, reason], ['cancelled', REASON]);
    assert.equal((notifications as unknown[]).length, stage.channels.length + 1);
    const mails = (await stage.inbox?.emails())?.filter(({ to }) => to.includes(order.contact.email)) ?? [];
    const [mail] = mails.filter(({ subject }) => subject === `Order ${orderId} is cancelled`);
    if (!stage.isReal) {
      assert.equal(mails.length, 2);
      assert.match(mail?.text ?? '', /Its total was €25\.00\./);
      assert.doesNotMatch(mail?.text ?? '', /Paris/);
      await published(orderId, 'placed', 'first-item-added', 'confirmed', 'cancelled');
      assert.ok(![...observer.observed.keys()].some((text) => text.includes('Paris')));
    }
  });

  it('refuses a step in a wrong status with the next steps, and keeps this answer for the key', async () => {
    const orderId = await place({ lines: [] });
    const key = randomUUID();
    const early = await step(orderId, 'approve', { key });
    assert.deepEqual(codeOf(early), [409, 'ORDER_IS_PLACED']);
    assert.equal(early.json.next, 'You can add items to it, confirm it or cancel it.');
    await step(orderId, 'confirm');
    for (const [action, body] of [
      ['confirm', {}],
      ['items', CUP],
    ] as const) {
      assert.deepEqual(codeOf(await step(orderId, action, { body })), [409, 'ORDER_IS_CONFIRMED'], action);
    }
    assert.equal((await step(orderId, 'approve', { key })).text, early.text);
    await step(orderId, 'approve');
    const cancelling = await step(orderId, 'cancel', { body: { reason: REASON } });
    assert.deepEqual(codeOf(cancelling), [409, 'ORDER_IS_APPROVED']);
    assert.deepEqual(codeOf(await step(orderId, 'approve')), [409, 'ORDER_IS_APPROVED']);
    assert.equal((await acme.order(orderId)).version, 3);

    const cancelled = await place();
    await step(cancelled, 'cancel', { body: { reason: REASON } });
    for (const action of ['confirm', 'approve']) {
      assert.deepEqual(codeOf(await step(cancelled, action)), [409, 'ORDER_IS_CANCELLED'], action);
    }
    assert.equal((await acme.order(cancelled)).version, 2);
    if (!stage.isReal) await published(cancelled, 'placed', 'first-item-added', 'cancelled');
  });

  it('applies a command to the version of If-Match only', async () => {
    const orderId = await place({ lines: [] });
    const key = randomUUID();
    const stale = await step(orderId, 'confirm', { key, ifMatch: '"7"' });
    assert.deepEqual([...codeOf(stale), stale.json.currentVersion], [412, 'VERSION_MISMATCH', 1]);
    const confirmed = await step(orderId, 'confirm', { key, ifMatch: '"1"' });
    assert.deepEqual(summaryOf(confirmed), [200, 'confirmed', 2, '"2"']);
    await step(orderId, 'approve', { ifMatch: '*' });
    const again = await step(orderId, 'confirm', { key, ifMatch: '"1"' });
    assert.deepEqual([again.status, again.text], [200, confirmed.text]);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    for (const ifMatch of ['2', 'W/"2"', '"2", "3"']) {
      assert.deepEqual(codeOf(await step(orderId, 'confirm', { ifMatch })), [400, 'IF_MATCH_INVALID'], ifMatch);
    }
  });

  it('lets one of many commands on the same version through', async () => {
    const orderId = await place({ lines: [] });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => step(orderId, 'items', { body: CUP, ifMatch: '"1"' })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array.from({ length: 7 }, () => 412)]);
    assert.equal((await acme.order(orderId)).version, 2);
  });

  it('takes 50 items from 50 clients at once: version 51, and one message about a first item', {
    timeout: 300_000,
  }, async () => {
    const orderId = await place({ lines: [] });
    const pauseMs = (tries: number): number => 100 * (tries + 1);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const [key, body] = [randomUUID(), { ...CUP, sku: `CUP-${index + 1}` }];
        return untilAnswered(() => step(orderId, 'items', { key, body }), { patienceMs: 200_000, pauseMs });
      }),
    );
    assert.deepEqual(
      answers.map((answer) => answer?.status),
      Array.from({ length: 50 }, () => 200),
    );
    const { version, total, lines } = await acme.order(orderId);
    assert.deepEqual([version, total], [51, 45_000]);
    const skus = (lines as { sku: string }[]).map(({ sku }) => sku);
    assert.equal(new Set(skus).size, 50);
    assert.deepEqual(
      answers.map((answer) => answer?.json.version as number).sort((a, b) => a - b),
      versionsTo(51),
    );
    if (stage.isReal) return;
    await published(orderId, 'placed', 'first-item-added', ...Array.from({ length: 50 }, () => 'item-added'));
  });

  const versionsTo = (last: number): number[] => Array.from({ length: last - 1 }, (_, index) => index + 2);

  it('loses the reason of its cancellation to an erasure', async () => {
    const order = stage.anOrder();
    const orderId = (await acme.place(order)).json.orderId as string;
    await step(orderId, 'cancel', { body: { reason: REASON } });
    await stage.settled(orderId);
    const query = new URLSearchParams({ channel: 'email', address: order.contact.email });
    const erasure = await acme.call('DELETE', `/personal-data?${query}`);
    assert.ok(erasure.status < 300, erasure.text);
    await eventually('the erasure', async () => {
      const { contact, reason, status } = await acme.order(orderId);
      return status === 'cancelled' && contact === undefined && reason === undefined;
    });
  });
});
