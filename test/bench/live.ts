/**
 * `npm run bench:live`: how long the console takes to show an order's e-mail, from the answer to the request that placed the
 * order until the row is in the page. `ORDERS` orders (100), one after the other, in a real Chromium. The page may not poll:
 * its timers of two seconds and more never end.
 */

import { launchBrowser } from '#test/console/browser.ts';
import { anOrder, customerOf } from '#test/support/api.ts';
import { removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';

const ORDERS = Number(process.env.ORDERS ?? 100);

const cloud = await startLocalCloud(temporaryFolder());
const browser = await launchBrowser();
try {
  const page = await browser.newPage();
  await page.addInitScript(() => {
    const { setTimeout: usual } = globalThis;
    const never = 2 ** 31 - 1;
    Object.assign(globalThis, {
      setTimeout: (act: () => void, ms = 0) => usual(act, ms >= 1500 && ms < 300_000 ? never : ms),
    });
  });
  await page.goto(cloud.outputs.consoleUrl);
  const confirmed = page
    .waitForEvent('websocket')
    .then((socket) =>
      socket.waitForEvent('framereceived', ({ payload }) => String(payload).includes('subscribe_success')),
    );
  await page.getByRole('button', { name: 'acme' }).click();
  await confirmed;
  const acme = customerOf(cloud.outputs);
  const tookMs: number[] = [];
  for (let place = 0; place < ORDERS; place += 1) {
    const order = anOrder();
    await acme.place(order);
    const placedAt = Date.now();
    await page.getByRole('row').filter({ hasText: order.contact.email }).first().waitFor({ timeout: 60_000 });
    tookMs.push(Date.now() - placedAt);
  }
  tookMs.sort((one, other) => one - other);
  const at = (share: number): number => tookMs[Math.ceil(share * tookMs.length) - 1] ?? 0;
  process.stdout.write(
    `${ORDERS} orders, from the answer to the row in the page: median ${at(0.5)} ms, p95 ${at(0.95)} ms, slowest ${at(1)} ms\n`,
  );
} finally {
  await browser.close();
  await cloud.interrupt();
  removeFolder(cloud.dataDir);
}
