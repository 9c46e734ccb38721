import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { anOrder, customerOf, inboxOf } from '#test/support/api.ts';
import { type LocalCloud, removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { launchBrowser, lookAt, openWatched, reasonToSkip, type Watched } from './browser.ts';

/** Far longer than anything takes on a busy machine. A test waits for what it expects, never for a time. */
const PATIENCE_MS = 120_000;

describe('the settings in a browser', { skip: await reasonToSkip() }, () => {
  let cloud: LocalCloud;
  let browser: Browser;
  let watched: Watched;
  let page: Page;
  before(async () => {
    // One after the other: if the cloud does not start, the browser is still closed.
    browser = await launchBrowser();
    cloud = await startLocalCloud(temporaryFolder());
    watched = await openSettings();
    page = watched.page;
  });
  after(async () => {
    await browser?.close();
    await cloud?.interrupt();
    if (cloud) removeFolder(cloud.dataDir);
  });

  /** The settings of acme on a page of its own. @param token replaces the one of the identity. */
  const openSettings = async (token?: string): Promise<Watched> => {
    const { consoleUrl, apiUrl } = cloud.outputs;
    const opened = await openWatched(browser, [consoleUrl, apiUrl]);
    opened.page.setDefaultTimeout(PATIENCE_MS);
    if (token) await opened.page.route('**/sign-in', (route) => route.fulfill({ json: { token } }));
    await opened.page.goto(new URL('?page=settings', consoleUrl).href);
    await opened.page.getByRole('button', { name: 'acme' }).click();
    await opened.page.getByLabel('Name of the brand').waitFor();
    return opened;
  };
  const look = (name: string): Promise<void> => lookAt(page, name);
  const mail = () => page.frameLocator('.previewed iframe');
  const save = () => page.getByRole('button', { name: 'Save', exact: true });

  it('show what a change does before it is saved, in both languages', async () => {
    await mail().getByText('Ada Lovelace').filter({ visible: true }).first().waitFor();
    await look('settings');
    await page.getByLabel('Name of the brand').fill('Blue Teapot');
    await mail().getByText('Blue Teapot').first().waitFor();
    await page.getByRole('button', { name: 'German', exact: true }).click();
    await mail().getByText('Bestellung').filter({ visible: true }).first().waitFor();
    await mail().getByText('Blue Teapot').first().waitFor();
    await page.getByText('Parts: 1').waitFor();
    await page.getByText('Changes that are not saved: 1').waitFor();
  });

  it('say what is wrong at the field and in a summary, and lead to it', async () => {
    const color = page.getByLabel('Colour', { exact: true });
    await color.fill('green');
    await page.getByText('Not a colour in hexadecimal.').waitFor();
    assert.equal(await color.getAttribute('aria-invalid'), 'true');
    await save().click();
    await page.getByText('Values to correct: 1. Nothing was saved.').waitFor();
    await page.getByRole('button', { name: '/brand/color' }).click();
    await page.locator('#field--brand-color:focus').waitFor();
    await look('settings-fault');
    await color.fill('#1b5e20');
    await page.getByText('Not a colour in hexadecimal. Give').waitFor({ state: 'detached' });
  });

  it('keep what was typed while another page is shown', async () => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Messages' }).click();
    await page.getByRole('heading', { name: 'No messages yet' }).waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    assert.equal(await page.getByLabel('Name of the brand').inputValue(), 'Blue Teapot');
  });

  it('are saved with the keyboard, and the next mail has the brand', async () => {
    await page.getByLabel('Name of the brand').press('Enter');
    await page.getByText('Saved as version 1.').waitFor();
    const order = anOrder();
    const placed = await customerOf(cloud.outputs).place(order);
    const sent = await eventually('the mail', async () =>
      (await inboxOf(cloud.outputs).emails()).find(({ to }) => to.includes(order.contact.email)),
    );
    assert.equal(placed.status, 201);
    assert.match(sent.html, /Blue Teapot/);
    assert.match(sent.html, /#1b5e20/);
  });

  it('have texts of the tenant’s own, with the fault of a placeholder at its field', async () => {
    await page.getByRole('link', { name: 'Texts' }).click();
    await page.getByRole('button', { name: 'Add a text' }).click();
    await page.getByLabel('Subject').fill('Thank you! {{oderId}}');
    await page.getByText('It has placeholders that are not offered here: oderId.').first().waitFor();
    await page.getByLabel('Subject').fill('Thank you! {{orderId}}');
    await page.getByText(/^Thank you! \w{26}$/).waitFor();
    await look('settings-texts');
  });

  it('inform the second of two people, who keeps what was typed and may take both', async () => {
    const { call } = customerOf(cloud.outputs);
    const current = await call('GET', '/settings');
    const { version, changedAt: _changedAt, ...settings } = current.json;
    const theirs = { ...settings, brand: { name: 'Blue Teapot', color: '#880000' }, defaultLocale: 'de' };
    assert.equal((await call('PUT', '/settings', { key: randomUUID(), body: theirs })).status, 200);
    await page.getByRole('heading', { name: 'Another person has changed the settings' }).waitFor();
    await page.getByRole('row').filter({ hasText: '#880000' }).filter({ hasText: '#1b5e20' }).waitFor();
    await look('settings-conflict');
    await page.getByRole('button', { name: 'Take theirs, and keep my changes' }).click();
    await save().click();
    await page.getByText(`Saved as version ${Number(version) + 2}.`).waitFor();
    const { json } = await call('GET', '/settings');
    assert.deepEqual(json.brand, theirs.brand);
    assert.equal(json.defaultLocale, 'de');
    assert.equal(JSON.stringify(json.templates).includes('Thank you! {{orderId}}'), true);
  });

  it('can be seen and not changed without messages:write', async () => {
    const answer = await fetch(new URL('tokens', `${cloud.outputs.controlUrl}/`), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant: 'acme', scopes: ['messages:read'] }),
    });
    const reader = await openSettings(((await answer.json()) as { token: string }).token);
    await reader.page.getByText('To change them, your account needs the scope messages:write.').waitFor();
    assert.equal(await reader.page.getByLabel('Name of the brand').isEditable(), false);
    assert.equal(await reader.page.getByRole('checkbox').first().isDisabled(), true);
    assert.equal(await reader.page.getByRole('button', { name: 'Save', exact: true }).count(), 0);
    await lookAt(reader.page, 'settings-read-only');
    assert.deepEqual(reader.problems, []);
    await reader.context.close();
  });

  it('have had no error, and have called no other origin', () => {
    assert.deepEqual(watched.problems, []);
  });
});
