import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import * as v from 'valibot';
import { type StatusView, type SubscriberView, statusSchema, subscribersSchema } from '#shared/lane/responses.ts';
import { anOrder, customerOf } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { openLocal } from '#test/support/local.ts';

/** A paused sender would stop the tests that run beside this one. */
const skip =
  process.env.OUTPUTS !== undefined &&
  'Pauses are tested on a separate local cloud only, not on the stage that OUTPUTS names.';

describe('a subscriber that an operator pauses', { skip, timeout: 240_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  let operator: ReturnType<typeof customerOf>;
  const order = anOrder();
  let orderId = '';
  before(async () => {
    here = await openLocal();
    operator = customerOf(here.cloud.outputs, here.cloud.outputs.tokens.operator);
  });
  after(() => here.stop());

  const act = (action: string, name: string, body: Record<string, unknown>, key: string = randomUUID()) =>
    operator.call('POST', `/subscribers/${name}/${action}`, { key, body });
  const subscriber = async (name: string): Promise<SubscriberView | undefined> => {
    const { subscribers } = v.parse(subscribersSchema, (await operator.call('GET', '/subscribers')).json);
    return subscribers.find((one) => one.subscriber === name);
  };
  const status = async (): Promise<StatusView> =>
    v.parse(statusSchema, (await operator.call('GET', '/operations/status')).json);
  const untilState = (name: string, state: string) =>
    eventually(`${name} is ${state}`, async () => (await subscriber(name))?.state === state, 90_000);
  /** A resumed schedule measures at once, and not only in the next minute. */
  const measureNow = async (): Promise<void> => {
    await here.control.pause('watch-lanes');
    await here.control.resume('watch-lanes');
  };
  const received = async () =>
    (await here.inbox.emails()).filter(({ to }) => to.includes(order.contact.email ?? '')).length;

  it('is listed with all others, which run', async () => {
    await untilState('send-email', 'running');
    const { subscribers } = v.parse(subscribersSchema, (await operator.call('GET', '/subscribers')).json);
    assert.deepEqual(
      subscribers.map(({ subscriber: name }) => name).sort(),
      Object.keys(here.cloud.outputs.queues).sort(),
    );
    assert.deepEqual([...new Set(subscribers.map(({ state }) => state))], ['running']);
  });

  it('takes no message while it is paused, and the others go on', async () => {
    const paused = await act('pause', 'send-email', { reason: 'A test.', owner: 'testers' });
    assert.equal(paused.status, 202, paused.text);
    await untilState('send-email', 'paused');
    orderId = String((await here.acme.place(order)).json.orderId);
    await eventually('the text message', async () =>
      (await here.inbox.sms()).some(({ to }) => to === order.contact.phone),
    );
    const shown = await eventually('the status shows what waits', async () => {
      await measureNow();
      const seen = await status();
      const email = seen.subscribers.find((one) => one.subscriber === 'send-email');
      return email?.waiting !== undefined && email.waiting > 0 && { seen, email };
    });
    assert.equal(shown.seen.paused, 1);
    const { state, pause, inFlight, waitingSince } = shown.email;
    assert.deepEqual([state, pause?.reason, pause?.owner, inFlight], ['paused', 'A test.', 'testers', 0]);
    assert.equal(typeof waitingSince, 'string');
    assert.ok(Date.parse(pause?.losesMessagesFrom ?? '') > Date.now() + 13 * 86_400_000);
    assert.equal(await received(), 0);
    const again = await act('pause', 'send-email', { reason: 'Once more.' });
    assert.deepEqual([again.status, again.json.code], [409, 'SUBSCRIBER_PAUSED']);
  });

  it('handles what has waited after it is resumed, once', async () => {
    const resumed = await act('resume', 'send-email', { reason: 'The test is over.' });
    assert.equal(resumed.status, 202, resumed.text);
    await here.acme.settled(orderId, 'SENT', 90_000);
    await untilState('send-email', 'running');
    assert.equal(await received(), 1);
    const { entries } = (await operator.call('GET', '/audit')).json as { entries: { action: string }[] };
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['resume-subscriber', 'pause-subscriber'],
    );
    assert.equal((await act('resume', 'send-email', {})).status, 409);
  });

  it('may only be paused by operators', async () => {
    const body = { reason: 'A test.' };
    const { status: refused } = await here.acme.call('POST', '/subscribers/send-email/pause', { key: 'key', body });
    assert.equal(refused, 403);
    assert.equal((await here.acme.call('GET', '/operations/status')).status, 403);
  });
});
