import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Subject } from '#shared/messaging/identity.ts';
import type { RelatedState, StoredState } from '#shared/messaging/rows.ts';
import type { Rendered } from '#shared/notification/content.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { ContentStore, NotificationStore, OutcomeStore } from '#shared/notification/ports.ts';
import type {
  Commit,
  DeadLetterLists,
  DeadLetterStore,
  DueStore,
  OnceStore,
  OutboxStore,
  StateStores,
} from '#shared/once/ports.ts';
import { FEED } from '#shared/settlement/feed.ts';
import type { SuppressionStore } from '#shared/suppression/ports.ts';
import { keyOfNotification, notificationRows } from '#test/support/requested.ts';
import { creation, freshSubject, inVersion, LINES, NOW, outboxRecord, pending, stored } from './store-rows.ts';

export type AnyStore = OnceStore &
  ContentStore &
  NotificationStore &
  OutboxStore &
  DueStore &
  DeadLetterStore &
  DeadLetterLists &
  OutcomeStore &
  SuppressionStore &
  StateStores;

const isOfAnotherType = (error: unknown): boolean => error instanceof TypeError;

/** What every store must do, in memory and on a real engine alike. */
export function storeContract(name: string, storeOf: () => AnyStore): void {
  describe(`store contract: ${name}`, () => {
    it('commits state, outbox and notifications together and reads back what went in', async () => {
      const store = storeOf();
      const key = freshSubject();
      const notification = pending(key);
      const commit = creation(key, { rows: notificationRows(key, notification) });
      assert.deepEqual(await store.commit(commit), { kind: 'committed' });
      assert.deepEqual(await store.load(key, 'http#create', LINES), { stored: commit.next, record: commit.outbox });
      const notificationKey = keyOfNotification(key, notification);
      const expected: StoredState<Notification> = {
        schemaVersion: 1,
        version: 1,
        state: notification.state,
        due: notification.due,
      };
      assert.deepEqual(await store.readWithContent(notificationKey), {
        stored: expected,
        content: notification.content,
      });
      assert.deepEqual(await store.read(notificationKey), expected);
      assert.deepEqual(await store.listOf(key), [{ notificationId: notification.notificationId, stored: expected }]);
    });

    it('shows the earlier record of a repeated command, whatever else is wrong with the repetition', async () => {
      const store = storeOf();
      const key = freshSubject();
      const first = creation(key);
      await store.commit(first);
      const repetitions: Commit[] = [
        creation(key, { outbox: outboxRecord(key, 'http#create', { nonce: 'another' }) }),
        creation(key, { expectedVersion: 7, next: stored(8) }),
        { key, expectedVersion: 7, outbox: outboxRecord(key, 'http#create'), rows: [] },
      ];
      for (const repetition of repetitions) {
        assert.deepEqual(await store.commit(repetition), { kind: 'duplicate', record: first.outbox });
      }
      assert.deepEqual((await store.load(key, 'none', LINES)).stored, first.next);
    });

    it('writes nothing at all when the state was changed by another', async () => {
      const store = storeOf();
      const key = freshSubject();
      await store.commit(creation(key));
      const late = { outbox: outboxRecord(key, 'http#late'), rows: notificationRows(key, pending(key)) };
      const commits: Commit[] = [
        { key, expectedVersion: 0, next: stored(1), ...late },
        { key, expectedVersion: 2, next: stored(3), ...late },
        { key, expectedVersion: 2, ...late, rows: [] },
      ];
      for (const commit of commits) assert.deepEqual(await store.commit(commit), { kind: 'conflict' });
      assert.equal((await store.load(key, 'http#late', LINES)).record, undefined);
      assert.deepEqual(await store.listOf(key), []);
    });

    it('moves a state on by one version at a time, and keeps a refusal without touching it', async () => {
      const store = storeOf();
      const key = freshSubject();
      await store.commit(creation(key));
      const second: Commit = {
        key,
        expectedVersion: 1,
        next: stored(2),
        outbox: outboxRecord(key, 'http#2'),
        rows: [],
      };
      assert.deepEqual(await store.commit(second), { kind: 'committed' });
      const refusal: Commit = {
        key,
        expectedVersion: 2,
        outbox: outboxRecord(key, 'http#3', { messages: [] }),
        rows: [],
      };
      assert.deepEqual(await store.commit(refusal), { kind: 'committed' });
      assert.deepEqual(await store.load(key, 'http#3', LINES), { stored: second.next, record: refusal.outbox });
    });

    it('changes other states with a command, or nothing at all where one of them was changed by another', async () => {
      const store = storeOf();
      const orders = store.statesOf(LINES);
      const [key, other, fresh] = [freshSubject(), freshSubject(), freshSubject()];
      await store.commit(creation(other, { outbox: outboxRecord(other, 'http#other') }));
      const due = { kind: 'attachment', at: NOW + 1000 } as const;
      const related = [
        { key: other, expectedVersion: 1, next: { ...stored(2, { users: ['one'] }), due } },
        { key: fresh, expectedVersion: 0, next: stored(1) },
      ];
      const late = creation(key, {
        related: [related[0] as RelatedState, { ...(related[1] as RelatedState), expectedVersion: 3 }],
      });
      assert.deepEqual(await store.commit(late), { kind: 'conflict' });
      assert.deepEqual(await orders.read(other), stored(1));
      assert.equal(await orders.read(key), undefined);
      assert.deepEqual(await store.commit(creation(key, { related })), { kind: 'committed' });
      assert.deepEqual(await orders.read(other), related[0]?.next);
      assert.deepEqual(await orders.read(fresh), stored(1));
      assert.deepEqual(await orders.read(key), stored(1));
      // A repetition is recognised before anything else is looked at, and changes nothing else either.
      assert.equal((await store.commit(creation(key, { related }))).kind, 'duplicate');
      assert.deepEqual((await orders.read(other))?.version, 2);
    });

    it('commits a command that depends on another state only if that state is unchanged, and does not change it', async () => {
      const store = storeOf();
      const [key, other] = [freshSubject(), freshSubject()];
      await store.commit(creation(other, { outbox: outboxRecord(other, 'http#other') }));
      const dependingOn = (expectedVersion: number) => creation(key, { related: [{ key: other, expectedVersion }] });
      assert.deepEqual(await store.commit(dependingOn(2)), { kind: 'conflict' });
      assert.equal(await store.statesOf(LINES).read(key), undefined);
      assert.deepEqual(await store.commit(dependingOn(1)), { kind: 'committed' });
      assert.deepEqual(await store.statesOf(LINES).read(key), stored(1));
      assert.deepEqual(await store.statesOf(LINES).read(other), stored(1));
    });

    it('commits a command that depends on the absence of another state only if there is none', async () => {
      const store = storeOf();
      const [key, other] = [freshSubject(), freshSubject()];
      const depending = (on: Subject) => creation(key, { related: [{ key: on, expectedVersion: 0 }] });
      await store.commit(creation(other, { outbox: outboxRecord(other, 'http#other') }));
      assert.deepEqual(await store.commit(depending(other)), { kind: 'conflict' });
      const absent = freshSubject();
      assert.deepEqual(await store.commit(depending(absent)), { kind: 'committed' });
      assert.equal(await store.statesOf(LINES).read(absent), undefined);
    });

    it('lets one of many simultaneous commits through', async () => {
      const store = storeOf();
      const key = freshSubject();
      await store.commit(creation(key));
      const commits = Array.from(
        { length: 10 },
        (_, index): Commit => ({
          key,
          expectedVersion: 1,
          next: stored(2, { winner: index }),
          outbox: outboxRecord(key, `http#race-${index}`),
          rows: [],
        }),
      );
      const results = await Promise.all(commits.map((commit) => store.commit(commit)));
      assert.equal(results.filter(({ kind }) => kind === 'committed').length, 1);
      assert.equal(results.filter(({ kind }) => kind === 'conflict').length, 9);
    });

    it('replaces a single state only over the version that was read, and returns the current state otherwise', async () => {
      const store = storeOf();
      const subject = freshSubject();
      const key = keyOfNotification(subject, pending(subject));
      assert.deepEqual(await store.replace(key, 1, inVersion(2, 'SENT')), { kind: 'conflict', current: undefined });
      await store.commit(creation(subject, { rows: notificationRows(subject, pending(subject)) }));
      const claimed = { ...inVersion(2, 'SENDING'), due: { kind: 'notification', at: NOW + 5 } as const };
      assert.deepEqual(await store.replace(key, 1, claimed), { kind: 'replaced' });
      assert.deepEqual(await store.replace(key, 1, inVersion(2, 'SENT')), { kind: 'conflict', current: claimed });
      const sent = inVersion(3, 'SENT');
      assert.deepEqual(await store.replace(key, 2, sent), { kind: 'replaced' });
      assert.deepEqual(await store.read(key), sent);
    });

    it('keeps the first rendering, and returns it to later callers', async () => {
      const store = storeOf();
      const subject = freshSubject();
      const notification = pending(subject);
      await store.commit(creation(subject, { rows: notificationRows(subject, notification) }));
      const key = keyOfNotification(subject, notification);
      const rendered: Rendered = { channel: 'email', subject: 'S', text: 'T', html: '<p>Grüße 👋</p>'.repeat(500) };
      assert.deepEqual(await store.keepRendered(key, rendered), rendered);
      assert.deepEqual(await store.keepRendered(key, { ...rendered, html: 'later' }), rendered);
      const { content } = (await store.readWithContent(key)) ?? {};
      assert.deepEqual(content, { ...notification.content, rendered });
    });

    it('makes a state that was not there, for one of many that try at once', async () => {
      const store = storeOf();
      const feeds = store.statesOf(FEED);
      const key = { tenant: '', type: 'feed', id: freshSubject().id };
      const tries = await Promise.all(
        Array.from({ length: 5 }, (_, probedAt) =>
          feeds.replace(key, 0, { schemaVersion: 1, version: 1, state: { probedAt } }),
        ),
      );
      assert.equal(tries.filter(({ kind }) => kind === 'replaced').length, 1);
      const conflict = tries.find(({ kind }) => kind === 'conflict');
      assert.deepEqual(conflict?.kind === 'conflict' && conflict.current, await feeds.read(key));
    });

    it('reads no row of another type than the shape that it was opened for', async () => {
      const store = storeOf();
      const key = freshSubject();
      await store.commit(creation(key));
      await assert.rejects(store.statesOf(FEED).read(key), isOfAnotherType);
      await assert.rejects(store.load(key, 'none', FEED), isOfAnotherType);
      assert.deepEqual(await store.statesOf(FEED).read(freshSubject()), undefined);
    });

    it('keeps tenants, subjects and ids apart whatever characters they are made of', async () => {
      const store = storeOf();
      const plain: Subject = { tenant: 'acme', type: 'order', id: 'x' };
      const tricky: Subject = { tenant: 'acme#order', type: 'order', id: 'x#OUTBOX#http#create' };
      await store.commit(creation(tricky, { next: stored(1, { tricky: true }) }));
      assert.equal((await store.load(plain, 'http#create', LINES)).record, undefined);
      assert.deepEqual((await store.load(tricky, 'http#create', LINES)).record?.subject, tricky);
    });
  });
}
