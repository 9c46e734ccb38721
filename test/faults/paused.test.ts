import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { notExactlyOnce, openLocal, placeMany } from '#test/support/local.ts';

const ORDERS = 40;

describe('an account that temporarily may not send e-mail', { timeout: 240_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  const emailOf = async (orderId: string) => {
    const shown = await here.acme.notificationsOf(orderId);
    return shown.find(({ channel }) => channel === 'email') ?? assert.fail(`${orderId} has no e-mail`);
  };
  const sendEmailCalls = async (): Promise<number> => {
    const calls = await here.control.calls();
    return calls
      .filter((call) => call.service === 'sesv2' && call.function === 'send-email')
      .reduce((sum, { count }) => sum + count, 0);
  };

  it('loses no message: calls stop, messages wait with a reason, and later each arrives once', async () => {
    const { acme, control, inbox } = here;
    await control.sink({ refusing: { email: 'paused' } });
    const placed = await placeMany(acme, ORDERS);

    await eventually(
      'every e-mail waits with a reason',
      async () => {
        const emails = await Promise.all(placed.map(({ orderId }) => emailOf(orderId)));
        return emails.every(({ deferredBecause }) => deferredBecause !== undefined);
      },
      60_000,
    );
    // The circuit is open now. Without it, forty messages would be refused again every few seconds.
    await control.resetCalls();
    await eventually(
      'the circuit holds messages back',
      async () => {
        const emails = await Promise.all(placed.map(({ orderId }) => emailOf(orderId)));
        return emails.filter(({ deferredBecause }) => deferredBecause === 'CIRCUIT_OPEN').length >= ORDERS / 2;
      },
      60_000,
    );
    const probes = await sendEmailCalls();
    assert.ok(probes < ORDERS, `${probes} calls while the circuit was open`);
    const emails = await Promise.all(placed.map(({ orderId }) => emailOf(orderId)));
    for (const { status, next } of emails) {
      assert.equal(status, 'PENDING');
      assert.equal(typeof next, 'string');
    }
    assert.equal((await inbox.emails()).length, 0);
    // The other channel is not affected.
    await eventually('every text message', async () => (await inbox.sms()).length === ORDERS, 60_000);

    await control.sink({});
    for (const { orderId } of placed) await acme.settled(orderId, 'SENT', 100_000);
    assert.deepEqual(await notExactlyOnce(inbox, placed), []);
  });
});
