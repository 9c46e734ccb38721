import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';

/** Debian's Chromium, or the one that CHROMIUM names. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why the tests cannot run on this machine; false if they can. */
export async function reasonToSkip(): Promise<string | false> {
  if (!existsSync(CHROMIUM))
    return `There is no Chromium at ${CHROMIUM}. Install Debian’s package chromium, or name another one in CHROMIUM.`;
  try {
    await (await launchBrowser()).close();
    return false;
  } catch (error) {
    const [line] = String(error).split('\n');
    return `The Chromium at ${CHROMIUM} does not start on this machine: ${line}`;
  }
}

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] });

/** A page that a person looks at, and everything that must not happen on it. */
export type Watched = { page: Page; context: BrowserContext; problems: string[] };

/**
 * Opens a page and records every error of its console, every error that is not caught, and every request to an address
 * outside `origins`.
 */
export async function openWatched(browser: Browser, origins: readonly string[]): Promise<Watched> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !isAnswer(message.text())) problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && !origins.includes(url.origin)) problems.push(`request: ${request.url()}`);
  });
  return { page, context, problems };
}

/**
 * The browser reports answers with an error status, like 503 of a function that had no time on a busy machine, and requests
 * that a test aborts. The page shows both as a state.
 */
const isAnswer = (text: string): boolean => text.startsWith('Failed to load resource: ');

/** A folder for pictures of the pages, outside the project. Unset: none are taken. */
const PICTURES = process.env.CONSOLE_PICTURES;
const WIDTHS = [360, 820, 1440] as const;

/** Finds nothing with axe on the page, in both themes, and takes pictures of it. */
export async function lookAt(page: Page, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    assert.deepEqual(await violationsIn(page, theme), [], `${name}, ${theme}`);
    if (PICTURES) await picture(page, join(PICTURES, `${name}-${theme}`));
  }
}

async function picture(page: Page, path: string): Promise<void> {
  mkdirSync(join(path, '..'), { recursive: true });
  const before = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width < 500 ? 780 : 900 });
    await page.screenshot({ path: `${path}-${width}.png` });
  }
  if (before) await page.setViewportSize(before);
}

/** What axe finds on the page in a theme, by WCAG 2.2 AA. The mail in the frame is not ours. */
async function violationsIn(page: Page, colorScheme: 'light' | 'dark'): Promise<string[]> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  // Evaluated through the debugger, so that the page’s policy stays as it is.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<Found>(`axe.run(${JSON.stringify(RULES)})`);
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`));
}

const RULES = {
  iframes: false,
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
};

type Found = { violations: { id: string; help: string; nodes: { html: string }[] }[] };

/** Presses Tab until an element has the focus, as a person without a mouse does. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let pressed = 0; pressed < 100; pressed += 1) {
    if ((await target.and(page.locator(':focus')).count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not reach ${target}.`);
}

/** No page is wider than the window, at any width. */
export async function assertFits(page: Page): Promise<void> {
  const before = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    assert.ok(overflow <= 0, `${page.url()} is ${overflow} px too wide at ${width} px`);
  }
  if (before) await page.setViewportSize(before);
}
