import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, lookAt, openWatched, reasonToSkip, type Watched } from './browser.ts';
import { type MadeUpStage, rowOf, rowsOf, startMadeUpStage } from './made-up-stage.ts';

const PATIENCE_MS = 120_000;
const MESSAGES = 400;

/** A log of many rows. The document has only those near the visible part. */
describe('a long message log in a browser', { skip: await reasonToSkip() }, () => {
  let stage: MadeUpStage;
  let browser: Browser;
  let watched: Watched;
  let page: Page;
  before(async () => {
    browser = await launchBrowser();
    stage = await startMadeUpStage();
    stage.rows = rowsOf(MESSAGES);
    watched = await openWatched(browser, [stage.consoleUrl, stage.apiUrl]);
    page = watched.page;
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(stage.consoleUrl);
    await page.getByRole('button', { name: 'acme' }).click();
    await linkOf(MESSAGES - 1).waitFor();
  });
  after(async () => {
    await browser?.close();
    await stage?.close();
  });

  const linkOf = (number: number) => page.getByRole('link', { name: `customer.${number}@example.com`, exact: true });
  const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent');
  const scrollTo = (top: number | string): Promise<void> => page.evaluate(`scrollTo(0, ${top})`);
  const topOf = async (number: number): Promise<number> => Math.round((await linkOf(number).boundingBox())?.y ?? -1);

  it('has a few rows in the document, each with its number, and says how many there are', async () => {
    for (let pages = 1; pages < MESSAGES / 50; pages += 1) {
      await page.getByText(`Messages shown: ${pages * 50}`, { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Load more' }).click();
    }
    await page.getByText('That is the whole log.').waitFor();
    assert.equal(await page.getByRole('table').getAttribute('aria-rowcount'), String(MESSAGES + 1));
    await page.keyboard.press('End');
    await linkOf(0).waitFor();
    const last = page.getByRole('row').filter({ has: linkOf(0) });
    assert.equal(await last.getAttribute('aria-rowindex'), String(MESSAGES + 1));
    assert.ok((await page.locator('[data-row]').count()) < 100);
    await lookAt(page, 'log-end');
    await page.keyboard.press('Home');
    await linkOf(MESSAGES - 1).waitFor();
  });

  it('keeps the focus on its row, and Tab leads to the next one, when the row is far from what is visible', async () => {
    await linkOf(390).focus();
    await scrollTo('document.documentElement.scrollHeight');
    await linkOf(0).waitFor();
    assert.equal(await focused(), 'customer.390@example.com');
    // The order of the row comes first.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'customer.389@example.com');
    assert.ok(await linkOf(389).isVisible());
  });

  it('keeps the rows where they are, and the focus, when messages come in above', async () => {
    await scrollTo(3000);
    await linkOf(340).focus();
    const before = await topOf(340);
    stage.rows.unshift(...rowsOf(20, MESSAGES));
    await page.getByText(`Messages shown: ${MESSAGES + 20}`, { exact: true }).waitFor();
    assert.equal(await focused(), 'customer.340@example.com');
    assert.ok(Math.abs((await topOf(340)) - before) <= 2, `${await topOf(340)} and not ${before}`);
  });

  it('moves the focus to the row below when its row leaves the list', async () => {
    await page.getByLabel('Status').selectOption('HELD');
    await linkOf(410).focus();
    stage.rows = stage.rows.map((row, index) => (index === 9 ? rowOf(410, { status: 'SENT' }) : row));
    await linkOf(410).waitFor({ state: 'detached' });
    assert.equal(await focused(), 'customer.400@example.com');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await linkOf(410).waitFor();
  });

  it('reads on when more than a page of a filtered list is new, so that no message is missing', async () => {
    await page.getByLabel('Channel').selectOption('sms');
    await page.getByText('Messages shown: 50', { exact: true }).waitFor();
    stage.rows.unshift(...rowsOf(210, MESSAGES + 20));
    // Each third one is a text message.
    await page.getByText('Messages shown: 120', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
  });

  it('gives the focus back to the row of a message, by Escape and by Back', async () => {
    const dialog = page.getByRole('dialog');
    for (const close of [() => page.keyboard.press('Escape'), () => page.goBack()]) {
      await linkOf(615).focus();
      await page.keyboard.press('Enter');
      await dialog.getByText('Message id').waitFor();
      await close();
      await dialog.waitFor({ state: 'detached' });
      assert.equal(await focused(), 'customer.615@example.com');
    }
  });

  it('gives the focus to the row of a message that Forward opened', async () => {
    await page.goForward();
    await page.getByRole('dialog').getByText('Message id').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await focused(), 'customer.615@example.com');
  });

  it('folds its filters on a narrow page, and opens them there on request', async () => {
    const channel = page.getByLabel('Channel');
    await channel.waitFor();
    await page.setViewportSize({ width: 360, height: 780 });
    await channel.waitFor({ state: 'hidden' });
    await lookAt(page, 'log-narrow');
    await page.getByText('Filters', { exact: true }).click();
    await channel.selectOption('sms');
    await page.getByText('1 set', { exact: true }).waitFor();
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.getByRole('button', { name: 'Clear filters' }).click();
  });

  it('has had no error, and has called no other origin', () => {
    assert.deepEqual(watched.problems, []);
  });
});
