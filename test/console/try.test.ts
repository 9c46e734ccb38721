import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { type LocalCloud, removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { launchBrowser, lookAt, openWatched, reasonToSkip, type Watched } from './browser.ts';

/** Far longer than anything takes on a busy machine. A test waits for what it expects, never for a time. */
const PATIENCE_MS = 120_000;

describe('“Try it” in a browser', { skip: await reasonToSkip() }, () => {
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
    await page.goto(`${consoleUrl}/?page=try`);
    await page.getByRole('button', { name: 'acme' }).click();
  });
  after(async () => {
    await browser?.close();
    await cloud?.interrupt();
    if (cloud) removeFolder(cloud.dataDir);
  });

  const look = (name: string): Promise<void> => lookAt(page, name);
  const lane = (channel: string): Locator => page.locator(`.lane[data-channel="${channel}"]`);
  const step = (channel: string, name: string): Locator => lane(channel).locator(`[data-step="${name}"]`);
  const isIn = (place: Locator, state: string): Promise<void> =>
    place.and(page.locator(`[data-state="${state}"]`)).waitFor();
  const ordersShown = (): string => new URL(page.url()).searchParams.get('orders') ?? '';
  /** Places an order. On a busy machine, an answer may be lost: the page says so, and pressing again counts once. */
  const place = async (): Promise<string> => {
    const before = ordersShown();
    const lost = page.getByText(/^It is not known whether this counted/);
    await eventually(
      'a placed order',
      async () => {
        await page.getByRole('button', { name: 'Place order' }).click();
        await page.getByRole('button', { name: 'Placing …' }).waitFor({ state: 'detached' });
        return ordersShown() !== before || !(await lost.isVisible());
      },
      PATIENCE_MS,
    );
    assert.notEqual(ordersShown(), before);
    return ordersShown();
  };
  /** How many e-mails about an order the outside world has, by the sink’s own API. */
  const mailsOf = async (orderId: string): Promise<number> => {
    const emails: { text: string }[] = JSON.parse(await (await fetch(`${cloud.outputs.inboxUrl}/emails`)).text());
    return emails.filter(({ text }) => text.includes(orderId)).length;
  };

  it('shows the way before there is an order, and lights nothing', async () => {
    await page.getByRole('heading', { name: 'Try it', level: 1 }).waitFor();
    await step('email', 'outcome').waitFor();
    assert.equal(await page.locator('.step:not([data-state="open"])').count(), 0);
    await look('try-empty');
  });

  it('lights each step of an order, up to the outside world', async () => {
    const orderId = await place();
    for (const name of ['published', 'claimed', 'accepted', 'outcome', 'outside'])
      await isIn(step('email', name), 'done');
    await step('email', 'outcome').getByText('Delivered').waitFor();
    for (const name of ['published', 'claimed', 'accepted', 'outside']) await isIn(step('sms', name), 'done');
    await step('sms', 'outcome').getByText('No report').waitFor();
    assert.equal(await mailsOf(orderId), 1);
    await look('try-delivered');
  });

  it('with a lost answer, ends with one e-mail, and leaves the text message to a person', async () => {
    const fault = page.getByRole('switch', { name: 'The provider loses its answer' });
    await fault.focus();
    await page.keyboard.press('Space');
    await page.getByText(/^On for \d+ s more/).waitFor();
    const orderId = await place();
    await page.getByText(/calls hit: [1-9]/).waitFor();
    await isIn(step('sms', 'accepted'), 'attention');
    await look('try-unknown');
    await isIn(step('email', 'outcome'), 'done');
    await isIn(step('email', 'outside'), 'done');
    assert.equal(await mailsOf(orderId), 1);
    await step('sms', 'accepted').getByText('Needs a decision').waitFor();
    await isIn(step('sms', 'outside'), 'done');
    await look('try-settled');
    await page.getByRole('button', { name: 'Switch off' }).click();
    await page.getByText(/^On for/).waitFor({ state: 'detached' });
    assert.deepEqual(await (await fetch(`${cloud.outputs.controlUrl}/faults`)).json(), []);
  });

  it('offers no fault on a stage that has none', async () => {
    const { consoleUrl } = cloud.outputs;
    await page.route(`${consoleUrl}/config.json`, async (route) => {
      const configuration = await (await route.fetch()).json();
      const { inboxUrl: _inboxUrl, ...deployed } = configuration;
      await route.fulfill({ json: { ...deployed, tryIt: { faults: [] } } });
    });
    await page.goto(`${consoleUrl}/?page=try`);
    await page.getByRole('button', { name: 'acme' }).click();
    await page.getByRole('button', { name: 'Place order' }).waitFor();
    assert.equal(await page.getByRole('switch').count(), 0);
    await place();
    await isIn(step('email', 'outcome'), 'done');
    assert.equal(await page.locator('[data-step="outside"]').count(), 0);
  });

  it('has had no error, and has called no other origin', () => {
    assert.deepEqual(watched.problems, []);
  });
});
