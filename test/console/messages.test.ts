import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { customerOf, inboxOf } from '#test/support/api.ts';
import { controlOf } from '#test/support/control.ts';
import { lookAt, reasonToSkip, tabTo } from './browser.ts';
import { type OpenConsole, openConsole } from './open-console.ts';

type Shown = { status: string; resolutions?: { action: string; by: string; reason?: string }[] };

/** Decisions about messages whose outcome is not known, each in a tab of its own. */
describe('a message that needs a decision, in a browser', { skip: await reasonToSkip() }, () => {
  let here: OpenConsole;
  let acme: ReturnType<typeof customerOf>;
  let control: ReturnType<typeof controlOf>;
  const phones = ['+436601111111', '+436602222222', '+436603333333'] as const;
  /** The message to each of the phones. */
  let ids: string[];
  before(async () => {
    here = await openConsole();
    acme = customerOf(here.outputs);
    control = controlOf(here.outputs);
    // SNS reports nothing about text messages, so a person has to find out.
    await control.inject({
      function: 'send-sms',
      service: 'sns',
      operation: 'Publish',
      fault: 'lose-response',
      times: 3,
    });
    const body = { channel: 'sms', to: phones, text: 'Your parcel waits at the counter.' };
    const sent = await acme.call<{ notifications: { notificationId: string }[] }>('POST', '/notifications', {
      key: randomUUID(),
      body,
    });
    assert.equal(sent.status, 202, sent.text);
    ids = sent.json.notifications.map(({ notificationId }) => notificationId);
  });
  after(() => here?.close());

  const held = (index: number): string => ids[index] ?? assert.fail(`no message ${index}`);
  const read = async (id: string): Promise<Shown> => (await acme.call<Shown>('GET', `/notifications/${id}`)).json;
  const textsTo = async (phone: string | undefined): Promise<number> =>
    (await inboxOf(here.outputs).sms()).filter(({ to }) => to === phone).length;
  const open = async (id: string, token?: string): Promise<Page> => {
    const page = await here.tab(`?message=${id}`, token ? { token } : {});
    await page.getByRole('dialog').getByText('Needs a decision').first().waitFor();
    return page;
  };
  const reason = (page: Page): Locator => page.getByLabel(/^Reason, shown to everyone/);
  /** Another person of the same tenant. */
  const bea = (): Promise<string> => control.token({ tenant: 'acme', subject: 'bea' });

  it('is decided in the page, with the keyboard', async () => {
    const id = held(0);
    const page = await here.tab('?channel=sms&status=HELD');
    const link = page.getByRole('row').filter({ hasText: phones[0] }).getByRole('link');
    await tabTo(page, link);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('Needs a decision').first().waitFor();
    await lookAt(page, 'decide');
    await tabTo(page, page.getByRole('radio', { name: 'Send it again' }));
    await page.keyboard.press('ArrowDown');
    await tabTo(page, reason(page));
    await page.keyboard.type('She has it. <b>Asked</b> by phone.');
    await page.keyboard.press('Enter');
    await page.getByText('Your decision counts: Mark it as sent.').waitFor();
    await page.getByRole('dialog').getByText('Sent', { exact: true }).first().waitFor();
    await page.getByText('She has it. <b>Asked</b> by phone.').waitFor();
    await lookAt(page, 'decided');
    const { status, resolutions } = await read(id);
    assert.equal(status, 'SENT');
    assert.deepEqual(
      resolutions?.map(({ action, reason: given }) => [action, given]),
      [['mark-sent', 'She has it. <b>Asked</b> by phone.']],
    );
    assert.equal(await textsTo(phones[0]), 1);
    await page.keyboard.press('Escape');
    // The row is no longer one that needs a decision, so the filtered list loses it.
    await link.waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('informs the second of two people, whose decision does not count', async () => {
    const id = held(1);
    const [first, second] = await Promise.all([open(id), open(id, await bea())]);
    await second.getByRole('radio', { name: 'Send it again' }).check();
    await reason(second).fill('She has nothing.');
    // The second person decides about what they saw before the first one decided.
    await second.route(`**/notifications/${id}`, (route) => route.abort());
    await first.getByRole('radio', { name: 'Do not send it' }).check();
    await reason(first).fill('She came to the counter.');
    await first.getByRole('button', { name: 'Do not send it' }).click();
    await first.getByText('Your decision counts: Do not send it.').waitFor();
    await second.getByRole('button', { name: 'Send it again' }).click();
    await second.getByText(/^Your decision did not count, because the message has changed/).waitFor();
    await second.unroute(`**/notifications/${id}`);
    const news = second.getByRole('status').filter({ hasText: 'In the meantime, this was decided:' });
    await news.getByText('Do not send it').waitFor();
    await second.getByText('She came to the counter.').waitFor();
    await second.getByRole('radiogroup').waitFor({ state: 'detached' });
    await lookAt(second, 'decided-by-another');
    const { status, resolutions } = await read(id);
    assert.deepEqual([status, resolutions?.length], ['CANCELLED', 1]);
    assert.equal(await textsTo(phones[1]), 1);
    await Promise.all([first.context().close(), second.context().close()]);
  });

  it('shows the form to those who may decide, and the message to those who may read it', async () => {
    const id = held(2);
    const reader = await open(id, await control.token({ tenant: 'acme', scopes: ['messages:read'] }));
    await reader.getByText('A decision needs the scope messages:write, which your account lacks.').waitFor();
    assert.equal(await reader.getByRole('radio').count(), 0);
    const clerk = await here.tab(`?message=${id}`, {
      token: await control.token({ tenant: 'acme', scopes: ['orders:read'] }),
    });
    await clerk.getByRole('heading', { name: 'You may not see this' }).waitFor();
    await clerk.getByText('messages:read').waitFor();
    assert.equal(await clerk.getByRole('navigation').getByRole('link', { name: 'Messages' }).count(), 0);
    await lookAt(clerk, 'messages-forbidden');
    const globex = await here.tab(`?message=${id}`, { identity: 'globex' });
    await globex.getByRole('heading', { name: 'Nothing has this id' }).waitFor();
    assert.doesNotMatch((await globex.textContent('body')) ?? '', /parcel|\+43660/);
    await lookAt(globex, 'message-of-another-tenant');
    for (const page of [reader, clerk, globex]) await page.context().close();
  });

  it('stays open while the session expires, and counts once although its answer is lost', async () => {
    const id = held(2);
    const page = await open(id);
    await page.getByRole('radio', { name: 'Send it again' }).check();
    await reason(page).fill('She has nothing.');
    const expired = await control.token({ tenant: 'acme', expiresInSeconds: -60 });
    const calls = `${here.outputs.apiUrl}/**`;
    await page.route(calls, (route) =>
      route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${expired}` } }),
    );
    await page.getByRole('heading', { name: 'Your session has expired' }).waitFor();
    await lookAt(page, 'expired');
    await page.unroute(calls);
    const url = page.url();
    // Another person signs in on this page, and leaves it to the first one.
    await page.route('**/sign-in', async (route) => route.fulfill({ json: { token: await bea() } }));
    await page.getByRole('button', { name: 'acme' }).click();
    await reason(page).waitFor();
    assert.equal(await reason(page).inputValue(), '');
    await page.route(calls, (route) =>
      route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${expired}` } }),
    );
    await page.getByRole('heading', { name: 'Your session has expired' }).waitFor();
    await page.unroute(calls);
    await page.unroute('**/sign-in');
    await page.getByRole('button', { name: 'acme' }).click();
    await page.getByRole('dialog').getByText('Needs a decision').first().waitFor();
    assert.equal(page.url(), url);
    assert.equal(await reason(page).inputValue(), 'She has nothing.');
    assert.equal((await read(id)).status, 'HELD');

    const resolve = `**/notifications/${id}/resolve`;
    await page.route(resolve, async (route) => {
      await route.fetch();
      await route.abort();
    });
    // The page does not see what became of it before the person decides again.
    await page.route(`**/notifications/${id}`, (route) => route.abort());
    const send = page.getByRole('button', { name: 'Send it again' });
    await send.click();
    await page.getByText(/^It is not known whether this counted/).waitFor();
    await page.unroute(resolve);
    await send.click();
    await page.getByText('Your decision counts: Send it again.').waitFor();
    await page.unroute(`**/notifications/${id}`);
    await page.getByRole('dialog').getByText('Sent', { exact: true }).first().waitFor();
    assert.equal((await read(id)).resolutions?.length, 1);
    assert.equal(await textsTo(phones[2]), 2);
    await page.context().close();
  });

  it('has caused no error, and no request to another origin', () => {
    assert.deepEqual(here.problems(), []);
  });
});
