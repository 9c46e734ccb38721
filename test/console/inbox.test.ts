import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type ConsoleServer, startConsole } from '#infra/local/console/console.ts';
import { createDemoFaults } from '#infra/local/console/demo-faults.ts';
import { createFaultRules } from '#infra/local/gateway/faults.ts';
import { mail, send, sink } from '#test/local/sink-under-test.ts';
import { launchBrowser, lookAt, openWatched, reasonToSkip, type Watched } from './browser.ts';

/** Far longer than anything takes on a busy machine. A test waits for what it expects, never for a time. */
const PATIENCE_MS = 120_000;
/** The inbox needs no function and no API, so these tests start the sink and the console’s server only. */
const claims = Buffer.from(JSON.stringify({ scope: 'messages:read' })).toString('base64url');

const mailOf = (subject: string, html: string) =>
  send(
    mail({
      Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: 'In words' }, Html: { Data: html } } } },
    }),
  );

describe('the inbox in a browser', { skip: await reasonToSkip() }, () => {
  let server: ConsoleServer;
  let browser: Browser;
  let watched: Watched;
  let page: Page;
  before(async () => {
    server = await startConsole({
      apiUrl: 'http://127.0.0.1:9',
      inboxUrl: sink.inboxUrl,
      identities: { acme: async () => `none.${claims}.none` },
      faults: createDemoFaults({ rules: createFaultRules(), providers: sink.controls }),
      spawn,
      log: () => undefined,
    });
    sink.showAt(`${server.consoleUrl}/?page=inbox`);
    browser = await launchBrowser();
    watched = await openWatched(browser, [server.consoleUrl, sink.inboxUrl]);
    page = watched.page;
    page.setDefaultTimeout(PATIENCE_MS);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  const heading = (name: string) => page.getByRole('heading', { name, level: 2 });
  const isCurrent = (text: string) =>
    page.getByRole('region', { name: 'Received messages' }).locator('a[aria-current]').filter({ hasText: text });

  it('opens from the old address, and is empty', async () => {
    await page.goto(sink.inboxUrl);
    await page.getByRole('button', { name: 'acme' }).click();
    await heading('Nothing has arrived yet').waitFor();
    await lookAt(page, 'inbox-empty');
  });

  it('shows the newest message, in a frame that runs nothing', async () => {
    await mailOf('The first', '<p>Older</p>');
    await mailOf(
      'The second',
      '<p>Newer</p><script>parent.document.title="run"</script><a href="https://evil.example">a</a>',
    );
    await page.reload();
    await page.getByRole('button', { name: 'acme' }).click();
    await heading('The second').waitFor();
    const frame = page.frameLocator('iframe');
    await frame.getByText('Newer').waitFor();
    assert.equal(await frame.locator('script, [href]').count(), 0);
    assert.equal(await isCurrent('The second').count(), 1);
    await lookAt(page, 'inbox');
  });

  it('announces a new message, and leaves the focus and the shown message', async () => {
    const find = page.getByRole('searchbox');
    await find.focus();
    await page.keyboard.type('being typed');
    await mailOf('The third', '<p>Newest</p>');
    await page.getByText('New: The third, to ada@example.com').waitFor();
    assert.equal(await find.evaluate((field) => field === document.activeElement), true);
    assert.equal(await find.inputValue(), 'being typed');
    assert.equal(await heading('The second').count(), 1);
    await find.fill('');
  });

  it('opens each kind with the keyboard, and names what is open in the URL', async () => {
    await fetch(`${sink.inboxUrl}/hooks/billing`, { method: 'POST', body: '{"type":"counterfoil.order.placed.v1"}' });
    const hook = page.getByRole('link', { name: /billing/ });
    await hook.focus();
    await page.keyboard.press('Enter');
    await page.getByText('"type": "counterfoil.order.placed.v1"').waitFor();
    assert.match(page.url(), /entry=webhooks-\d+/);
    await lookAt(page, 'inbox-webhook');
    await page.getByRole('navigation', { name: 'Kinds of messages' }).getByText('E-mails').click();
    await heading('The third').waitFor();
    await page.getByRole('searchbox').fill('the first');
    await page.keyboard.press('Enter');
    await heading('The first').waitFor();
    await page.getByRole('button', { name: 'Text', exact: true }).click();
    await page.getByText('In words').waitFor();
  });

  it('has had no error, and has called no other origin', () => {
    assert.deepEqual(watched.problems, []);
  });
});
