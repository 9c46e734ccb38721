import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FUNCTION } from '#shared/names.ts';
import { documented, sqsBatch } from '#test/support/aws-events.ts';
import { eventually } from '#test/support/eventually.ts';
import { startHandlers } from '#test/support/handlers.ts';

let here: Awaited<ReturnType<typeof startHandlers>>;
before(async () => {
  here = await startHandlers();
});
after(() => here.stop());

/** An event of SES about a notification that is not in the table. */
function aboutNothing(acceptedAt: number): string {
  const event = documented.ses('send');
  const tags = { tenant: ['acme'], notification: ['order_none_1-1'], attempt: ['attempt-1'] };
  return JSON.stringify({ ...event, mail: { ...event.mail, timestamp: new Date(acceptedAt).toISOString(), tags } });
}

describe('a provider’s event about what is not there', () => {
  it('comes again while it is young, and is a dead letter once its e-mail was accepted an hour ago', async () => {
    const young = aboutNothing(Date.now());
    await here.deliver(FUNCTION.recordEmailFeedback, sqsBatch(young));
    await eventually('the event in its queue again', async () =>
      (await here.returned()).some(({ Body }) => Body === young),
    );
    assert.deepEqual(await here.deadLetters(), []);
    const old = await here.deliver(FUNCTION.recordEmailFeedback, sqsBatch(aboutNothing(Date.now() - 3_600_000)));
    assert.deepEqual(old, { batchItemFailures: [] });
    assert.deepEqual(
      (await here.deadLetters()).map(({ reason }) => reason),
      ['NO_SUCH_NOTIFICATION'],
    );
  });
});
