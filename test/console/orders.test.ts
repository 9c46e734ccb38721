import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { anOrder, customerOf, inboxOf } from '#test/support/api.ts';
import { assertFits, lookAt, reasonToSkip } from './browser.ts';
import { type OpenConsole, openConsole } from './open-console.ts';

/** A text that tries to pretend, to break out, and to push everything aside. */
const HOSTILE = `<img src=x onerror=alert(1)>\u202Egnp.exe\u200B${'W'.repeat(10_000)}`;

describe('orders and customers in a browser', { skip: await reasonToSkip() }, () => {
  let here: OpenConsole;
  let acme: ReturnType<typeof customerOf>;
  const look = (page: Page, name: string): Promise<void> => lookAt(page, `orders-${name}`);
  const placed = async (more = {}): Promise<string> => {
    const answer = await acme.place(anOrder(more));
    assert.equal(answer.status, 201);
    return String(answer.json.orderId);
  };

  before(async () => {
    here = await openConsole();
    acme = customerOf(here.outputs);
    const eventTypes = ['counterfoil.order.confirmed.v1'];
    const endpoint = { endpointId: 'crm', url: inboxOf(here.outputs).hook('crm'), eventTypes };
    const put = await acme.call('PUT', '/settings/webhooks', { key: 'endpoints', body: { endpoints: [endpoint] } });
    assert.equal(put.status, 200);
  });
  after(() => here?.close());

  let orderId: string;
  let page: Page;

  it('lists a new order without reloading, and opens it with the keyboard', async () => {
    page = await here.tab('?page=orders');
    await page.getByRole('heading', { name: 'No orders yet' }).waitFor();
    await look(page, 'empty');
    orderId = await placed({ customerId: 'ada' });
    const link = page.getByRole('link', { name: orderId });
    await link.waitFor();
    await page.getByRole('link', { name: 'ada' }).waitFor();
    await look(page, 'list');
    await page.getByLabel('Status').selectOption('approved');
    await page.getByRole('heading', { name: 'No order matches' }).waitFor();
    await page.goBack();
    await link.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: orderId }).waitFor();
    await page.getByRole('row').filter({ hasText: 'Green tea' }).getByText('€25.00').waitFor();
  });

  it('confirms it, and draws what that caused: each kind of node, each of which opens', async () => {
    await page.getByRole('radio', { name: 'Confirm the order' }).press(' ');
    await page.getByRole('button', { name: 'Confirm the order' }).press('Enter');
    await page.getByText('Done: Confirm the order.').waitFor();
    const node = (kind: string) => page.locator(`.node[data-kind="${kind}"]`).first();
    for (const kind of ['command', 'event', 'process', 'notification', 'feedback', 'webhook'])
      await node(kind).waitFor();
    await page.getByRole('link', { name: /invoice.*because of OrderConfirmed/s }).waitFor();
    await page.getByText(/^Each step by time/).click();
    await look(page, 'order');
    await node('event').focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('link', { name: 'PlaceOrder' }).waitFor();
    await look(page, 'entry');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    for (const kind of ['notification', 'webhook', 'feedback']) {
      await node(kind).click();
      await dialog.getByText('Accepted by the provider').waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    }
    assert.equal(new URL(page.url()).searchParams.get('order'), orderId);
  });

  it('tells the second person that the order has changed, and keeps what they typed', async () => {
    const id = await placed();
    const other = await here.tab(`?page=orders&order=${id}`);
    await other.getByRole('radio', { name: 'Cancel the order' }).check();
    await other.getByLabel(/^Reason/).fill('Ordered twice');
    // This tab does not see the change before it acts on the old version.
    await other.route(`**/orders/${id}`, (route) => route.abort());
    assert.equal((await acme.call('POST', `/orders/${id}/confirm`, { key: `confirm-${id}`, body: {} })).status, 200);
    await other.getByRole('button', { name: 'Cancel the order' }).click();
    await other.getByText(/has changed this order since you began/).waitFor();
    await other.unroute(`**/orders/${id}`);
    await other.locator('.page-head').getByText('Confirmed').waitFor();
    await look(other, 'conflict');
    assert.equal((await acme.order(id)).status, 'confirmed');
    assert.equal(await other.getByLabel(/^Reason/).inputValue(), 'Ordered twice');
    await other.getByRole('button', { name: 'I have looked at it: continue' }).click();
    await other.getByRole('button', { name: 'Cancel the order' }).click();
    await other.getByText('Done: Cancel the order.').waitFor();
    assert.equal((await acme.order(id)).reason, 'Ordered twice');
    await other.context().close();
  });

  it('counts a command once when its answer was lost', async () => {
    const id = await placed();
    const other = await here.tab(`?page=orders&order=${id}`);
    await other.getByRole('radio', { name: 'Add a line' }).check();
    await other.getByLabel('Article code').fill('CUP-3');
    await other.getByLabel('Description').fill('Porcelain cup');
    await other.getByLabel('Unit price in EUR').fill('18,90');
    const url = `**/orders/${id}/items`;
    await other.route(url, async (route) => {
      await route.fetch();
      await route.abort();
    });
    const add = other.getByRole('button', { name: 'Add a line' });
    await add.click();
    await other.getByText('It is not known whether this counted.', { exact: false }).waitFor();
    // The line is there already. The person repeats the command nevertheless.
    await other.getByRole('row').filter({ hasText: 'Porcelain cup' }).getByText('€18.90').first().waitFor();
    await other.unroute(url);
    await add.click();
    await other.getByText('Done: Add a line.').waitFor();
    assert.equal(((await acme.order(id)) as { lines?: unknown[] }).lines?.length, 2);
    await other.context().close();
  });

  it('shows a customer, and what remains after an erasure', async () => {
    const body = { name: 'Ada Lovelace', email: 'ada.erased@example.com', customerId: 'ada' };
    assert.equal((await acme.call('POST', '/customers', { key: 'register-ada', body })).status, 201);
    await page.getByRole('link', { name: 'ada', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Customer ada' }).waitFor();
    await page.getByText('ada.erased@example.com').waitFor();
    await page.locator('.node', { hasText: 'CustomerRegistered' }).first().waitFor();
    await page.getByRole('link', { name: orderId }).waitFor();
    await look(page, 'customer');
    assert.equal((await acme.call('DELETE', '/customers/ada/personal-data')).status, 202);
    await page.getByText('The personal data of this customer is erased.', { exact: false }).waitFor();
    assert.equal(await page.getByText('ada.erased@example.com').count(), 0);
    await look(page, 'erased');
  });

  it('shows nothing of an order to another tenant, and nothing without the scope', async () => {
    const globex = await here.tab(`?page=orders&order=${orderId}`, { identity: 'globex' });
    await globex.getByRole('heading', { name: 'There is no such order' }).waitFor();
    await look(globex, 'not-found');
    assert.equal(await globex.getByText('Green tea').count(), 0);
    await globex.getByRole('link', { name: 'All orders' }).click();
    await globex.getByRole('heading', { name: 'No orders yet' }).waitFor();
    await globex.getByRole('button', { name: 'Sign out' }).click();
    await globex.route('**/sign-in', (route) => route.fulfill({ json: { token: tokenWith('messages:read') } }));
    await globex.getByRole('button', { name: 'globex' }).click();
    await globex.getByRole('heading', { name: 'You may not see this' }).waitFor();
    await globex.getByText('orders:read').waitFor();
    await globex.context().close();
  });

  it('is not broken by hostile texts, nor by a graph of hundreds of nodes', async () => {
    const other = await here.tab('?page=orders');
    await other.route(`**/orders/${orderId}`, async (route) => {
      const order = await (await route.fetch()).json();
      const lines = [{ sku: HOSTILE, description: HOSTILE, quantity: 1, unitPrice: 9_007_199_254_740_991 }];
      const contact = { name: HOSTILE, email: HOSTILE };
      await route.fulfill({ json: { ...order, lines, contact, reason: HOSTILE, customerId: HOSTILE } });
    });
    await other.route(`**/orders/${orderId}/timeline`, (route) =>
      route.fulfill({ json: { entries: manyEntries(300) } }),
    );
    await other.getByRole('link', { name: orderId }).click();
    await other.locator('.node').nth(299).waitFor({ state: 'attached' });
    await other.getByText('⟨U+202E⟩', { exact: false }).first().waitFor();
    await assertFits(other);
    await look(other, 'hostile');
    assert.equal(await other.locator('img').count(), 0);
    await other.context().close();
  });

  it('has had no error, and has called no other origin', () => {
    assert.deepEqual(here.problems(), []);
  });
});

/** A token that only the page reads. The API would refuse it. */
const tokenWith = (scope: string): string =>
  ['{}', JSON.stringify({ scope })].map((part) => Buffer.from(part).toString('base64url')).join('.');

/** A timeline in which each entry has two effects, with hostile names. */
const manyEntries = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    at: '2026-11-30T10:00:00.000Z',
    kind: ['command', 'event', 'process', 'from-the-future'][index % 4],
    type: index % 7 === 0 ? HOSTILE : `Entry${index}`,
    id: `entry-${index}`,
    ...(index > 0 && { causationId: `entry-${Math.floor((index - 1) / 2)}` }),
  }));
