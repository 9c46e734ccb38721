import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { openStage, type StageUnderTest } from '#test/support/stage.ts';

const { OUTPUTS } = process.env;

describe('a stage that sends through SendGrid', { skip: OUTPUTS !== undefined }, () => {
  let stage: StageUnderTest;
  const { STAGE } = process.env;
  before(async () => {
    process.env.STAGE = 'local-sendgrid';
    stage = await openStage();
  });
  after(async () => {
    process.env.STAGE = STAGE ?? '';
    await stage.stop();
  });

  const post = (headers: Record<string, string>, body = '[]') =>
    fetch(`${stage.outputs.apiUrl}/email-events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });

  it('sends the e-mail of an order, and learns its delivery from a signed event', async () => {
    const { acme, anOrder } = stage;
    const order = anOrder();
    const orderId = (await acme.place(order)).json.orderId as string;
    await stage.sentOnce([orderId, order]);
    const outcome = await eventually('the delivery', async () => {
      const { json } = await acme.call<{ recipients: { outcome?: string }[] }>(
        'GET',
        `/notifications/order_${orderId}_1-1`,
      );
      return json.recipients[0]?.outcome === 'DELIVERED';
    });
    assert.ok(outcome);
  });

  it('refuses events that SendGrid has not signed', async () => {
    const now = String(Math.floor(Date.now() / 1000));
    const refused: Record<string, string>[] = [
      {},
      { 'x-twilio-email-event-webhook-timestamp': now },
      { 'x-twilio-email-event-webhook-timestamp': now, 'x-twilio-email-event-webhook-signature': 'AAAA' },
    ];
    for (const headers of refused) {
      const { status } = await post(headers);
      assert.equal(status, 401, JSON.stringify(headers));
    }
    assert.equal((await post({}, 'x'.repeat(3 * 1024 * 1024))).status, 413);
  });
});
