import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ATTACHMENT_DUE } from '#shared/attachment/attachment.ts';
import { NOTIFICATION_DUE } from '#shared/notification/due.ts';
import { OUTBOX_DUE } from '#shared/once/due.ts';
import { keyOfNotification, notificationRows } from '#test/support/requested.ts';
import type { AnyStore } from './store.contract.ts';
import { creation, freshSubject, inVersion, NOW, outboxRecord, pending, stored } from './store-rows.ts';

/** The index of due rows, in every store. */
export function dueContract(name: string, storeOf: () => AnyStore): void {
  describe(`due rows: ${name}`, () => {
    it('finds states that are due and are no notifications by their own kind', async () => {
      const store = storeOf();
      const subject = freshSubject();
      const key = { ...subject, type: 'attachment', id: `due${NOW}${subject.id}` };
      const due = { kind: 'attachment', at: 1 } as const;
      await store.commit(creation(key, { next: { ...stored(1), due } }));
      const rows = await store.due(ATTACHMENT_DUE, 1, 100);
      assert.deepEqual(
        rows.filter((row) => row.key.id === key.id),
        [{ dueAt: 1, key }],
      );
      await store.postponeDue(key, 2);
      assert.deepEqual(await store.due(ATTACHMENT_DUE, 1, 100), []);
    });

    it('names what is due, oldest first, until it is marked, moved or replaced', async () => {
      const store = storeOf();
      // Before every other test's rows, so that they alone are within the limit.
      const [early, later] = [NOW - 2_000_000, NOW - 1_000_000];
      const [one, two] = [freshSubject(), freshSubject()];
      for (const [subject, dueAt] of [
        [two, later],
        [one, early],
      ] as const) {
        const outbox = outboxRecord(subject, 'http#due', { dueAt });
        await store.commit(creation(subject, { outbox, rows: notificationRows(subject, pending(subject, dueAt)) }));
      }
      const dueOf = async (kind: 'outbox' | 'notification', now: number) =>
        kind === 'outbox'
          ? (await store.due(OUTBOX_DUE, now, 10)).map(({ subject }) => subject.id)
          : (await store.due(NOTIFICATION_DUE, now, 10)).map(({ key }) => key.id);
      assert.deepEqual(await dueOf('outbox', early - 1), []);
      assert.deepEqual(await dueOf('outbox', early), [one.id]);
      assert.deepEqual(await dueOf('outbox', later), [one.id, two.id]);
      assert.deepEqual(
        (await store.due(OUTBOX_DUE, later, 1)).map(({ dueAt }) => dueAt),
        [early],
      );
      for (const [from, times] of [
        [early, [early, later]],
        [early + 1, [later]],
        [later, [later]],
        [later + 1, []],
      ] as const)
        assert.deepEqual(
          (await store.due(OUTBOX_DUE, later, 10, from)).map(({ dueAt }) => dueAt),
          times,
        );
      assert.deepEqual(await dueOf('notification', later), [one.id, two.id]);

      await store.postpone(one, 'http#due', later + 5, 3);
      assert.deepEqual(await dueOf('outbox', later), [two.id]);
      const postponed = await store.readOutbox(one, 'http#due');
      assert.equal(postponed?.failures, 3);
      assert.equal(postponed?.dueAt, later + 5);

      for (const subject of [one, two]) await store.markPublished(subject, 'http#due', '2026-01-01T00:00:00.000Z');
      await store.postpone(one, 'http#due', later, 4);
      assert.deepEqual(await dueOf('outbox', later + 10), [], 'a published row is never due again');
      for (const subject of [one, two]) {
        await store.replace(keyOfNotification(subject, pending(subject)), 1, inVersion(2, 'SENT'));
      }
      assert.deepEqual(await dueOf('notification', later), []);
    });

    it('moves a notification back in the index and leaves its state alone', async () => {
      const store = storeOf();
      const subject = freshSubject();
      const early = NOW - 3_000_000;
      await store.commit(creation(subject, { rows: notificationRows(subject, pending(subject, early)) }));
      const key = keyOfNotification(subject, pending(subject));
      const before = await store.read(key);
      await store.postponeDue(key, early + 10);
      assert.deepEqual(await store.due(NOTIFICATION_DUE, early + 9, 10), []);
      assert.equal((await store.due(NOTIFICATION_DUE, early + 10, 10)).length, 1);
      assert.deepEqual({ ...(await store.read(key)), due: undefined }, { ...before, due: undefined });
      await store.replace(key, 1, inVersion(2, 'SENT'));
      await store.postponeDue(key, early);
      assert.deepEqual(await store.due(NOTIFICATION_DUE, early + 10, 10), [], 'what is finished is not due again');
    });

    it('takes a buried outbox row out of the index and keeps it', async () => {
      const store = storeOf();
      const subject = freshSubject();
      const early = NOW - 4_000_000;
      await store.commit(creation(subject, { outbox: outboxRecord(subject, 'http#bury', { dueAt: early }) }));
      await store.bury(subject, 'http#bury', new Date(NOW).toISOString());
      assert.deepEqual(await store.due(OUTBOX_DUE, early, 10), []);
      assert.equal((await store.readOutbox(subject, 'http#bury'))?.dueAt, undefined);
    });

    it('makes a buried outbox row due again, unless it was published', async () => {
      const store = storeOf();
      const subject = freshSubject();
      const early = NOW - 4_500_000;
      await store.commit(creation(subject, { outbox: outboxRecord(subject, 'http#again', { dueAt: early }) }));
      await store.bury(subject, 'http#again', new Date(NOW).toISOString());
      await store.makeDue(subject, 'http#again', early + 10);
      assert.deepEqual(await store.due(OUTBOX_DUE, early + 9, 10), []);
      assert.deepEqual(await store.due(OUTBOX_DUE, early + 10, 10), [
        { dueAt: early + 10, subject, commandId: 'http#again' },
      ]);
      // While it is due, its time belongs to `wake-due`.
      await store.makeDue(subject, 'http#again', early + 5);
      assert.deepEqual(await store.due(OUTBOX_DUE, early + 9, 10), []);
      await store.markPublished(subject, 'http#again', new Date(NOW).toISOString());
      await store.makeDue(subject, 'http#again', early + 10);
      await store.makeDue(freshSubject(), 'http#gone', early + 10);
      assert.deepEqual(await store.due(OUTBOX_DUE, early + 10, 10), []);
    });

    it('counts the index entries of a kind, with the oldest due time', async () => {
      const store = storeOf();
      const oldest = NOW - 9_000_000;
      const before = (await store.gauge('held')).count;
      for (const at of [oldest, oldest + 5, oldest + 9]) {
        const subject = freshSubject();
        await store.commit(creation(subject, { rows: notificationRows(subject, pending(subject)) }));
        const key = keyOfNotification(subject, pending(subject));
        await store.replace(key, 1, { ...inVersion(2, 'HELD'), due: { kind: 'held', at } });
      }
      assert.deepEqual(await store.gauge('held'), { count: before + 3, oldestDueAt: oldest });
    });

    it('does not bring back a row that is gone by marking or postponing it', async () => {
      const store = storeOf();
      const subject = freshSubject();
      await store.markPublished(subject, 'http#gone', '2026-01-01T00:00:00.000Z');
      await store.postpone(subject, 'http#gone', 1, 1);
      assert.equal(await store.readOutbox(subject, 'http#gone'), undefined);
    });
  });
}
