import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Browser, Locator, Page } from 'playwright-core';
import { customerOf } from '#test/support/api.ts';
import { controlOf } from '#test/support/control.ts';
import { type LocalCloud, removeFolder, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { eventually } from '#test/support/eventually.ts';
import { launchBrowser, openWatched, reasonToSkip, violationsIn, type Watched } from './browser.ts';
import { takePictures } from './pictures.ts';

/** Far longer than anything takes on a busy machine. A test waits for what it expects, never for a time. */
const PATIENCE_MS = 120_000;
const SUBSCRIBER = 'project-orders';

describe('the operations page in a browser', { skip: await reasonToSkip() }, () => {
  let cloud: LocalCloud;
  let browser: Browser;
  let first: Watched;
  let page: Page;
  let control: ReturnType<typeof controlOf>;
  before(async () => {
    [cloud, browser] = await Promise.all([startLocalCloud(temporaryFolder()), launchBrowser()]);
    control = controlOf(cloud.outputs);
    // Only the people of this test redrive, and only when it says so.
    await control.pause('redrive-on-alarm');
    await control.pause('run-redrive');
    await makeDeadLetters(cloud);
    first = await openAs('acme', '?page=operations');
    page = first.page;
  });
  after(async () => {
    await browser?.close();
    await cloud?.interrupt();
    if (cloud) removeFolder(cloud.dataDir);
  });

  /** A person in a browser of their own. */
  const openAs = async (name: string, search = ''): Promise<Watched> => {
    const { consoleUrl, apiUrl } = cloud.outputs;
    const watched = await openWatched(browser, [consoleUrl, apiUrl]);
    watched.page.setDefaultTimeout(PATIENCE_MS);
    await watched.page.goto(new URL(search, consoleUrl).href);
    await watched.page.getByRole('button', { name }).click();
    return watched;
  };
  /** Takes pictures, and finds nothing with axe, in both themes. */
  const look = async (name: string): Promise<void> => {
    for (const theme of ['light', 'dark'] as const) {
      assert.deepEqual(await violationsIn(page, theme), [], `${name}, ${theme}`);
      await takePictures(page, `${name}-${theme}`);
    }
  };
  const heading = (name: string | RegExp): Locator => page.getByRole('heading', { name, level: 1 });
  /** A scheduled function runs at once when it is resumed, and not only in the next minute. */
  const runNow = async (name: string): Promise<void> => {
    await control.pause(name);
    await control.resume(name);
  };

  it('is not offered to acme, who lacks the scope, and says so behind its URL', async () => {
    await page.getByText('Your account lacks the scope operations').waitFor();
    assert.equal(await page.getByRole('link', { name: 'Operations' }).count(), 0);
    await look('operations-forbidden');
  });

  it('shows an operator what is stuck, with links to it', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'operator' }).click();
    await heading('Overview').waitFor();
    await page.getByRole('link', { name: 'Operations' }).waitFor();
    await runNow('watch-lanes');
    await page.getByRole('link', { name: /Dead letters 4/ }).waitFor();
    await look('operations-overview');
    await page.getByRole('link', { name: /Dead letters 4/ }).click();
    await heading('Groups').waitFor();
    assert.equal(new URL(page.url()).search, '?page=operations&view=groups');
  });

  it('lets a group have an owner and a note', async () => {
    await page.getByRole('row').nth(2).waitFor();
    await look('operations-groups');
    await page.getByRole('link', { name: `${SUBSCRIBER}: CRASHED` }).click();
    await heading(`${SUBSCRIBER}: CRASHED`).waitFor();
    await page.getByText('Set owner and note').first().click();
    await page.getByLabel('Owner: a team or a person').fill('shop team');
    await page.getByLabel('Note: what is known about the cause').fill('A release wrote <b>bold</b>.');
    await page.getByRole('button', { name: 'Set owner and note' }).click();
    await page.getByRole('definition').filter({ hasText: 'A release wrote <b>bold</b>.' }).waitFor();
    await look('operations-group');
  });

  it('lists dead letters by the filters of the URL, and discards one with a reason', async () => {
    await page.getByRole('link', { name: 'Dead letters', exact: true }).click();
    await page.getByLabel('Reason').fill('NOT_JSON');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Rows: 1', { exact: true }).waitFor();
    assert.equal(new URL(page.url()).search, '?page=operations&view=letters&reason=NOT_JSON');
    await look('operations-letters');
    await page.getByRole('link', { name: `${SUBSCRIBER}: NOT_JSON` }).click();
    await heading('Dead letter').waitFor();
    await page.getByText('Nothing was done with it yet.').waitFor();
    await look('operations-letter');
    await page.getByText('Discard', { exact: true }).first().click();
    await page.getByLabel('Reason (no personal data)').fill('A test.');
    const id = new URL(page.url()).searchParams.get('letter');
    await page.getByLabel(/Type “discard/).fill(`discard ${id}`);
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('cell', { name: 'Discarded' }).waitFor();
  });

  it('plans a redrive and starts it, with the keyboard only', async () => {
    await page.getByRole('link', { name: 'Redrives', exact: true }).focus();
    await page.keyboard.press('Enter');
    await heading('Redrives').waitFor();
    await tabTo(page, page.getByRole('link', { name: 'Plan a redrive' }));
    await page.keyboard.press('Enter');
    await heading('Plan a redrive').waitFor();
    await tabTo(page, page.getByLabel('Subscriber'));
    await page.keyboard.type(SUBSCRIBER);
    await tabTo(page, page.getByLabel('First steps'));
    await page.keyboard.press('Control+a');
    await page.keyboard.type('1');
    await page.keyboard.press('Enter');
    await page.getByRole('cell', { name: 'Would be handled' }).waitFor();
    await look('operations-plan');
    await tabTo(page, page.getByRole('button', { name: 'Keep this plan' }));
    await page.keyboard.press('Enter');
    const typed = page.getByLabel('Type “redrive 3” to confirm');
    await typed.waitFor();
    await look('operations-planned');
    await tabTo(page, typed);
    await page.keyboard.type('redrive 3');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Progress' }).waitFor();
    await look('operations-running');
  });

  it('tells a second operator who redrives these dead letters', async () => {
    const search = `?page=operations&view=redrives&plan=new&subscriber=${SUBSCRIBER}`;
    const { page: second, problems } = await openAs('operator', search);
    await second.getByRole('button', { name: 'Preview' }).click();
    await second.getByRole('button', { name: 'Keep this plan' }).click();
    await second.getByLabel(/Type “redrive 3/).fill('redrive 3');
    await second.getByRole('button', { name: 'Start the redrive' }).click();
    const refusal = second.getByRole('alert').filter({ hasText: 'operator' });
    await refusal.waitFor();
    assert.match((await refusal.textContent()) ?? '', /redrive .*operator/i);
    assert.deepEqual(problems, []);
    await second.close();
  });

  it('shows the verdict of each step until all dead letters are resolved', async () => {
    await control.resume('run-redrive');
    await page.getByText('100 %, 3 of 3').waitFor();
    await page.getByText('Done', { exact: true }).waitFor();
    assert.equal(await page.getByRole('cell', { name: 'Passed' }).count(), 2);
    await look('operations-done');
    await page.getByRole('link', { name: 'Groups', exact: true }).click();
    await page.getByRole('heading', { name: 'No dead letters are open' }).waitFor();
  });

  it('has had no error, and has called no other origin', () => {
    assert.deepEqual(first.problems, []);
  });
});

const HAS_FOCUS = '(element) => element === document.activeElement';

/** Presses Tab until an element has the focus, as a person without a mouse does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let pressed = 0; pressed < 100; pressed += 1) {
    if ((await target.evaluate(HAS_FOCUS)) === true) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not reach ${target}.`);
}

/** Three messages on which a function crashed, and one that is no event. */
async function makeDeadLetters({ outputs }: LocalCloud): Promise<void> {
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const sqs = new SQSClient({ endpoint: outputs.endpoints.sqs, region: 'eu-central-1', credentials });
  const { url, dlqUrl } = outputs.queues[SUBSCRIBER] ?? {};
  const crashed = Array.from({ length: 3 }, () => orderPlaced(randomUUID()));
  for (const MessageBody of crashed) await sqs.send(new SendMessageCommand({ QueueUrl: dlqUrl, MessageBody }));
  await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'not an event' }));
  sqs.destroy();
  const operator = customerOf(outputs, outputs.tokens.operator);
  await eventually('four dead letters', async () => {
    const { json } = await operator.call<{ deadLetters: object[] }>('GET', '/dead-letters');
    return json.deadLetters.length === 4;
  });
}

function orderPlaced(orderId: string): string {
  const figures = { currency: 'EUR', total: 0, itemCount: 0, lines: [], placedAt: '2026-01-01T00:00:00.000Z' };
  const data = { orderId, status: 'placed', customerId: 'c-1', ...figures };
  return envelopeText({ id: randomUUID(), type: 'counterfoil.order.placed.v1', subject: `order/${orderId}`, data });
}
