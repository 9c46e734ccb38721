import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ATTACHMENT_DUE } from '#shared/attachment/attachment.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import type { RelatedState, StoredState } from '#shared/messaging/rows.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { Rendered } from '#shared/notification/content.ts';
import { NOTIFICATION_DUE } from '#shared/notification/due.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { ContentStore, NotificationStore, OutcomeStore } from '#shared/notification/ports.ts';
import { OUTBOX_DUE } from '#shared/once/due.ts';
import type {
  Commit,
  DeadLetterStore,
  DueStore,
  OnceStore,
  OutboxRecord,
  OutboxStore,
  StateStores,
} from '#shared/once/ports.ts';
import { FEED } from '#shared/settlement/feed.ts';
import type { SuppressionStore } from '#shared/suppression/ports.ts';
import { inStatus } from '#test/support/notifications.ts';
import { keyOfNotification, notificationRows, type TestNotification } from '#test/support/requested.ts';

export type AnyStore = OnceStore &
  ContentStore &
  NotificationStore &
  OutboxStore &
  DueStore &
  DeadLetterStore &
  OutcomeStore &
  SuppressionStore &
  StateStores;

/** The order, as far as a store has to know it. */
type Lines = { lines?: number; users?: string[]; winner?: number; tricky?: boolean };
const LINES = shapeOf<Lines>('order');

const NOW = Date.UTC(2026, 0, 1);
let subjects = 0;

const isOfAnotherType = (error: unknown): boolean => error instanceof TypeError;

/** A subject of its own for each test: they share the table. */
function freshSubject(): Subject {
  subjects += 1;
  return { tenant: 'acme', type: 'order', id: `o${subjects}` };
}

const stored = (version: number, state: Lines = { lines: version }): StoredState<Lines> => ({
  schemaVersion: 1,
  version,
  state,
});

const inVersion = (version: number, status: Notification['status']): StoredState<Notification> => ({
  schemaVersion: 1,
  version,
  state: inStatus(status),
});

const outboxRecord = (subject: Subject, commandId: string, more: Partial<OutboxRecord> = {}): OutboxRecord => ({
  subject,
  commandId,
  nonce: `nonce of ${commandId}`,
  fingerprint: 'fingerprint',
  outcome: { accepted: true, version: 1, answer: '{"ä":"€"}' },
  messages: ['{"id":"1"}', '{"id":"2"}'],
  createdAt: new Date(NOW).toISOString(),
  ...more,
});

const creation = (key: Subject, more: Partial<Commit> = {}): Commit => ({
  key,
  expectedVersion: 0,
  next: stored(1),
  outbox: outboxRecord(key, 'http#create'),
  rows: [],
  ...more,
});

const pending = (subject: Subject, dueAt = NOW + 1000): TestNotification & { state: Notification } => ({
  notificationId: `order_${subject.id}_1-1`,
  schemaVersion: 1,
  state: inStatus('PENDING'),
  content: { recipients: ['ada@example.com'], locale: 'de', nested: { empty: '', list: [1, 2.5, null, true] } },
  due: { kind: 'notification', at: dueAt },
});

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

    it('finds states that are due and are no notifications by their own kind', async () => {
      const store = storeOf();
      const key = { ...freshSubject(), type: 'attachment', id: `due${NOW}${subjects}` };
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

    it('replaces a single state only over the version that was read, and shows what stands there instead', async () => {
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

    it('keeps the first rendering and shows it to whoever comes later', async () => {
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

    it('counts what stands in the index by kind, and since when', async () => {
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

    it('keeps a dead letter once, counts how often it came, and lists the oldest first', async () => {
      const store = storeOf();
      const letter = {
        subscriber: 'send-email',
        id: 'one',
        reason: 'NOT_JSON',
        detail: 'The message is not JSON.',
        message: '{',
      };
      await store.recordDeadLetter({ ...letter, id: 'two#2' }, 2000);
      await store.recordDeadLetter(letter, 1000);
      await store.recordDeadLetter(letter, 3000);
      const open = await store.openDeadLetters(10);
      assert.deepEqual(open, [
        { ...letter, firstSeenAt: new Date(1000).toISOString(), lastSeenAt: new Date(3000).toISOString(), count: 2 },
        {
          ...letter,
          id: 'two#2',
          firstSeenAt: new Date(2000).toISOString(),
          lastSeenAt: new Date(2000).toISOString(),
          count: 1,
        },
      ]);
      assert.deepEqual(await store.gauge('dead-letter'), { count: 2, oldestDueAt: 1000 });
      assert.equal((await store.openDeadLetters(1)).length, 1);
    });

    it('keeps when a dead letter was last seen, when an earlier sight of it is recorded late', async () => {
      const store = storeOf();
      const letter = {
        subscriber: 'record-feedback',
        id: 'late',
        reason: 'NO_JSON',
        detail: 'The message is no JSON.',
      };
      await store.recordDeadLetter(letter, 3000);
      await store.recordDeadLetter(letter, 1000);
      const [open] = (await store.openDeadLetters(10)).filter(({ id }) => id === 'late');
      assert.deepEqual([open?.lastSeenAt, open?.count], [new Date(3000).toISOString(), 2]);
    });

    it('does not bring back a row that is gone by marking or postponing it', async () => {
      const store = storeOf();
      const subject = freshSubject();
      await store.markPublished(subject, 'http#gone', '2026-01-01T00:00:00.000Z');
      await store.postpone(subject, 'http#gone', 1, 1);
      assert.equal(await store.readOutbox(subject, 'http#gone'), undefined);
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
