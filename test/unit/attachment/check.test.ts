import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ATTACHMENT_DUE } from '#shared/attachment/attachment.ts';
import { attachmentKey } from '#shared/attachment/use.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { ATTACHMENT_RELEASED } from '#shared/names.ts';
import { changed, needsAttachments } from '#shared/notification/notification.ts';
import type { NotificationStore } from '#shared/notification/ports.ts';
import { inStatus, STATUSES } from '#test/support/notifications.ts';
import { attachmentWorld, sendWith, USABLE_MS } from '#test/support/world/attachments.ts';

const bytes = Buffer.from('the bytes of an invoice');
const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];

/** One attachment, messages that name it, and `wake-due`. No message about a notification's end ever arrives. */
async function world(messages: number) {
  const one = attachmentWorld();
  const { ports, upload, attachment } = one;
  const id = await upload('shared', bytes);
  const users: string[] = [];
  for (let index = 0; index < messages; index += 1)
    users.push((await sendWith(ports, { id: `m${index}`, attachmentIds: [id] })).notificationId);
  const become = (notificationId: string, status: (typeof STATUSES)[number]): Promise<void> =>
    one.change(notificationId, ({ createdAt }) =>
      changed(inStatus('PENDING', createdAt), { progress: inStatus(status) }),
    );
  let checks = 0;
  const wakeDue = async (notifications: Pick<NotificationStore, 'read'> = one.store): Promise<void> => {
    checks += await one.wakeDue({ notifications });
  };
  const left = async (): Promise<readonly string[]> => {
    const state = await attachment(id);
    return state.status === 'IN_USE' ? state.users : [];
  };
  return { ...one, id, users, become, wakeDue, left, checksSoFar: () => checks };
}

describe('the check of an attachment’s users', () => {
  for (const status of STATUSES) {
    const isNeeded = needsAttachments(inStatus(status));
    it(`${isNeeded ? 'keeps' : 'removes'} one that is ${status}, even if its message is lost`, async () => {
      const { id, users, become, wakeDue, left, clock, attachment, messages } = await world(2);
      const [one = assert.fail(), other = assert.fail()] = users;
      await become(one, status);
      clock.advance(HOUR_MS - 1);
      await wakeDue();
      assert.deepEqual(await left(), [one, other], 'not before its moment');
      clock.advance(1);
      await wakeDue();
      assert.deepEqual(await left(), isNeeded ? [one, other] : [other]);
      await become(other, status);
      clock.advance(2 * HOUR_MS);
      await wakeDue();
      assert.equal((await attachment(id)).status, isNeeded ? 'IN_USE' : 'DELETING');
      const released = messages().filter((text) => JSON.parse(text).type === ATTACHMENT_RELEASED);
      assert.equal(released.length, isNeeded ? 0 : 1);
    });
  }

  it('does not need attachments of sent, cancelled or suppressed notifications, as their messages announce', () => {
    assert.deepEqual(
      STATUSES.filter((status) => !needsAttachments(inStatus(status))),
      ['SENT', 'SUPPRESSED', 'CANCELLED'],
    );
  });

  it('has the bytes deleted after a release that was given up', async () => {
    const { id, users, become, wakeDue, clock, deliver, objects, attachment } = await world(1);
    await become(users[0] ?? '', 'SENT');
    clock.advance(HOUR_MS);
    await wakeDue();
    await deliver([ATTACHMENT_RELEASED]);
    assert.equal((await attachment(id)).status, 'DELETED');
    assert.equal(objects.has({ tenant: 'acme', attachmentId: id }), false);
  });

  it('repeats with longer pauses while the attachment is needed, and writes no record of an unchanged result', async () => {
    const { wakeDue, left, users, clock, checksSoFar, store } = await world(1);
    const records = store.outbox.size;
    for (let hour = 0; hour < 75 * 24; hour += 1) {
      clock.advance(HOUR_MS);
      await wakeDue();
    }
    assert.deepEqual(await left(), users);
    // At 1, 2, 4, … 256 hours, then every week.
    assert.equal(checksSoFar(), 18);
    assert.equal(store.outbox.size, records);
  });

  it('removes a user only if its row has expired, not if the row may be not seen yet', async () => {
    const { id, users, wakeDue, left, clock, store, attachment } = await world(2);
    const [hidden = assert.fail()] = users;
    const notifications: Pick<NotificationStore, 'read'> = {
      read: async (key) => (key.part?.id === hidden ? undefined : store.read(key)),
    };
    const until = async (moment: number): Promise<void> => {
      while (clock.now() < moment) {
        clock.advance(Math.min(HOUR_MS, moment - clock.now()));
        await wakeDue(notifications);
      }
    };
    const { usableUntil } = await attachment(id);
    assert.equal(usableUntil - clock.now(), USABLE_MS);
    // Another message may name it until then, and its transaction may be seen in part for an hour.
    await until(usableUntil + HOUR_MS - 1);
    assert.deepEqual(await left(), users);
    await until(usableUntil + 8 * DAY_MS);
    assert.deepEqual(await left(), users.slice(1));
  });

  it('keeps one whose row a newer release wrote, and removes the others', async () => {
    const { users, become, wakeDue, left, clock, store } = await world(3);
    const [newer = assert.fail(), done = assert.fail()] = users;
    await become(done, 'CANCELLED');
    clock.advance(HOUR_MS);
    await wakeDue({
      read: async (key) => {
        if (key.part?.id === newer) throw new NewerVersion('Written by a newer release.');
        return store.read(key);
      },
    });
    assert.deepEqual(await left(), [newer, users[2]]);
  });

  it('meets a message that names the attachment at that very moment, and loses no user', async () => {
    const { id, users, become, wakeDue, left, clock, store, ports } = await world(1);
    await become(users[0] ?? '', 'SENT');
    clock.advance(HOUR_MS);
    let added: string | undefined;
    await wakeDue({
      read: async (key) => {
        const found = await store.read(key);
        if (added === undefined) {
          added = '';
          added = (await sendWith(ports, { id: 'late', attachmentIds: [id] })).notificationId;
        }
        return found;
      },
    });
    assert.deepEqual(await left(), [added]);
  });

  it('includes rows of a release without checks, once they are put into the index', async () => {
    const { id, users, become, wakeDue, clock, store, attachment, ports } = await world(1);
    const key = attachmentKey('acme', id);
    const { attachments } = ports;
    const stored = (await attachments.read(key)) ?? assert.fail();
    assert.ok(stored.state.status === 'IN_USE');
    const { dueAt: _dueAt, ...state } = stored.state;
    await attachments.replace(key, stored.version, { ...stored, version: stored.version + 1, state, due: undefined });
    clock.advance(DAY_MS);
    assert.deepEqual(await store.due(ATTACHMENT_DUE, clock.now(), 10), []);
    // As docs/reference/stored-shapes.md says to do it: the row's place in the index, and nothing else.
    const old = (await attachments.read(key)) ?? assert.fail();
    await attachments.replace(key, old.version, {
      ...old,
      version: old.version + 1,
      due: { kind: 'attachment', at: 0 },
    });
    await wakeDue();
    assert.equal(((await attachment(id)) as { dueAt?: number }).dueAt, clock.now() + DAY_MS);
    await become(users[0] ?? '', 'SENT');
    clock.advance(DAY_MS);
    await wakeDue();
    assert.equal((await attachment(id)).status, 'DELETING');
  });
});
