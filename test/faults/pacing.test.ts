import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { customerOf } from '#test/support/api.ts';
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
    await queuesEmpty();
  });

  it('receives e-mails with many recipients, which wait for longer than an invocation, and none becomes a dead letter', async () => {
    const { acme, globex, inbox, control } = here;
    const operator = customerOf(here.cloud.outputs, here.cloud.outputs.tokens.operator);
    // Each of two environments may begin with ten recipients at once.
    await control.sink({ ratePerSecond: 28 });
    const before = (await inbox.emails()).length;
    await control.pause('send-email');
    const many = Array.from({ length: 60 }, () => manyRecipients());
    for (const to of many) await direct(acme, to);
    const few = [`${randomUUID()}@example.com`];
    await direct(globex, few);
    await control.resume('send-email');
    const arrived = async (): Promise<string[]> => (await inbox.emails()).slice(before).flatMap(({ to }) => to);
    await eventually('the other tenant’s e-mail', async () => (await arrived()).includes(few[0] ?? ''), PATIENCE_MS);
    const early = (await inbox.emails()).length - before;
    assert.ok(early < 30, `${early} e-mails had been sent when the other tenant’s one was`);
    await eventually('all e-mails', async () => (await arrived()).length >= 601, PATIENCE_MS);
    await queuesEmpty();
    assert.deepEqual((await arrived()).toSorted(), [...many.flat(), ...few].toSorted());
    const letters = await operator.call<{ deadLetters: unknown[] }>('GET', '/dead-letters');
    assert.deepEqual(letters.json.deadLetters, []);
    const log = readFileSync(join(here.cloud.outputs.logsFolder, 'send-email.log'), 'utf8');
    assert.ok(log.includes('Message waits for its turn'), 'more e-mails than turns');
    assert.ok(!log.includes('Message not handled; it comes again'), 'waiting has used up receives');
  });

  const queuesEmpty = async (): Promise<void> => {
    for (const { url, dlqUrl } of Object.values(here.cloud.outputs.queues)) {
      for (const queue of [url, dlqUrl])
        await eventually(`${queue} empty`, async () => (await here.depthOf(queue)) === 0, PATIENCE_MS);
    }
  };
});

const manyRecipients = (): string[] => Array.from({ length: 10 }, () => `${randomUUID()}@example.com`);

async function direct(customer: ReturnType<typeof customerOf>, to: readonly string[]): Promise<void> {
  const body = { channel: 'email', to, subject: 'We open again', text: 'On Monday at nine.' };
  const sent = await customer.call('POST', '/notifications', { key: randomUUID(), body });
  assert.equal(sent.status, 202, sent.text);
}
