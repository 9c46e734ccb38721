import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Locator, Page } from 'playwright-core';
import { anOrder, customerOf } from '#test/support/api.ts';
import { controlOf } from '#test/support/control.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { eventually } from '#test/support/eventually.ts';
import { lookAt, reasonToSkip, tabTo } from './browser.ts';
import { type OpenConsole, openConsole } from './open-console.ts';

const SUBSCRIBER = 'project-orders';
/** What the audit has to contain when all of this is done. */
const ACTIONS = [
  'Resumed a subscriber',
  'Paused a subscriber',
  'Stopped a redrive',
  'Paused a redrive',
  'Started a redrive',
  'Planned a redrive',
  'Discarded a dead letter',
  'Described a group',
];

describe('the operations page in a browser', { skip: await reasonToSkip() }, () => {
  let here: OpenConsole;
  let page: Page;
  /** Of another operator. */
  let second: Page;
  let control: ReturnType<typeof controlOf>;
  before(async () => {
    here = await openConsole();
    control = controlOf(here.outputs);
    // Only the people of this test redrive, and only when it says so.
    await control.pause('redrive-on-alarm');
    await control.stop('run-redrive');
    const operator = customerOf(here.outputs, here.outputs.tokens.operator);
    await operator.place(anOrder());
    await makeDeadLetters(here);
    page = await here.tab('?page=operations');
  });
  after(() => here?.close());

  const look = (name: string): Promise<void> => lookAt(page, name);
  const heading = (name: string | RegExp): Locator => page.getByRole('heading', { name, level: 1 });
  /** The line that names the state of a redrive or a subscriber. */
  const state = (name: string, on = page): Locator =>
    on.getByRole('status').filter({ has: on.getByText(name, { exact: true }) });
  /** Opens the form of an action, fills its fields, and sends it. */
  const act = async (title: string, fields: Record<string, string>, on = page): Promise<void> => {
    const form = on.locator('details').filter({ has: on.locator('summary', { hasText: title }) });
    await form.locator('summary').click();
    for (const [label, text] of Object.entries(fields)) await form.getByLabel(label).fill(text);
    await form.getByRole('button', { name: title, exact: true }).click();
  };
  const startOn = async (on: Page): Promise<void> => {
    await on.getByLabel('Type “redrive 3” to confirm').fill('redrive 3');
    await on.getByRole('button', { name: 'Start the redrive' }).click();
  };
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
    await act('Set owner and note', {
      'Owner: a team or a person': 'shop team',
      'Note: what is known about the cause': 'A release wrote <b>bold</b>.',
    });
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
    const id = new URL(page.url()).searchParams.get('letter');
    await act('Discard', {
      'Reason (no personal data)': 'A test.',
      [`Type “discard ${id}” to confirm`]: `discard ${id}`,
    });
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
    second = await here.tab(search, { identity: 'operator' });
    await second.getByRole('button', { name: 'Preview' }).click();
    await second.getByRole('button', { name: 'Keep this plan' }).click();
    await startOn(second);
    const refusal = second.getByRole('alert').filter({ hasText: 'operator' });
    await refusal.waitFor();
    assert.match((await refusal.textContent()) ?? '', /redrive .*operator/i);
  });

  it('pauses the redrive with a reason, and resumes it with typed words', async () => {
    await act('Pause', { 'Reason (optional, no personal data)': 'Another release comes first.' });
    await state('Paused').waitFor();
    await page.getByText('Another release comes first.').waitFor();
    await look('operations-paused');
    await act('Resume', { 'Type “resume 3” to confirm': 'resume 3' });
    await state('Running').waitFor();
  });

  it('shows the verdict of each step until all dead letters are resolved', async () => {
    await control.resume('run-redrive');
    await page.getByText('100 %, 3 of 3').waitFor();
    await state('Done').waitFor();
    assert.equal(await page.getByRole('cell', { name: 'Passed' }).count(), 2);
    await look('operations-done');
    await page.getByRole('link', { name: 'Groups', exact: true }).click();
    await page.getByRole('heading', { name: 'No dead letters are open' }).waitFor();
  });

  it('stops a redrive, which then sends nothing', async () => {
    // Otherwise the redrive could be done before a person sees that it runs.
    await control.stop('run-redrive');
    await startOn(second);
    await state('Running', second).waitFor();
    await act('Stop', { 'Reason (optional, no personal data)': 'They are resolved.' }, second);
    await state('Stopped', second).waitFor();
    assert.equal(await second.getByText('Start the redrive').count(), 0);
    await second.context().close();
  });

  it('pauses a subscriber with a reason and an owner, and resumes it', async () => {
    await page.getByRole('link', { name: 'Subscribers', exact: true }).click();
    await page.getByRole('link', { name: 'post-webhook' }).click();
    await heading('post-webhook').waitFor();
    await act('Pause', {
      'Reason (no personal data)': 'Their server is down.',
      'Owner: who ends the pause': 'shop team',
    });
    await page.getByRole('definition').filter({ hasText: 'Their server is down.' }).waitFor();
    await look('operations-subscriber');
    await act('Resume', { 'Type “resume post-webhook” to confirm': 'resume post-webhook' });
    await page.locator('summary', { hasText: 'Pause' }).waitFor();
    assert.equal(await page.getByText('Their server is down.').count(), 0);
  });

  it('names in the audit who did all that', async () => {
    await page.getByRole('link', { name: 'Audit', exact: true }).click();
    for (const action of ACTIONS) await page.getByRole('cell', { name: action }).first().waitFor();
    await look('operations-audit');
  });

  it('draws messages by hour, with the same numbers as a table', async () => {
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await page.getByRole('img', { name: 'Time until delivered, by hour' }).waitFor();
    await page.locator('summary', { hasText: 'The numbers as a table' }).click();
    await page
      .getByRole('row')
      .filter({ hasText: /:00\s*2\s*0/ })
      .waitFor();
    await look('operations-charts');
  });

  it('has had no error, and has called no other origin', () => {
    assert.deepEqual(here.problems(), []);
  });
});

/** Three messages on which a function crashed, and one that is no event. */
async function makeDeadLetters({ outputs }: OpenConsole): Promise<void> {
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const sqs = new SQSClient({ endpoint: outputs.endpoints.sqs, region: 'eu-central-1', credentials });
  const { url, dlqUrl } = outputs.queues[SUBSCRIBER] ?? {};
  const crashed = Array.from({ length: 3 }, () => orderPlaced(randomUUID()));
  for (const MessageBody of crashed) await sqs.send(new SendMessageCommand({ QueueUrl: dlqUrl, MessageBody }));
  await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'not an event' }));
  sqs.destroy();
  const operator = customerOf(outputs, outputs.tokens.operator);
  await eventually('four dead letters', async () => {
    const { json } = await operator.call<{ deadLetters?: object[] }>('GET', '/dead-letters');
    return json.deadLetters?.length === 4;
  });
}

function orderPlaced(orderId: string): string {
  const figures = { currency: 'EUR', total: 0, itemCount: 0, lines: [], placedAt: '2026-01-01T00:00:00.000Z' };
  const data = { orderId, status: 'placed', customerId: 'c-1', ...figures };
  return envelopeText({ id: randomUUID(), type: 'counterfoil.order.placed.v1', subject: `order/${orderId}`, data });
}
