import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ATTACHMENT_LIMIT } from '#shared/attachment/attachment.ts';
import { handleRelease } from '#shared/attachment/release.ts';
import { AttachmentsRefused } from '#shared/attachment/use.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { ATTACHMENT_RELEASED, NOTIFICATION_MESSAGE } from '#shared/names.ts';
import type { DirectContent, DirectEmail } from '#shared/notification/content.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { envelopeText } from '#test/support/envelope.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import {
  attachmentId,
  attachmentWorld,
  declare,
  fileOf,
  sendWith,
  USABLE_MS,
} from '#test/support/world/attachments.ts';

const bytes = Buffer.from('the bytes of an invoice');
const RELEASED = [ATTACHMENT_RELEASED];

/** What the notification's own executor publishes when it is done. */
const done = (
  notificationId: string,
  attachments: readonly string[],
  type: string = NOTIFICATION_MESSAGE.sent,
): string =>
  envelopeText({ id: `${type} of ${notificationId}`, type, data: { notificationId, channel: 'email', attachments } });

const faultsOf = async (sending: Promise<unknown>): Promise<[path: string, code: string][]> => {
  const error = await sending.then(
    () => assert.fail('It was accepted.'),
    (thrown) => thrown,
  );
  assert.ok(error instanceof AttachmentsRefused, String(error));
  return error.faults.map(({ path, code }) => [path, code]);
};

describe('attachments of a message', () => {
  it('are what was uploaded, and have the message among their users, in its own transaction', async () => {
    const { ports, upload, attachment, store } = attachmentWorld();
    const id = await upload('one', bytes);
    const { kind, notificationId } = await sendWith(ports, { id: 'm1', attachmentIds: [id] });
    assert.equal(kind, 'committed');
    const { status, users } = (await attachment(id)) as { status: string; users?: string[] };
    assert.deepEqual({ status, users }, { status: 'IN_USE', users: [notificationId] });
    const found = await store.readWithContent(
      notificationKeyOf({ tenant: 'acme', type: 'order', id: 'm1' }, notificationId),
    );
    const content = found?.content as DirectContent;
    assert.deepEqual((content.message as DirectEmail).attachments, [{ attachmentId: id, ...fileOf(bytes) }]);
  });

  it('are refused each for its own reason, all at once, and nothing is written', async () => {
    const { ports, upload, objects, store, clock, attachment } = attachmentWorld();
    const fine = await upload('fine', bytes);
    const foreign = await upload('foreign', bytes, 'globex');
    const missing = attachmentId('missing');
    await declare(ports, { tenant: 'acme', id: missing, file: fileOf(bytes) });
    const changed = await upload('changed', bytes);
    objects.put({ tenant: 'acme', attachmentId: changed }, Buffer.from('the bytes of an invoicE'));
    const shorter = await upload('shorter', bytes);
    objects.put({ tenant: 'acme', attachmentId: shorter }, bytes.subarray(1));
    const gone = await upload('gone', bytes);
    const { notificationId } = await sendWith(ports, { id: 'earlier', attachmentIds: [gone] });
    await handleRelease(done(notificationId, [gone]), ports);
    const before = store.outbox.size;
    const attachmentIds = [fine, foreign, missing, changed, shorter, gone, attachmentId('never'), fine];
    assert.deepEqual(await faultsOf(sendWith(ports, { id: 'm1', attachmentIds })), [
      ['/attachments/7', 'ATTACHMENT_REPEATED'],
      ['/attachments/1', 'ATTACHMENT_NOT_FOUND'],
      ['/attachments/2', 'ATTACHMENT_NOT_UPLOADED'],
      ['/attachments/3', 'ATTACHMENT_CHANGED'],
      ['/attachments/4', 'ATTACHMENT_CHANGED'],
      ['/attachments/5', 'ATTACHMENT_GONE'],
      ['/attachments/6', 'ATTACHMENT_NOT_FOUND'],
    ]);
    clock.advance(USABLE_MS);
    assert.deepEqual(await faultsOf(sendWith(ports, { id: 'm1', attachmentIds: [fine] })), [
      ['/attachments/0', 'ATTACHMENT_GONE'],
    ]);
    assert.equal(store.outbox.size, before);
    assert.equal((await attachment(fine)).status, 'EXPECTED');
  });

  it('have 28 MB together at most', async () => {
    const { ports, store } = attachmentWorld();
    const attachmentIds = ['first', 'second'].map(attachmentId);
    for (const id of attachmentIds) {
      const file = { ...fileOf(bytes), size: ATTACHMENT_LIMIT.bytes / 2 + 1 };
      await declare(ports, { tenant: 'acme', id, file });
    }
    const inspect = async () => ({ size: ATTACHMENT_LIMIT.bytes / 2 + 1, sha256: fileOf(bytes).sha256 });
    const stored = { ...ports, objects: { inspect } };
    assert.deepEqual(await faultsOf(sendWith(stored, { id: 'm1', attachmentIds })), [
      ['/attachments', 'ATTACHMENTS_TOO_LARGE'],
    ]);
    assert.equal((await sendWith(stored, { id: 'm2', attachmentIds: attachmentIds.slice(1) })).kind, 'committed');
    assert.equal(store.outbox.size, 3);
  });

  it('of a repeated command are not inspected again: it gets the first answer', async () => {
    const { ports, upload, deliver } = attachmentWorld();
    const id = await upload('one', bytes);
    const first = await sendWith(ports, { id: 'm1', attachmentIds: [id] });
    assert.equal((await sendWith(ports, { id: 'm1', attachmentIds: [id] })).kind, 'duplicate');
    await handleRelease(done(first.notificationId, [id]), ports);
    await deliver(RELEASED);
    const again = await sendWith(ports, { id: 'm1', attachmentIds: [id] });
    assert.deepEqual([again.kind, again.outcome], ['duplicate', first.outcome]);
  });

  it('that cannot be inspected at the moment lose nothing: the same command can be repeated', async () => {
    const { ports, upload } = attachmentWorld();
    const id = await upload('one', bytes);
    let failures = 2;
    const objects = {
      inspect: (address: { tenant: string; attachmentId: string }) => {
        failures -= 1;
        if (failures >= 0) throw new StoreUnavailable('S3 does not answer.');
        return ports.objects.inspect(address);
      },
    };
    assert.equal((await sendWith({ ...ports, objects }, { id: 'm1', attachmentIds: [id] })).kind, 'committed');
    assert.equal(failures, -1);
  });
});

describe('attachments of a message that is done', () => {
  it('are deleted after the last message that shares them, once', async () => {
    const { ports, upload, objects, attachment, deliver } = attachmentWorld();
    const id = await upload('shared', bytes);
    const address = { tenant: 'acme', attachmentId: id };
    const [one, two] = await Promise.all(
      ['m1', 'm2'].map((message) => sendWith(ports, { id: message, attachmentIds: [id] })),
    );
    await handleRelease(done(one?.notificationId ?? '', [id]), ports);
    await handleRelease(done(one?.notificationId ?? '', [id]), ports);
    await deliver(RELEASED);
    assert.equal(objects.has(address), true);
    await handleRelease(done(two?.notificationId ?? '', [id], NOTIFICATION_MESSAGE.cancelled), ports);
    assert.equal((await attachment(id)).status, 'DELETING');
    await deliver(RELEASED);
    assert.equal(objects.has(address), false);
    assert.equal((await attachment(id)).status, 'DELETED');
  });

  it('stay where a person may still have it sent again', async () => {
    const { ports, upload, objects, attachment } = attachmentWorld();
    const id = await upload('failed', bytes);
    const { notificationId } = await sendWith(ports, { id: 'm1', attachmentIds: [id] });
    for (const type of [NOTIFICATION_MESSAGE.failed, NOTIFICATION_MESSAGE.held]) {
      await assert.rejects(handleRelease(done(notificationId, [id], type), ports), PoisonMessage);
    }
    assert.equal((await attachment(id)).status, 'IN_USE');
    assert.equal(objects.has({ tenant: 'acme', attachmentId: id }), true);
  });

  it('are deleted object first: a failure in between deletes once more', async () => {
    const { ports, upload, objects, attachment, deliver } = attachmentWorld();
    const id = await upload('one', bytes);
    const { notificationId } = await sendWith(ports, { id: 'm1', attachmentIds: [id] });
    await handleRelease(done(notificationId, [id]), ports);
    const remove = objects.remove.bind(objects);
    objects.remove = async () => Promise.reject(new StoreUnavailable('S3 does not answer.'));
    await assert.rejects(deliver(RELEASED), StoreUnavailable);
    assert.equal((await attachment(id)).status, 'DELETING');
    objects.remove = remove;
    await deliver(RELEASED);
    await deliver(RELEASED);
    assert.equal((await attachment(id)).status, 'DELETED');
  });

  it('mind no message about what was never there, and none that is none', async () => {
    const { ports, store } = attachmentWorld();
    const poison = (text: string, reason: string) =>
      assert.rejects(handleRelease(text, ports), (error) => error instanceof PoisonMessage && error.reason === reason);
    await poison(done('ada@example.com', []), 'MALFORMED');
    await poison(done('order_o1_1-1', ['../..']), 'MALFORMED');
    await poison(done('order_o1_1-1', [], 'counterfoil.order.placed.v1'), 'UNKNOWN_TYPE');
    const released = JSON.parse(done('order_o1_1-1', [], ATTACHMENT_RELEASED));
    await handleRelease(done('order_o1_1-1', [attachmentId('never')]), ports);
    assert.equal(store.outbox.size, 0);
    const old = { ...released, time: '2025-12-31T22:00:00.000Z' };
    await poison(JSON.stringify({ ...old, data: { attachmentId: attachmentId('never') } }), 'NO_SUCH_ATTACHMENT');
    await poison(JSON.stringify({ ...released, data: { attachmentId: '../..' } }), 'MALFORMED');
  });

  it('are either deleted or sent if a third message names them at the same time', async () => {
    const outcomes = new Set<string>();
    const race = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const world = attachmentWorld();
      const { ports, upload, objects, attachment, deliver } = world;
      const id = await upload('shared', bytes);
      const users: string[] = [];
      for (const message of ['m1', 'm2']) {
        users.push((await sendWith(ports, { id: message, attachmentIds: [id] })).notificationId);
      }
      // From here on, every call of a store or of the bucket waits for its turn, in an order that is drawn.
      const taking = <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
        scheduler.scheduleFunction(call) as (...args: Args) => Promise<Result>;
      const { store } = world;
      const drawn = {
        ...ports,
        store: { load: taking(store.load), commit: taking(store.commit) },
        states: { read: taking(ports.attachments.read) },
        objects: { ...objects, inspect: taking(objects.inspect), remove: taking(objects.remove) },
      };
      const third = sendWith(drawn, { id: 'm3', attachmentIds: [id] }).then(
        ({ notificationId }) => notificationId,
        (error) => (error instanceof AttachmentsRefused ? error : Promise.reject(error)),
      );
      const releasing = users.map(async (user) => {
        await handleRelease(done(user, [id]), drawn);
        const released = world.messages().find((text) => JSON.parse(text).type === ATTACHMENT_RELEASED);
        if (released) await handleRelease(released, drawn);
      });
      await scheduler.waitFor(Promise.all([third, ...releasing]));
      const result = await third;
      const stored = await attachment(id);
      if (typeof result === 'string') {
        assert.deepEqual([stored.status, (stored as { users?: unknown }).users], ['IN_USE', [result]]);
        assert.deepEqual(await objects.read({ tenant: 'acme', attachmentId: id }), bytes);
      } else {
        assert.deepEqual(
          result.faults.map(({ code }) => code),
          ['ATTACHMENT_GONE'],
        );
        await deliver(RELEASED);
        assert.equal((await attachment(id)).status, 'DELETED');
        assert.equal(await store.read({ tenant: 'acme', type: 'order', id: 'm3' }), undefined);
      }
      outcomes.add(typeof result === 'string' ? 'sent' : 'refused');
    });
    await checkProperty('a third message names an attachment that goes', race, 300);
    assert.deepEqual([...outcomes].sort(), ['refused', 'sent']);
  });
});
