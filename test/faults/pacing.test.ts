import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { emailSent, openLocal, placeMany } from '#test/support/local.ts';

/** A busy machine needs far longer than the rate allows. */
const PATIENCE_MS = 180_000;

describe('a provider with a rate of 14 per second', { timeout: 600_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
    await here.control.sink({ ratePerSecond: 14 });
  });
  after(() => here.stop());

  it('receives 250 orders without dead letters, and another tenant’s 10 orders do not wait for them', async () => {
    const { acme, globex, inbox, control } = here;
    // All orders are placed before the first one is sent, even on a slow machine.
    await control.pause('send-email');
    const many = await placeMany(acme, 250, { concurrency: 16 });
    const few = await placeMany(globex, 10);
    await control.resume('send-email');
    for (const { orderId } of few) await emailSent(globex, orderId, PATIENCE_MS);
    const sentInTheMeantime = new Set((await inbox.emails()).flatMap(({ to }) => to));
    const waiting = many.filter(({ order }) => !sentInTheMeantime.has(order.contact.email)).length;
    assert.ok(waiting > 100, `${waiting} of the many were still waiting when the few had been sent`);

    await eventually('all e-mails', async () => (await inbox.emails()).length >= 260, PATIENCE_MS);
    for (const { orderId } of many) await emailSent(acme, orderId, PATIENCE_MS);
    const arrived = (await inbox.emails()).flatMap(({ to }) => to);
    assert.deepEqual(arrived.toSorted(), [...many, ...few].map(({ order }) => order.contact.email).toSorted());
    for (const { url, dlqUrl } of Object.values(here.cloud.outputs.queues)) {
      for (const queue of [url, dlqUrl])
        await eventually(`${queue} empty`, async () => (await here.depthOf(queue)) === 0);
    }
  });
});
