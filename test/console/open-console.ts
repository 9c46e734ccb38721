import type { Page } from 'playwright-core';
import { type LocalCloud, removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';
import { launchBrowser, openWatched, type Watched } from './browser.ts';

/** Far longer than anything takes on a busy machine. A test waits for what it expects, never for a time. */
const PATIENCE_MS = 120_000;

/** @property token replaces the token of the identity. @property prepare the page before it loads anything. */
type TabOptions = { identity?: string; token?: string; prepare?: (page: Page) => Promise<unknown> };

export type OpenConsole = Awaited<ReturnType<typeof openConsole>>;

/** A local cloud and a browser, which the tests of a file share. */
export async function openConsole() {
  const browser = await launchBrowser();
  const cloud = await startLocalCloud(temporaryFolder()).catch(async (error: unknown): Promise<LocalCloud> => {
    await browser.close();
    throw error;
  });
  const { consoleUrl, apiUrl } = cloud.outputs;
  const opened: Watched[] = [];
  return {
    outputs: cloud.outputs,
    /** A person in a browser of their own, who has signed in. @param search the query of the page’s URL. */
    async tab(search: string, { identity = 'acme', token, prepare }: TabOptions = {}): Promise<Page> {
      const watched = await openWatched(browser, [consoleUrl, apiUrl]);
      opened.push(watched);
      const { page } = watched;
      page.setDefaultTimeout(PATIENCE_MS);
      if (token) await page.route('**/sign-in', (route) => route.fulfill({ json: { token } }));
      await prepare?.(page);
      await page.goto(new URL(search, consoleUrl).href);
      await page.getByRole('button', { name: identity }).click();
      return page;
    },
    /** Every error of a page, and every request to another origin, so far. */
    problems: (): string[] => opened.flatMap(({ problems }) => problems),
    async close(): Promise<void> {
      await browser.close();
      await cloud.interrupt();
      removeFolder(cloud.dataDir);
    },
  };
}
