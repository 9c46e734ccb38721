import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { anOrder, customerOf } from '#test/support/api.ts';
import { controlOf } from '#test/support/control.ts';
import { type LocalCloud, removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { launchBrowser, openWatched, reasonToSkip, type Watched } from './browser.ts';

const PATIENCE_MS = 120_000;

describe('live changes in a browser', { skip: await reasonToSkip() }, () => {
  let cloud: LocalCloud;
  let browser: Browser;
  let watched: Watched;
  let page: Page;
  /** The page's reads of the message log. */
  let reads = 0;
  before(async () => {
    // One after the other: if the cloud does not start, the browser is still closed.
    browser = await launchBrowser();
    cloud = await startLocalCloud(temporaryFolder());
    const { consoleUrl, apiUrl } = cloud.outputs;
    watched = await openWatched(browser, [consoleUrl, apiUrl]);
    page = watched.page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('request', (request) => {
      if (request.url().startsWith(`${apiUrl}/notifications`)) reads += 1;
    });
    // The page’s timers of two seconds and more never end, so that it reads only because of what is announced.
    await page.addInitScript(() => {
      const { setTimeout: usual } = globalThis;
      Object.assign(globalThis, {
        setTimeout: (act: () => void, ms = 0) => usual(act, ms >= 1500 && ms < 300_000 ? 2 ** 31 - 1 : ms),
      });
    });
    await page.goto(consoleUrl);
  });
  after(async () => {
    await browser?.close();
    await cloud?.interrupt();
    if (cloud) removeFolder(cloud.dataDir);
  });

  const place = async (): Promise<string> => {
    const order = anOrder();
    await eventually('an order, also on a busy machine', async () => {
      const { status } = await customerOf(cloud.outputs).place(order);
      return status === 201;
    });
    return order.contact.email;
  };
  /** How often the page has read when it reads no more: two looks, longer apart than its pauses here, show the same. */
  const readsAtRest = (): Promise<number> =>
    eventually('a page at rest', async () => {
      const before = reads;
      await page.waitForTimeout(2000);
      return before === reads && before;
    });
  const rowOf = (email: string) => page.getByRole('row').filter({ hasText: email });
  const connected = (): Promise<unknown> =>
    page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framereceived', isConfirmation));

  it('show an order that is delivered, without polling', async () => {
    const isConnected = connected();
    await page.getByRole('button', { name: 'acme' }).click();
    await isConnected;
    await page.getByRole('heading', { name: 'No messages yet' }).waitFor();
    await rowOf(await place())
      .getByText('Delivered', { exact: true })
      .waitFor();
    assert.ok(reads >= 2);
  });

  it('do not make the page read while nothing changes', async () => {
    assert.ok((await readsAtRest()) >= 2);
  });

  it('come again after the connection was dropped, with what was missed', async () => {
    const again = connected();
    await controlOf(cloud.outputs).dropConnections();
    const missed = await place();
    await again;
    await rowOf(missed).getByText('Delivered', { exact: true }).waitFor();
    await rowOf(await place())
      .getByText('Delivered', { exact: true })
      .waitFor();
  });

  it('of one tenant do not make the page of another one read', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    const isConnected = connected();
    await page.getByRole('button', { name: 'globex' }).click();
    await isConnected;
    await page.getByRole('heading', { name: 'No messages yet' }).waitFor();
    const before = await readsAtRest();
    const email = await place();
    const { apiUrl, tokens } = cloud.outputs;
    const headers = { authorization: `Bearer ${tokens.acme}` };
    await eventually('a delivery at acme', async () => {
      const answer = await fetch(`${apiUrl}/notifications?recipient=${encodeURIComponent(email)}`, { headers });
      return (await answer.text()).includes('"DELIVERED"');
    });
    assert.equal(reads, before);
  });

  it('reach a page without a library, as the guide shows it', async () => {
    const { apiUrl, live, tokens } = cloud.outputs;
    const guide = readFileSync(join(import.meta.dirname, '../../docs/how-to/live.md'), 'utf8');
    const [, script = assert.fail('no script')] = /```js\n([^`]*(?:`(?!``)[^`]*)*)```/.exec(guide) ?? [];
    const plain = await browser.newPage();
    const settings = JSON.stringify({ apiUrl, live, token: tokens.acme });
    await plain.evaluate(`((settings, order) => { ${script} })(${settings}, ${JSON.stringify(anOrder())})`);
    await plain.getByText('Your email was sent.').first().waitFor({ timeout: PATIENCE_MS });
    await plain.close();
  });

  it('have had no error, and have called no other origin', () => {
    assert.deepEqual(watched.problems, []);
  });
});

const isConfirmation = ({ payload }: { payload: string | Buffer }): boolean =>
  String(payload).includes('subscribe_success');
