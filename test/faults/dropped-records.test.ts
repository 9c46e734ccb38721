import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { customerOf } from '#test/support/api.ts';
import { emailSent, openLocal, type PlacedOrder, placeMany } from '#test/support/local.ts';

const ORDERS = 40;
const SLOW_LANE = 'wake-due';
const FAST_LANE = 'relay-outbox';
/** All lanes begin at the same moment, so a busy machine cuts invocations off, and their messages come again. */
const PATIENCE_MS = 300_000;

/**
 * DynamoDB drops the records of a stream after 24 hours. `wake-due` is paused too until the records are gone. Otherwise
 * it would publish the rows before, and this would prove nothing about the records.
 */
describe('a relay that is off for longer than the stream keeps its records', { timeout: 480_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  const settled = async (orders: PlacedOrder[]): Promise<void> => {
    for (const { orderId } of orders) await emailSent(here.acme, orderId, PATIENCE_MS);
  };
  /** Functions that published messages since the calls were counted. */
  const publishers = async (): Promise<string[]> => {
    const calls = await here.control.calls();
    return calls.filter(({ operation }) => operation === 'PublishBatch').map((call) => call.function);
  };

  it('loses nothing: wake-due publishes what the stream no longer has, and everything arrives once', async () => {
    const { acme, control, inbox, cloud } = here;
    await control.stop(FAST_LANE);
    await control.stop(SLOW_LANE);
    const early = await placeMany(acme, ORDERS);
    assert.ok((await control.dropStreamRecords()) >= ORDERS);
    assert.equal(await control.dropStreamRecords(), 0);

    await control.resume(FAST_LANE);
    const late = await placeMany(acme, 3);
    await settled(late);
    // The stream is read in order, so the relay has passed the place where the records of the first orders were.
    assert.deepEqual([(await inbox.emails()).length, await publishers()], [late.length, [FAST_LANE]]);
    for (const { orderId } of early)
      assert.ok((await acme.notificationsOf(orderId)).every(({ status }) => status === 'PENDING'));

    await control.resume(SLOW_LANE);
    await settled(early);
    assert.ok((await publishers()).includes(SLOW_LANE));
    const [emails, texts] = [await inbox.emails(), await inbox.sms()];
    for (const { orderId, order } of [...early, ...late]) {
      assert.equal(emails.filter(({ to }) => to.includes(order.contact.email)).length, 1, orderId);
      assert.ok(texts.filter(({ to }) => to === order.contact.phone).length <= 1, orderId);
    }
    const operator = customerOf(cloud.outputs, cloud.outputs.tokens.operator);
    assert.deepEqual((await operator.call('GET', '/dead-letters')).json.deadLetters, []);
  });
});
