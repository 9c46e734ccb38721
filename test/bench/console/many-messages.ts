import type { CDPSession, Page } from 'playwright-core';
import { launchBrowser, openWatched } from '#test/console/browser.ts';
import { rowOf, rowsOf, startMadeUpStage } from '#test/console/made-up-stage.ts';
import { type LongestTask, longestTaskOf } from './longest-task.ts';

/** What a person notices of a long log, in the browser’s own figures. */
type Measured = {
  /** Loaded by the page, and in the document after scrolling. */
  rows: number;
  rowsInDocument: number;
  longestTaskMs: { loading: LongestTask; scrolling: LongestTask; filtering: LongestTask; live: LongestTask };
  /** JavaScript memory after a collection of garbage, in MB: at the beginning of the live updates, then six times until their end. */
  memoryMb: readonly number[];
  rowsAtTheEnd: number;
};

/** How often the memory is read during the live updates. */
const READINGS = 6;
/** The pause between two changes of the log. */
const CHANGE_MS = 100;
/** Each change gives one of the newest messages another status, and each tenth change is a new message. */
const CHANGES_OF_STATUS = 10;

/**
 * Loads messages in a real browser, scrolls through them, filters them, loads them again, and lets changes come in.
 * @param liveSeconds how long changes come in, ten in a second.
 */
export async function measureManyMessages(messages: number, liveSeconds: number): Promise<Measured> {
  const browser = await launchBrowser();
  const stage = await startMadeUpStage();
  try {
    stage.rows = rowsOf(messages);
    const { page, context } = await openWatched(browser, [stage.consoleUrl, stage.apiUrl]);
    const devtools = await context.newCDPSession(page);
    page.setDefaultTimeout(300_000);
    await page.goto(stage.consoleUrl);
    await page.getByRole('button', { name: 'acme' }).click();
    await page.getByRole('row').nth(1).waitFor();
    const newest = `customer.${messages - 1}@example.com`;
    const loading = await longestTaskOf(page, () => loadAll(page));
    const rows = await rowsOfTable(page);
    const scrolling = await longestTaskOf(page, () => scrollThrough(page, newest));
    const rowsInDocument = await page.locator('[data-row]').count();
    const filtering = await longestTaskOf(page, () => filter(page, newest));
    await loadAll(page);
    const memoryMb: number[] = [];
    const readMemory = async (): Promise<number> => memoryMb.push(await memoryOf(devtools));
    const live = await longestTaskOf(page, () => change(stage.rows, liveSeconds, readMemory));
    const rowsAtTheEnd = await rowsOfTable(page);
    return { rows, rowsInDocument, longestTaskMs: { loading, scrolling, filtering, live }, memoryMb, rowsAtTheEnd };
  } finally {
    await browser.close();
    await stage.close();
  }
}

const rowsOfTable = async (page: Page): Promise<number> =>
  Number(await page.getByRole('table').getAttribute('aria-rowcount')) - 1;

/** Presses "Load more" in the page until it is gone. From outside, the way to the page would be measured. */
async function loadAll(page: Page): Promise<void> {
  await page.evaluate(
    `new Promise((resolve) => {
      const step = () => {
        const button = document.querySelector('.page-end button');
        if (!button) return resolve();
        if (button.getAttribute('aria-disabled') === 'false') button.click();
        setTimeout(step, 5);
      };
      step();
    })`,
  );
  await page.getByText('That is the whole log.').waitFor();
}

/** By the wheel, and by the keys that jump. */
async function scrollThrough(page: Page, newest: string): Promise<void> {
  await page.mouse.move(600, 600);
  for (let step = 0; step < 60; step += 1) await page.mouse.wheel(0, 4000);
  for (const key of ['End', 'Home', 'PageDown', 'PageDown', 'End']) {
    await page.keyboard.press(key);
    await drawn(page);
  }
  await page.getByText('customer.0@example.com').waitFor();
  await pressUntil(page, 'Home', newest);
}

/** A key is lost now and then while the browser still scrolls because of the key before it. */
async function pressUntil(page: Page, key: string, text: string): Promise<void> {
  const shown = page.getByText(text);
  for (let pressed = 0; pressed < 5; pressed += 1) {
    await page.keyboard.press(key);
    const isShown = await shown.waitFor({ timeout: 3000 }).then(
      () => true,
      () => false,
    );
    if (isShown) return;
  }
  throw new Error(`${key} does not lead to ${text}.`);
}

/** Until the browser has drawn what came of the latest input. */
const drawn = (page: Page): Promise<void> =>
  page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))');

/** From all messages to those with a status, to those of a channel among them, and back. */
async function filter(page: Page, newest: string): Promise<void> {
  await page.getByLabel('Status').selectOption('HELD');
  await page.getByRole('row').filter({ hasText: 'Needs a decision' }).first().waitFor();
  await page.getByText(newest).waitFor({ state: 'detached' });
  await page.getByLabel('Channel').selectOption('sms');
  await page.getByText('Messages shown: 50').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByText(newest).waitFor();
}

/** Changes the log for a time. Reads the memory several times, from its beginning to its end. */
async function change(rows: ReturnType<typeof rowsOf>, seconds: number, readMemory: () => Promise<unknown>) {
  const changes = Math.ceil((seconds * 1000) / CHANGE_MS);
  const pause = Math.ceil(changes / READINGS);
  let newest = rows.length;
  for (let count = 0; count < changes; count += 1) {
    if (count % pause === 0) await readMemory();
    const at = count % CHANGES_OF_STATUS;
    const row = rows[at];
    if (row) rows[at] = { ...row, status: count % 2 === 0 ? 'SENDING' : 'SENT' };
    if (at === 0) {
      rows.unshift(rowOf(newest));
      newest += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, CHANGE_MS));
  }
  await readMemory();
}

async function memoryOf(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return Math.round(usedSize / 1e5) / 10;
}
