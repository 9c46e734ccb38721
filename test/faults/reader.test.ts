import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { openLocal } from '#test/support/local.ts';

/** The executor stores a rejection with it. The reader's deciders reject nothing. */
const ONLY_FOR_REJECTIONS = 'dynamodb:ConditionCheckItem';
/** Actions that a Lambda mapping needs at its setup, or never for our batches. The CDK grants them. */
const NEEDED_BY_LAMBDA = ['sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'];

describe('the e-book reader', { timeout: 300_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  it('uses every permission, and counts each access once after the table was unavailable', async () => {
    const { acme, control } = here;
    const reader = { readerId: 'ada', email: 'ada@example.com', bookId: 'emma' };
    const open = async (page: number) => {
      const { status } = await acme.call('POST', '/page-accesses', { key: `page ${page}`, body: { ...reader, page } });
      assert.equal(status, 200);
    };
    const untilCounted = (pageAccesses: number) =>
      eventually(`${pageAccesses} accesses`, async () => {
        const { json } = await acme.call('GET', '/readers/ada');
        return json.pageAccesses === pageAccesses;
      });
    for (const page of [1, 2]) await open(page);
    await untilCounted(2);
    await control.inject({ function: 'reader-projection', service: 'dynamodb', operation: '*', fault: 'throttle' });
    await open(3);
    await eventually('the message returned to its queue', async () => {
      const calls = await control.calls();
      return calls.some((call) => call.function === 'reader-projection' && call.operation === 'SendMessage');
    });
    await control.heal();
    await untilCounted(3);
    const unused = ((await control.unusedGrants()) as { function: string; action: string }[]).filter(
      (one) => one.function.startsWith('reader-') && !NEEDED_BY_LAMBDA.includes(one.action),
    );
    assert.deepEqual(
      unused.map((one) => `${one.function} ${one.action}`),
      ['reader-api', 'reader-projection'].map((name) => `${name} ${ONLY_FOR_REJECTIONS}`),
    );
  });
});
