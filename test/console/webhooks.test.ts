import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { anOrder, customerOf } from '#test/support/api.ts';
import { type LocalCloud, removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { launchBrowser, lookAt, openWatched, reasonToSkip, type Watched } from './browser.ts';

/** Far longer than anything takes on a busy machine. A test waits for what it expects, never for a time. */
const PATIENCE_MS = 120_000;

const PLACED = 'counterfoil.order.placed.v1';

type Received = { headers: Record<string, string>; body: string };

/** A system of the tenant that keeps what it receives. */
class Receiver {
  readonly received: Received[] = [];
  answer = { status: 200, body: '' };
  readonly #server: Server = createServer(async (request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    this.received.push({ headers, body: await text(request) });
    response.writeHead(this.answer.status).end(this.answer.body);
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/shop`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('the webhooks in the settings', { skip: await reasonToSkip() }, () => {
  const receiver = new Receiver();
  let url: string;
  let cloud: LocalCloud;
  let browser: Browser;
  let watched: Watched;
  let page: Page;
  before(async () => {
    url = await receiver.start();
    // One after the other: if the cloud does not start, the browser is still closed.
    browser = await launchBrowser();
    cloud = await startLocalCloud(temporaryFolder());
    watched = await openSection();
    page = watched.page;
  });
  after(async () => {
    await browser?.close();
    await cloud?.interrupt();
    if (cloud) removeFolder(cloud.dataDir);
    await receiver.stop();
  });

  /** The section of acme on a page of its own. @param token replaces the one of the identity. */
  const openSection = async (token?: string): Promise<Watched> => {
    const { consoleUrl, apiUrl } = cloud.outputs;
    const opened = await openWatched(browser, [consoleUrl, apiUrl]);
    opened.page.setDefaultTimeout(PATIENCE_MS);
    if (token) await opened.page.route('**/sign-in', (route) => route.fulfill({ json: { token } }));
    await opened.page.goto(new URL('?page=settings&section=webhooks', consoleUrl).href);
    await opened.page.getByRole('button', { name: 'acme' }).click();
    await opened.page.getByRole('heading', { name: 'Endpoints' }).waitFor();
    return opened;
  };
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const field = (name: string) => page.getByLabel(name, { exact: true });
  const secretRegion = () => page.getByRole('region', { name: 'New secret' });
  /** What another person saves. */
  const putByOther = async (...endpoints: object[]): Promise<void> => {
    const answer = await customerOf(cloud.outputs).call('PUT', '/settings/webhooks', {
      key: randomUUID(),
      body: { endpoints },
    });
    assert.equal(answer.status, 200, answer.text);
  };
  const stored = async (): Promise<{ endpointId: string; url: string; description?: string }[]> =>
    (
      await customerOf(cloud.outputs).call<{ endpoints: { endpointId: string; url: string; description?: string }[] }>(
        'GET',
        '/settings/webhooks',
      )
    ).json.endpoints;
  let secret = '';

  it('say what is wrong with a new endpoint at its field, which gets the focus', async () => {
    await page.getByText('No endpoints yet.').waitFor();
    await lookAt(page, 'webhooks-empty');
    await button('Add an endpoint').click();
    await field('Name of the endpoint').fill('shop');
    await field('Address').fill('ftp://shop.example');
    await page.getByLabel(PLACED).check();
    await button('Save').click();
    await page.locator('#field--\\+-url[aria-invalid="true"]:focus').waitFor();
    await page.getByText('Values to correct: 1. Nothing was saved.').waitFor();
    await lookAt(page, 'webhooks-fault');
  });

  it('show the secret of a new endpoint once, with the focus', async () => {
    await field('Address').fill(url);
    await button('Save').click();
    await page.locator('.secret:focus').waitFor();
    secret = await secretRegion()
      .getByText(/^whsec_/)
      .innerText();
    await lookAt(page, 'webhooks-secret');
    await button('I have stored it').click();
    await secretRegion().waitFor({ state: 'detached' });
    assert.deepEqual(
      (await stored()).map((one) => [one.endpointId, one.url]),
      [['shop', url]],
    );
  });

  it('show the delivery of an event, which that secret has signed, with a link to its message', async () => {
    // With the keyboard: the endpoint opens, and the URL names it.
    await page.locator('summary', { hasText: 'shop' }).press('Enter');
    await page.waitForURL(/endpoint=shop/);
    await page.getByText('Nothing was posted to it yet.').waitFor();
    assert.equal((await customerOf(cloud.outputs).place(anOrder())).status, 201);
    const { headers, body } = await eventually('the webhook', async () => receiver.received[0]);
    assert.equal(Reflect.get(Object(new Webhook(secret).verify(body, headers)), 'type'), PLACED);
    await page.locator('.deliveries').getByText('Sent').waitFor();
    await lookAt(page, 'webhooks-deliveries');
    await page.locator('.deliveries').getByRole('link', { name: 'event' }).click();
    await page.getByRole('dialog').getByText(String(headers['webhook-id'])).first().waitFor();
    await page.goBack();
    await page.locator('.deliveries').getByText('Sent').waitFor();
    assert.equal(receiver.received.length, 1);
  });

  it('post a test event, and say what the endpoint answered', async () => {
    await button('Send a test event').press('Enter');
    await page.getByText(/^The endpoint has accepted it \(2xx\) after \d+ ms\.$/).waitFor();
    const { headers, body } = receiver.received.at(-1) ?? assert.fail();
    const event = Object(new Webhook(secret).verify(body, headers));
    assert.deepEqual([event.type, event.data], ['counterfoil.webhook.test.v1', { endpointId: 'shop' }]);
    await page.locator('.deliveries').getByRole('link', { name: 'test' }).waitFor();
    receiver.answer = { status: 422, body: 'unknown shop' };
    await button('Send a test event').click();
    await page.getByText('ENDPOINT_REFUSED, HTTP 422: unknown shop').waitFor();
    await lookAt(page, 'webhooks-test');
    receiver.answer = { status: 200, body: '' };
  });

  it('make a new secret with the keyboard, and say until when the earlier one signs', async () => {
    await button('New secret').press('Enter');
    await page.getByRole('button', { name: 'Make a new secret. The present one ends later' }).press('Enter');
    await page.locator('.secret:focus').waitFor();
    assert.notEqual(
      await secretRegion()
        .getByText(/^whsec_/)
        .innerText(),
      secret,
    );
    await page.getByText('the earlier one also signs until').waitFor();
    await button('I have stored it').press('Enter');
  });

  it('inform the second of two people, who keeps what was typed and may take both', async () => {
    await field('Description').fill('The shop of acme');
    await putByOther({ endpointId: 'shop', url: `${url}?v=2`, eventTypes: [PLACED] });
    await page.getByRole('heading', { name: 'Another person has changed this endpoint' }).waitFor();
    await page.getByRole('row').filter({ hasText: '?v=2' }).waitFor();
    await lookAt(page, 'webhooks-conflict');
    await button('Take theirs, and keep my changes').click();
    await button('Save').click();
    await page.getByText('Saved. It applies to every event from now on.').waitFor();
    assert.deepEqual(
      (await stored()).map((one) => [one.url, one.description]),
      [[`${url}?v=2`, 'The shop of acme']],
    );
  });

  it('keep what was typed when another person removes the endpoint', async () => {
    await field('Description').fill('Typed in vain');
    await putByOther();
    await page.getByText('Another person has removed this endpoint.').waitFor();
    assert.equal(await field('Description').inputValue(), 'Typed in vain');
    await button('Discard').click();
    await page.getByText('No endpoints yet.').waitFor();
  });

  it('can be seen and not changed without messages:write', async () => {
    await putByOther({ endpointId: 'shop', url, eventTypes: [PLACED], enabled: false });
    const answer = await fetch(new URL('tokens', `${cloud.outputs.controlUrl}/`), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant: 'acme', scopes: ['messages:read'] }),
    });
    const reader = await openSection(((await answer.json()) as { token: string }).token);
    await reader.page.locator('summary', { hasText: 'Paused' }).click();
    assert.equal(await reader.page.getByLabel('Address', { exact: true }).isEditable(), false);
    for (const name of ['Save', 'Remove', 'New secret', 'Add an endpoint'])
      assert.equal(await reader.page.getByRole('button', { name, exact: true }).count(), 0, name);
    await lookAt(reader.page, 'webhooks-read-only');
    assert.deepEqual(reader.problems, []);
    await reader.context.close();
  });

  it('have had no error, and have called no other origin', () => {
    assert.deepEqual(watched.problems, []);
  });
});
