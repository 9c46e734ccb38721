import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { COUNTER, FUNCTION, METRIC_DIMENSION, metricsNamespaceOf, OUTBOX_SERVICE } from '#shared/names.ts';
import { embeddedMetricsIn } from '#test/bench/cost/log-bytes.ts';
import { eventually } from '#test/support/eventually.ts';
import { openLocal, placeMany } from '#test/support/local.ts';

/** The counters that alarms read, as the running functions print them. */
describe('the counters that alarms read', { timeout: 170_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  const figures = (): Set<string> => {
    const folder = join(here.cloud.dataDir, 'logs');
    // The last line of a file may be incomplete.
    const lines = readdirSync(folder).flatMap((file) =>
      readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1),
    );
    return embeddedMetricsIn(lines);
  };
  const printed = (name: string, service: string): boolean =>
    figures().has(`${metricsNamespaceOf('local')} ${name} ${METRIC_DIMENSION}=${service}`);
  const isPrinted = (name: string, service: string) =>
    eventually(`${name} of ${service}`, async () => printed(name, service));
  const onMail = (fault: string, times = 1) => ({ service: 'sesv2', operation: 'SendEmail', fault, times });

  it('count nothing without a fault', async () => {
    const [{ orderId } = assert.fail()] = await placeMany(here.acme, 1);
    await here.acme.settled(orderId);
    // On a busy machine, the relay may need more than the few seconds that the slow lane waits here.
    const { outboxWoken: _, ...others } = COUNTER;
    const rings = [...figures()].filter((metric) => Object.values(others).some((name) => metric.includes(` ${name} `)));
    assert.deepEqual(rings, []);
  });

  it('count a provider that defers a call, with the sender as dimension', async () => {
    await here.control.inject({ function: FUNCTION.sendEmail, ...onMail('throttle') });
    await placeMany(here.acme, 1);
    await isPrinted(COUNTER.providerDeferred, FUNCTION.sendEmail);
    assert.equal(printed(COUNTER.providerDeferred, FUNCTION.sendSms), false);
  });

  it('count a topic that fails, and the rows that the slow lane then publishes', async () => {
    const rule = { service: 'sns', operation: 'PublishBatch', fault: 'error' };
    await here.control.inject({ function: FUNCTION.relayOutbox, ...rule });
    const [{ orderId } = assert.fail()] = await placeMany(here.acme, 1);
    await here.acme.settled(orderId);
    await here.control.heal();
    await isPrinted(COUNTER.publishFailed, OUTBOX_SERVICE);
    await isPrinted(COUNTER.outboxWoken, FUNCTION.wakeDue);
  });

  it('count a notification that was sent twice because its evidence arrived after the margin', async () => {
    const isEmail = ({ channel }: { channel: string }) => channel === 'email';
    const email = async (orderId: string) => (await here.acme.notificationsOf(orderId)).find(isEmail);
    // Every event about an e-mail is evidence, so all events are delayed.
    const late = { delayMs: 45_000 };
    await here.control.sink({ events: { Send: late, Delivery: late } });
    await here.control.inject({ function: FUNCTION.sendEmail, ...onMail('lose-response') });
    const [{ orderId } = assert.fail()] = await placeMany(here.acme, 1);
    await eventually('UNKNOWN', async () => (await email(orderId))?.status === 'UNKNOWN');
    // Events of later e-mails arrive immediately, so the feed seems to be further ahead than it is.
    await here.control.sink({});
    await eventually('doubled', async () => (await email(orderId))?.doubled === true);
    await isPrinted(COUNTER.notificationDoubled, OUTBOX_SERVICE);
  });
});
