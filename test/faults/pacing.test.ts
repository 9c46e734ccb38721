import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { notExactlyOnce, openLocal, placeMany } from '#test/support/local.ts';

describe('a provider that takes 14 a second', { timeout: 300_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
    await here.control.sink({ ratePerSecond: 14 });
  });
  after(() => here.stop());

  it('gets 500 orders sent, none dead, and another tenant’s 10 are not held up behind them', async () => {
    const { acme, globex, inbox } = here;
    const many = await placeMany(acme, 500, { concurrency: 16 });
    const few = await placeMany(globex, 10);
    for (const { orderId } of few) await globex.settled(orderId, 'SENT', 60_000);
    const sentMeanwhile = new Set((await inbox.emails()).flatMap(({ to }) => to));
    const waiting = many.filter(({ order }) => !sentMeanwhile.has(order.contact.email)).length;
    assert.ok(waiting > 100, `${waiting} of the many were still waiting when the few had been sent`);

    await eventually('all e-mails', async () => (await inbox.emails()).length >= 510, 200_000);
    for (const { orderId } of many) await acme.settled(orderId, 'SENT', 60_000);
    assert.deepEqual(await notExactlyOnce(inbox, [...many, ...few]), []);
    for (const { url, dlqUrl } of Object.values(here.cloud.outputs.queues)) {
      for (const queue of [url, dlqUrl])
        await eventually(`${queue} empty`, async () => (await here.depthOf(queue)) === 0);
    }
  });
});
