import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { anOrder, customerOf } from '#test/support/api.ts';
import { type LocalCloud, removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';
import { launchBrowser, lookAt, openWatched, reasonToSkip, type Watched } from './browser.ts';

/** Far longer than anything takes on a busy machine. A test waits for what it expects, never for a time. */
const PATIENCE_MS = 120_000;

describe('the console in a browser', { skip: await reasonToSkip() }, () => {
  let cloud: LocalCloud;
  let browser: Browser;
  let watched: Watched;
  let page: Page;
  before(async () => {
    // One after the other: if the cloud does not start, the browser is still closed.
    browser = await launchBrowser();
    cloud = await startLocalCloud(temporaryFolder());
    const { consoleUrl, apiUrl } = cloud.outputs;
    watched = await openWatched(browser, [consoleUrl, apiUrl]);
    page = watched.page;
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(consoleUrl);
  });
  after(async () => {
    await browser?.close();
    await cloud?.interrupt();
    if (cloud) removeFolder(cloud.dataDir);
  });

  const look = (name: string): Promise<void> => lookAt(page, name);
  const signIn = (name: string): Promise<void> => page.getByRole('button', { name }).click();
  const dialog = () => page.getByRole('dialog');

  it('signs acme in with one click, and shows an empty log', async () => {
    await page.getByRole('heading', { level: 1 }).waitFor();
    await look('sign-in');
    await signIn('acme');
    await page.getByRole('heading', { name: 'No messages yet' }).waitFor();
    await look('empty');
  });

  it('shows the messages of an order, and their delivery, without reloading', async () => {
    await page.evaluate(() => Object.assign(globalThis, { isFirstLoad: true }));
    const order = anOrder();
    const placed = await customerOf(cloud.outputs).place(order);
    assert.equal(placed.status, 201);
    const row = page.getByRole('row').filter({ hasText: order.contact.email });
    await row.getByText('Delivered', { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => 'isFirstLoad' in globalThis), true);
    await look('log');
    await row.getByRole('link', { name: order.contact.email }).click();
    await dialog().getByText('Accepted by the provider').waitFor();
    const frame = page.frameLocator('iframe');
    const mail = frame.getByText(String(placed.json.orderId)).filter({ visible: true });
    await mail.first().waitFor();
    assert.equal(await frame.locator('[href], base, meta[http-equiv="refresh" i]').count(), 0);
    await look('message');
    assert.match(page.url(), /\?message=/);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
  });

  it('filters by the URL, and goes back with the browser', async () => {
    await page.getByLabel('Channel').selectOption('sms');
    await page.getByText('Messages shown: 1', { exact: true }).waitFor();
    assert.equal(new URL(page.url()).search, '?channel=sms');
    await page.getByLabel('Status').selectOption('FAILED');
    await page.getByRole('heading', { name: 'No message matches' }).waitFor();
    await look('no-match');
    await page.goBack();
    await page.getByText('Messages shown: 1', { exact: true }).waitFor();
    await page.getByLabel('Language').selectOption('de');
    await page.getByRole('heading', { name: 'Nachrichten', level: 1 }).waitFor();
    await page.getByLabel('Sprache').selectOption('en');
  });

  it('shows nothing of acme to globex', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn('globex');
    await page.getByRole('button', { name: 'Clear filters' }).first().click();
    await page.getByRole('heading', { name: 'No messages yet' }).waitFor();
  });

  it('says so when the stage does not answer, and recovers by itself', async () => {
    const { apiUrl } = cloud.outputs;
    await page.route(`${apiUrl}/**`, (route) => route.abort());
    await page.getByText('Reconnecting').waitFor();
    await page.unroute(`${apiUrl}/**`);
    await page.getByText('Live', { exact: true }).waitFor();
  });

  it('has had no error, and has called no other origin', () => {
    assert.deepEqual(watched.problems, []);
  });
});
