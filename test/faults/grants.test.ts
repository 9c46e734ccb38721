import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { customerOf } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { openLocal, placeMany } from '#test/support/local.ts';

/** What a Lambda mapping asks for when AWS sets it up, or for batches that we never need: granted by CDK, not by us. */
const ASKED_FOR_BY_LAMBDA = [
  'dynamodb:ListStreams',
  'sqs:ChangeMessageVisibility',
  'sqs:GetQueueAttributes',
  'sqs:GetQueueUrl',
];

/** Functions of which the local cloud takes a part only: it signs in people, whose tenant needs no look into the table. */
const ASKED_FOR_PEOPLE_ONLY = ['add-tenant-claim'];

describe('what is granted is used', { timeout: 300_000 }, () => {
  let here: Awaited<ReturnType<typeof openLocal>>;
  before(async () => {
    here = await openLocal();
  });
  after(() => here.stop());

  it('by a stage that has seen every kind of trouble', async () => {
    const { acme, control } = here;
    const conflict = (name: string) => ({
      function: name,
      service: 'dynamodb',
      operation: 'TransactWriteItems',
      fault: 'transaction-conflict',
      times: 1,
    });
    const onSes = (fault: string, times: number) => ({
      function: 'send-email',
      service: 'sesv2',
      operation: 'SendEmail',
      fault,
      times,
    });

    // A command on a state, one of them refused for good: what is too much for a number stays refused.
    const [placed = assert.fail()] = await placeMany(acme, 1);
    const items = `/orders/${placed.orderId}/items`;
    const item = { sku: 'GEM-1', description: 'Gem', quantity: 1_000_000, unitPrice: Number.MAX_SAFE_INTEGER };
    assert.equal((await acme.call('POST', items, { key: 'too-much', body: item })).status, 409);
    assert.equal(
      (await acme.call('POST', items, { key: 'fine', body: { ...item, quantity: 1, unitPrice: 1 } })).status,
      200,
    );
    await acme.settled(placed.orderId);

    // Conflicts everywhere, an answer lost, a sender killed, and a relay that is down.
    await control.inject(
      ...['send-email', 'send-sms', 'record-feedback', 'wake-due'].map(conflict),
      onSes('kill-before', 1),
      onSes('lose-response', 1),
    );
    await control.pause('relay-outbox');
    const more = await placeMany(acme, 3);
    for (const { orderId } of more) await acme.settled(orderId);
    await control.resume('relay-outbox');
    // Accounts that may not send for a while: whoever met that looks at the circuit.
    await control.sink({ refusing: { email: 'paused', sms: 'paused' } });
    const [refused = assert.fail()] = await placeMany(acme, 1);
    await eventually('both channels refused', async () => {
      const shown = await acme.notificationsOf(refused.orderId);
      return shown.every(({ deferredBecause }) => deferredBecause !== undefined);
    });
    await control.sink({});
    await acme.settled(refused.orderId, 'SENT');
    await placeMany(acme, 1);
    await customerOf(here.cloud.outputs, here.cloud.outputs.tokens.operator).call('GET', '/dead-letters');
    // A page of the log with a cursor to the next one.
    assert.equal(typeof (await acme.call('GET', '/notifications?limit=1')).json.nextCursor, 'string');
    // A file that is declared, uploaded, looked at, sent and deleted. Each message has its own: the first one's file may
    // be deleted before the next one is accepted.
    const bytes = Buffer.from('the bytes of an invoice');
    const file = { name: 'invoice.pdf', contentType: 'application/pdf', size: bytes.length };
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const sendFile = async (key: string): Promise<void> => {
      const declared = await acme.call('POST', '/attachments', { key: `file ${key}`, body: { ...file, sha256 } });
      const { url, method, headers } = declared.json.upload as {
        url: string;
        method: string;
        headers: Record<string, string>;
      };
      assert.equal((await fetch(url, { method, headers, body: bytes })).status, 200);
      const attachments = [declared.json.attachmentId];
      const message = { channel: 'email', to: ['ada@example.com'], subject: 'Invoice', text: 'Attached.', attachments };
      const answer = await acme.call('POST', '/notifications', { key: `message ${key}`, body: message });
      assert.equal(answer.status, 202, JSON.stringify(answer.json));
    };
    await sendFile('alone');
    // A table that is away: for those who hear of a message after it was sent, then for its senders.
    const away = (name: string) => ({ function: name, service: 'dynamodb', operation: '*', fault: 'throttle' });
    const returning = async (...names: string[]): Promise<void> => {
      await control.inject(...names.map(away));
      await sendFile(names.join(' '));
      await placeMany(acme, 1);
      await eventually('messages returned to their queues', async () => {
        const calls = (await control.calls()).filter(({ operation }) => operation === 'SendMessage');
        return names.every((name) => calls.some((call) => call.function === name));
      });
      await control.heal();
    };
    await returning('record-feedback', 'release-attachments', 'project-statistics');
    await returning('send-email', 'send-sms');
    // Somebody whose data has to go.
    const somebody = new URLSearchParams({ channel: 'email', address: placed.order.contact.email });
    assert.equal((await acme.call('DELETE', `/personal-data?${somebody}`)).status, 202);

    const unused = await eventually('every grant used', async () => {
      const left = (await control.unusedGrants()) as { function: string; action: string }[];
      const ours = left.filter(
        (one) => !ASKED_FOR_BY_LAMBDA.includes(one.action) && !ASKED_FOR_PEOPLE_ONLY.includes(one.function),
      );
      return ours.length === 0 || Promise.reject(new Error(JSON.stringify(ours)));
    });
    assert.ok(unused);
  });
});
