import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { sesProvider } from '#shared/adapters/aws/providers/ses/provider.ts';
import { ATTACHMENT_DUE } from '#shared/attachment/attachment.ts';
import { handleRelease } from '#shared/attachment/release.ts';
import { attachmentLoader } from '#shared/delivery/attachment-loading.ts';
import type { CircuitBreaker } from '#shared/delivery/circuit-breaker.ts';
import { ATTACHMENT_RELEASED, RELEASING_MESSAGES } from '#shared/names.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { attachmentWorld, sendWith, USABLE_MS } from '#test/support/world/attachments.ts';
import type { SendOptions } from '#test/support/world/world.ts';

const bytes = Buffer.from('the bytes of an invoice');

/** A message with one attachment, and its sender. */
async function world() {
  const there = attachmentWorld();
  const id = await there.upload('one', bytes);
  const address = { tenant: 'acme', attachmentId: id };
  const { notificationId } = await sendWith(there.ports, { id: 'm1', attachmentIds: [id] });
  return {
    ...there,
    id,
    address,
    provider: there.providers.email,
    send: (options?: SendOptions) => there.send(notificationId, options),
    current: () => there.notification(notificationId),
  };
}

describe('a message with attachments', () => {
  it('takes their bytes along, and gives them up once it is sent', async () => {
    const { send, provider, current, deliver, objects, address, id, messages } = await world();
    assert.equal(await send(), 'accepted');
    const [sent] = provider.accepted;
    assert.deepEqual(
      sent?.attachments?.map(({ name, contentType, bytes: given }) => [name, contentType, Buffer.from(given)]),
      [['invoice.pdf', 'application/pdf', bytes]],
    );
    assert.equal((await current()).status, 'SENT');
    const announced = messages().map((text) => JSON.parse(text));
    const about = announced.filter(({ type }) => RELEASING_MESSAGES.includes(type)).map(({ data }) => data.attachments);
    assert.deepEqual(about, [[id]]);
    await deliver([...RELEASING_MESSAGES, ATTACHMENT_RELEASED]);
    assert.equal(objects.has(address), false);
  });

  it('fails permanently if they are gone or differ, and is never sent without them', async () => {
    const missing = await world();
    await missing.objects.remove(missing.address);
    assert.equal(await missing.send(), 'ATTACHMENT_MISSING');
    const changed = await world();
    changed.objects.put(changed.address, Buffer.from('the bytes of an invoicE'));
    assert.equal(await changed.send(), 'ATTACHMENT_CHANGED');
    const reasons = [await missing.current(), await changed.current()].map((notification) => [
      notification.status,
      notification.status === 'FAILED' && notification.reason,
    ]);
    assert.deepEqual(reasons, [
      ['FAILED', 'ATTACHMENT_MISSING'],
      ['FAILED', 'ATTACHMENT_CHANGED'],
    ]);
    assert.deepEqual([missing.provider.accepted, changed.provider.accepted], [[], []]);
  });

  it('records nothing in the circuit if the provider was not called', async () => {
    const recorded: string[] = [];
    const circuit: CircuitBreaker = {
      enter: async () => ({ kind: 'probe' }),
      record: async (_permit, _id, { kind }) => void recorded.push(kind),
    };
    const missing = await world();
    await missing.objects.remove(missing.address);
    assert.equal(await missing.send({ circuit }), 'ATTACHMENT_MISSING');
    assert.deepEqual(recorded, [], 'the probe did not take place');
    const present = await world();
    assert.equal(await present.send({ circuit }), 'accepted');
    assert.deepEqual(recorded, ['accepted']);
  });

  it('waits, without an attempt used up, where they cannot be read just now', async () => {
    const { send, provider, current, clock } = await world();
    const broken = attachmentLoader({ read: async () => Promise.reject(new StoreUnavailable('S3 does not answer.')) });
    assert.equal(await send({ attachments: broken }), 'deferred');
    const waiting = await current();
    assert.deepEqual([waiting.status, waiting.attempts, waiting.deferrals], ['PENDING', [], 1]);
    clock.advance(60_000);
    assert.equal(await send(), 'accepted');
    assert.equal(provider.accepted.length, 1);
  });

  it('has its bytes in memory while no other has', async () => {
    let [now, most] = [0, 0];
    const loader = attachmentLoader({ read: async () => bytes });
    const file = { attachmentId: 'a', name: 'a', contentType: 'a/b', size: bytes.length, sha256: 'no such' };
    const work = async (): Promise<void> => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
    };
    const failing = loader.with('acme', [file], async () => Promise.reject(new Error('of the work')));
    await assert.rejects(failing, /of the work/);
    await Promise.all(Array.from({ length: 5 }, () => loader.with('acme', [file], work)));
    assert.equal(most, 1);
  });

  it('is handed to SES with name, type and bytes', async (t) => {
    t.after(() => mock.restoreAll());
    const call = mock.method(SESv2Client.prototype, 'send', async () => ({ MessageId: 'ses-1' }));
    const provider = sesProvider({ sender: 'orders@shop.example', configurationSet: 'mail', timeoutMs: 1000 });
    const file = { attachmentId: 'a', name: 'ä.pdf', contentType: 'application/pdf', size: bytes.length, sha256: '' };
    await provider.send({
      tenant: 'acme',
      notificationId: 'order_o1_1-1',
      attemptNonce: 'nonce-1',
      recipients: ['ada@example.com'],
      rendered: { channel: 'email', subject: 'Subject', text: 'Text' },
      attachments: [{ ...file, bytes }],
    });
    const [command] = call.mock.calls[0]?.arguments ?? [];
    const input = command?.input as { Content: { Simple: { Attachments: unknown } } } | undefined;
    assert.deepEqual(input?.Content.Simple.Attachments, [
      {
        FileName: 'ä.pdf',
        ContentType: 'application/pdf',
        ContentDisposition: 'ATTACHMENT',
        ContentTransferEncoding: 'BASE64',
        RawContent: bytes,
      },
    ]);
  });
});

describe('wake-due', () => {
  it('releases an attachment that no message used in time, and announces it again until it is deleted', async () => {
    const { ports, clock, upload, objects, attachment, deliver, wakeDue, messages } = attachmentWorld();
    const id = await upload('unused', bytes);
    assert.equal(await wakeDue(), 0);
    clock.advance(USABLE_MS);
    assert.equal(await wakeDue(), 1);
    assert.equal(await wakeDue(), 0);
    assert.equal((await attachment(id)).status, 'DELETING');
    clock.advance(600_000);
    assert.equal(await wakeDue(), 1);
    const announced = messages();
    assert.equal(announced.length, 2);
    await deliver([ATTACHMENT_RELEASED]);
    assert.equal(objects.has({ tenant: 'acme', attachmentId: id }), false);
    assert.equal((await attachment(id)).status, 'DELETED');
    clock.advance(USABLE_MS);
    assert.equal(await wakeDue(), 0);
    for (const text of announced) await handleRelease(text, ports);
    assert.equal((await attachment(id)).status, 'DELETED');
  });

  it('puts off an attachment that it cannot wake', async () => {
    const { ports, store, clock, upload, log, wakeDue } = attachmentWorld();
    await upload('unused', bytes);
    clock.advance(USABLE_MS);
    const attachments = { ...ports.attachments, read: async () => Promise.reject(new Error('read')) };
    const due = () => store.due(ATTACHMENT_DUE, clock.now(), 10);
    await wakeDue({ attachments });
    assert.deepEqual(await due(), []);
    clock.advance(60_000);
    assert.equal((await due()).length, 1);
    assert.deepEqual(
      log.lines.filter(({ level }) => level === 'error').map(({ message }) => message),
      ['Attachment not woken'],
    );
  });
});
