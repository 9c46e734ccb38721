import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { customerOf } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { assertFits, lookAt, reasonToSkip } from './browser.ts';
import { type OpenConsole, openConsole } from './open-console.ts';

/** A word that pushes everything aside. */
const LONG_WORD = 'W'.repeat(10_000);
/** A text that tries to run, to reverse what follows, to hide a character, and to be too wide. */
const HOSTILE = `</bdi><script>hasRun=1</script><img src=x onerror="hasRun=1">\u202Egnp.exe\u200B${LONG_WORD}`;
/** An e-mail that tries to run, to load, to lead away, and to be too wide. Its last words are the last of its parts. */
const HOSTILE_MAIL = `<p>Dear customer</p><script>parent.hasRun=1</script><base href="https://evil.example/">
<meta http-equiv="refresh" content="0;url=https://evil.example/"><link rel="stylesheet" href="https://evil.example/a.css">
<iframe src="https://evil.example/"></iframe><a href="https://evil.example/" target="_top">Prize</a>
<svg><a href="javascript:parent.hasRun=1"><text>Win</text></a></svg>
<form action="https://evil.example/"><button>Send</button></form><p>${HOSTILE.slice(HOSTILE.indexOf('\u202E'))}</p>
<p>Kind regards</p>`;

describe('bad input in a browser', { skip: await reasonToSkip() }, () => {
  let here: OpenConsole;
  let acme: ReturnType<typeof customerOf>;
  before(async () => {
    here = await openConsole();
    acme = customerOf(here.outputs);
  });
  after(() => here?.close());

  let address = 0;
  /** Sends an e-mail, and resolves with its id when it is delivered. */
  const sent = async (content: { subject: string; text: string; html?: string }): Promise<string> => {
    address += 1;
    const body = { channel: 'email', to: [`bad.input.${address}@example.com`], ...content };
    const answer = await acme.call('POST', '/notifications', { key: randomUUID(), body });
    assert.equal(answer.status, 202, answer.text);
    const id = String(answer.json.notificationId);
    await eventually('its delivery', async () => {
      const { text } = await acme.call('GET', `/notifications/${id}`);
      return text.includes('"DELIVERED"');
    });
    return id;
  };
  /** Changes what the stage answers to reads of an address, as a stage of another release would. */
  const answers = (page: Page, path: string, change: (shown: Shown) => object): Promise<unknown> =>
    page.route(new RegExp(`${path}(\\?|$)`), async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: change(await response.json()) });
    });
  const ranNothing = async (page: Page): Promise<void> => {
    assert.equal(await page.evaluate('"hasRun" in globalThis'), false);
    assert.equal(await page.locator('img, script:not([src])').count(), 0);
  };

  it('hostile texts in a message run nothing, hide nothing, and fit at every width', async () => {
    const id = await sent({ subject: '<img src=x onerror="hasRun=1"> a gift', text: HOSTILE, html: HOSTILE_MAIL });
    const page = await here.tab('', {
      prepare: async (before) => {
        await answers(before, `/notifications/${id}`, hostileMessage);
        await answers(before, '/notifications', each(hostileMessage));
      },
    });
    const row = page.getByRole('row').filter({ hasText: '⟨U+202E⟩gnp.exe⟨U+200B⟩W' });
    await row.waitFor();
    await assertFits(page);
    await lookAt(page, 'hostile-log');
    await row.getByRole('link').first().click();
    const frame = page.frameLocator('iframe');
    await frame.getByText('Kind regards').waitFor();
    assert.equal(await frame.locator('script, base, [href], iframe').count(), 0);
    await assertFits(page);
    await lookAt(page, 'hostile-message');
    await page.getByRole('button', { name: 'Text', exact: true }).click();
    await page.locator('pre').filter({ hasText: '⟨U+202E⟩gnp.exe' }).waitFor();
    await assertFits(page);
    await ranNothing(page);
    assert.equal(new URL(page.url()).origin, new URL(here.outputs.consoleUrl).origin);
    await page.context().close();
  });

  it('an e-mail of the maximum size opens, as the recipient saw it and as text', async () => {
    const line = (index: number): string => `Line ${index} of a long letter from your shop.\n`;
    const lines = Array.from({ length: 2120 }, (_, index) => line(index)).join('');
    const text = `${lines}The text ends here.`;
    const html = `<p>${lines.replaceAll('\n', '</p><p>').slice(0, 112_000)}</p><p>The mail ends here.</p>`;
    const size = JSON.stringify({ text, html }).length;
    assert.ok(size > 190 * 1024 && size < 200 * 1024, `${size} bytes are not near the bound`);
    const id = await sent({ subject: 'A long letter', text, html });
    const page = await here.tab(`?message=${id}`);
    await page.frameLocator('iframe').getByText('The mail ends here.').waitFor();
    await page.getByRole('button', { name: 'Text', exact: true }).click();
    await page.locator('pre').filter({ hasText: 'The text ends here.' }).waitFor();
    await assertFits(page);
    await page.context().close();
  });

  it('a stage that is one release newer: what the page does not know is shown by its name', async () => {
    const id = await sent({ subject: 'Hello', text: 'Hello.' });
    const page = await here.tab('', {
      prepare: async (before) => {
        await answers(before, `/notifications/${id}`, newerMessage);
        await answers(before, '/notifications', each(newerMessage));
      },
    });
    await page.getByRole('row').filter({ hasText: 'ARCHIVED' }).first().waitFor();
    await page.goto(`${here.outputs.consoleUrl}/?message=${id}&channel=pigeon&filterOfTomorrow=1`);
    await page.getByRole('button', { name: 'acme' }).click();
    const dialog = page.getByRole('dialog');
    for (const name of ['ARCHIVED', 'teleported', 'pigeon'])
      await dialog.getByText(name, { exact: true }).first().waitFor();
    assert.equal(await dialog.getByRole('radio').count(), 0);
    await lookAt(page, 'newer-stage');
    await page.context().close();
  });

  it('a page that the stage no longer serves: the console says so, and a reload opens it', async () => {
    const page = await here.tab('');
    const file = /\/assets\/orders-page-[^/]*\.js$/;
    await page.route(file, (route) => route.fulfill({ status: 404, body: 'Not found' }));
    await page.getByRole('link', { name: 'Orders', exact: true }).click();
    await page.getByRole('heading', { name: 'This page could not be loaded' }).waitFor();
    await lookAt(page, 'not-loaded');
    await page.unroute(file);
    await page.getByRole('button', { name: 'Load the console again' }).click();
    await page.getByRole('button', { name: 'acme' }).click();
    await page.getByRole('heading', { name: 'Orders', level: 1 }).waitFor();
    await page.context().close();
  });

  it('reads without an answer: the console says so, and recovers by itself', async () => {
    const calls = `${here.outputs.apiUrl}/**`;
    const page = await here.tab('', {
      prepare: async (before) => {
        // A read ends after a tenth of the time, so that the test does not wait for the whole of it.
        await before.addInitScript(() => {
          const limit = AbortSignal.timeout;
          AbortSignal.timeout = (ms) => limit.call(AbortSignal, ms / 10);
        });
        await before.route(calls, () => new Promise(() => undefined));
      },
    });
    await page.getByRole('heading', { name: 'The stage does not answer' }).waitFor();
    await lookAt(page, 'no-answer');
    await page.unroute(calls);
    await page.getByRole('row').nth(1).waitFor();
    await page.route(calls, (route) => route.abort());
    await page.getByText('Reconnecting').waitFor();
    assert.ok((await page.getByRole('row').count()) > 1);
    await lookAt(page, 'reconnecting');
    await page.unroute(calls);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.context().close();
  });

  it('has caused no error, and no request to another origin', () => {
    // The browser reports the base element of the hostile mail, which the policy has stopped while the page read the mail.
    const others = here.problems().filter((problem) => !/^console: .* base URI .*"base-uri 'none'"/.test(problem));
    assert.deepEqual(others, []);
  });
});

/** What these tests change of a message, or of a list of messages. */
type Shown = { content?: object; timeline?: object[]; recipients?: object[]; notifications?: Shown[] };

/** A list of messages, each changed in the same way. */
const each =
  (change: (message: Shown) => object) =>
  ({ notifications = [], ...rest }: Shown): object => ({ ...rest, notifications: notifications.map(change) });

/** A message in which everything that others can fill is hostile. */
const hostileMessage = (message: Shown): object => ({
  ...message,
  purpose: HOSTILE,
  orderId: HOSTILE,
  customerId: HOSTILE,
  reason: HOSTILE,
  next: HOSTILE,
  providerMessageId: HOSTILE,
  recipients: [{ address: HOSTILE, outcome: 'DELIVERED', code: HOSTILE }],
  ...(message.content && {
    content: {
      ...message.content,
      attachments: [{ attachmentId: 'a', name: HOSTILE, contentType: HOSTILE, size: 1, sha256: '' }],
    },
    timeline: message.timeline?.map((entry: object) => ({ ...entry, code: HOSTILE, reason: HOSTILE, by: HOSTILE })),
  }),
});

/** A message of a release that knows more than the page. */
const newerMessage = (message: Shown): object => ({
  ...message,
  status: 'ARCHIVED',
  channel: 'pigeon',
  weather: { wind: 'strong' },
  recipients: message.recipients?.map((one: object) => ({ ...one, outcome: 'ARCHIVED', plumage: 'white' })),
  ...(message.timeline && {
    timeline: [...message.timeline, { at: '2026-11-30T10:00:00.000Z', kind: 'teleported', distance: 3 }],
    resolutions: [{ action: 'bury', by: 'a later person', at: '2026-11-30T10:00:00.000Z' }],
  }),
});
