import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { earlierAttributes } from '#shared/notification/messages.ts';
import { OUTBOX_DUE } from '#shared/once/due.ts';
import { executeOnce } from '#shared/once/execute.ts';
import type { OutboxStore, Publication, Publisher } from '#shared/once/ports.ts';
import { batchesOf, publicationOf, publishOutbox } from '#shared/once/publish.ts';
import { type OutboxWakerPorts, outboxWaker, type WakeLoop, wakeLoop, wakeUntil } from '#shared/once/wake.ts';
import { counter } from '#test/support/counter.ts';
import { openLetters } from '#test/support/open-letters.ts';
import { createWorld } from '#test/support/world/world.ts';

const GRACE_MS = 60_000;

/** A world in which `count` counters were added to: each row of the outbox has one message, about its own subject. */
async function world(count: number) {
  const memory = createWorld({ ports: { settings: { outboxGraceMs: GRACE_MS, budgetMs: 1000 } } });
  const { store, clock, topic, log } = memory;
  for (let index = 0; index < count; index += 1) {
    const key = { tenant: 'acme', type: 'counter', id: `c${index}` };
    const metadata = { correlationId: 'correlation', causationId: 'cause' };
    await executeOnce(
      {
        decider: counter,
        key,
        commandId: 'add',
        fingerprint: '',
        command: { type: 'Add', amount: 1 },
        metadata,
        assume: 'absent',
      },
      memory.ports(),
    );
  }
  const records = [...store.outbox.values()].map((record) => structuredClone(record));
  const ports = { ...memory.ports(), publisher: topic, outbox: store, deadLetters: store };
  /** What `wake-due` does with the outbox for this long, beside these other loops. @returns how many rows it woke. */
  const wakeFor = (durationMs: number, over: Partial<OutboxWakerPorts> = {}, others: WakeLoop[] = []) =>
    wakeUntil(
      clock.now() + durationMs,
      [wakeLoop(OUTBOX_DUE, outboxWaker({ ...ports, ...over })), ...others],
      { intervalMs: 1000, ratePerSecond: 10 },
      { ...ports, due: store },
    );
  return { store, clock, topic, log, records, ports, wakeFor };
}

const dueRows = ({ outbox }: { outbox: ReadonlyMap<string, { dueAt?: number }> }): number =>
  [...outbox.values()].filter(({ dueAt }) => dueAt !== undefined).length;

describe('publishOutbox', () => {
  it('publishes in batches of ten and marks every row', async () => {
    const { ports, records, topic, store } = await world(25);
    const batchSizes: number[] = [];
    const publisher: Publisher = {
      publishBatch: (batch) => {
        batchSizes.push(batch.length);
        return topic.publishBatch(batch);
      },
    };
    assert.deepEqual(await publishOutbox(records, { ...ports, publisher }), []);
    assert.deepEqual(batchSizes.sort(), [10, 10, 5]);
    assert.deepEqual(
      topic.published.map(({ body }) => body).sort(),
      records.flatMap(({ messages }) => messages).sort(),
    );
    assert.equal(dueRows(store), 0);
  });

  it('marks only after it has published: a row that fails stays due, the others are published', async () => {
    const { ports, records, topic, store } = await world(12);
    const [unlucky] = records;
    topic.refuse(({ key, body }) =>
      body === unlucky?.messages[0] ? { key, reason: 'Throttled', permanent: false } : undefined,
    );
    const unpublished = await publishOutbox(records, ports);
    assert.deepEqual(
      unpublished.map(({ record }) => record.subject.id),
      ['c0'],
    );
    assert.equal(topic.published.length, 11);
    assert.equal(dueRows(store), 1);
  });

  it('never fails the others when one row cannot be marked', async () => {
    const { ports, records, store } = await world(3);
    const outbox: OutboxStore = {
      ...store,
      markPublished: async (subject, commandId, at) => {
        if (subject.id === 'c1') throw new Error('no answer');
        return store.markPublished(subject, commandId, at);
      },
    };
    const unpublished = await publishOutbox(records, { ...ports, outbox });
    assert.deepEqual(
      unpublished.map(({ record }) => record.subject.id),
      ['c1'],
    );
    assert.equal(dueRows(store), 1);
  });
});

describe('batchesOf', () => {
  const publication = (bytes: number): Publication => ({
    key: 'k',
    body: 'x'.repeat(bytes),
    attributes: {},
    groupId: 'acme',
  });

  it('keeps each batch within ten messages and 256 KB', () => {
    const sizes = [200_000, 63_000, 10_000, 100, ...Array.from({ length: 21 }, () => 1)];
    const batches = batchesOf(sizes.map(publication));
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [1, 10, 10, 4],
    );
    for (const batch of batches) assert.ok(batch.reduce((sum, { body }) => sum + body.length, 0) <= 256 * 1024);
  });

  it('sends what is too large alone, to be refused by name', () => {
    assert.deepEqual(
      batchesOf([publication(10), publication(300_000), publication(10)]).map((batch) => batch.length),
      [1, 1, 1],
    );
  });
});

describe('publicationOf', () => {
  it('carries type and channel to filter on, the tenant to be fair by, and no destination', () => {
    const data = { channel: 'sms', to: 'ada@example.com' };
    const body = JSON.stringify({ specversion: '1.0', type: 'a.v1', tenantid: 'acme', channel: 'email', data });
    assert.deepEqual(publicationOf(body, 'k'), {
      key: 'k',
      body,
      attributes: { type: 'a.v1', channel: 'email' },
      groupId: 'acme',
    });
  });

  it('gives a message of an earlier release the attributes that it has in its data only', () => {
    const attributesOf = (data: object) =>
      publicationOf(JSON.stringify({ type: 'a.v1', tenantid: 'acme', data }), 'k', earlierAttributes).attributes;
    assert.deepEqual(attributesOf({ channel: 'email' }), { type: 'a.v1', channel: 'email' });
    assert.deepEqual(attributesOf({ attachmentId: 'a' }), { type: 'a.v1', attachments: 'true' });
    assert.deepEqual(attributesOf({ channel: 'sms', attachments: ['a'] }), {
      type: 'a.v1',
      channel: 'sms',
      attachments: 'true',
    });
    assert.deepEqual(attributesOf({}), { type: 'a.v1' });
  });
});

describe('wakeUntil with the outbox', () => {
  it('publishes what the stream has not published, oldest first, at the configured rate', async () => {
    const { clock, topic, store, wakeFor } = await world(25);
    clock.advance(GRACE_MS);
    const publishedAt: number[] = [];
    const publisher: Publisher = {
      publishBatch: (batch) => {
        publishedAt.push(...batch.map(() => clock.now()));
        return topic.publishBatch(batch);
      },
    };
    assert.equal(await wakeFor(20_000, { publisher }), 25);
    assert.equal(dueRows(store), 0);
    const perSecond = Map.groupBy(publishedAt, (at) => at);
    assert.deepEqual(
      [...perSecond.values()].map((times) => times.length),
      [10, 10, 5],
    );
  });

  it('leaves rows that are not due yet', async () => {
    const { topic, wakeFor } = await world(3);
    await wakeFor(3000);
    assert.equal(topic.published.length, 0);
  });

  it('backs off row by row, so that a failing row never blocks a fresh one', async () => {
    const { clock, topic, store, records, wakeFor } = await world(12);
    const failing = new Set(records.slice(0, 10).flatMap(({ messages }) => messages));
    topic.refuse(({ key, body }) => (failing.has(body) ? { key, reason: 'Throttled', permanent: false } : undefined));
    clock.advance(GRACE_MS);
    await wakeFor(1500);
    assert.equal(topic.published.length, 2, 'the two that can be published were');
    for (const { subject, commandId } of records.slice(0, 10)) {
      const record = await store.readOutbox(subject, commandId);
      assert.equal(record?.failures, 1);
      assert.ok((record?.dueAt ?? 0) > clock.now());
    }
  });

  it('acts on the row, not on an index that is behind', async () => {
    const { ports, clock, topic, store, records } = await world(2);
    clock.advance(GRACE_MS);
    const stale = await store.due(OUTBOX_DUE, clock.now(), 10);
    for (const { subject, commandId } of records) await store.markPublished(subject, commandId, '');
    await outboxWaker(ports)(stale);
    assert.equal(stale.length, 2);
    assert.equal(topic.published.length, 0);
  });

  it('records a dead letter for a row that can never be published or read, and handles the others', async () => {
    const { clock, topic, store, log, records, wakeFor } = await world(3);
    const [unreadable, permanent, fine] = records;
    const outbox: OutboxStore = {
      ...store,
      readOutbox: async (subject, commandId) => {
        const record = await store.readOutbox(subject, commandId);
        return record && subject.id === unreadable?.subject.id
          ? { ...record, messages: ['not json about ada@example.com'] }
          : record;
      },
    };
    topic.refuse(({ key, body }) =>
      body === permanent?.messages[0] ? { key, reason: 'InvalidParameter', permanent: true } : undefined,
    );
    clock.advance(GRACE_MS);
    await wakeFor(500, { outbox });
    assert.deepEqual(
      topic.published.map(({ body }) => body),
      fine?.messages,
    );
    assert.equal(dueRows(store), 0);
    const letters = await openLetters(store);
    assert.deepEqual(letters.map(({ reason }) => reason).sort(), ['InvalidParameter', 'UNREADABLE_MESSAGE']);
    assert.doesNotMatch(JSON.stringify([letters, log.lines]), /ada@/);
  });

  it('leaves a row of a newer version to a newer release: postponed, never set aside', async () => {
    const { clock, store, records, wakeFor } = await world(2);
    const outbox: OutboxStore = {
      ...store,
      readOutbox: async (subject, commandId) => {
        if (subject.id === 'c0') throw new NewerVersion('The outbox row has version 2.');
        return store.readOutbox(subject, commandId);
      },
    };
    clock.advance(GRACE_MS);
    await wakeFor(500, { outbox });
    assert.equal(dueRows(store), 1);
    const [before, after] = [records[0], [...store.outbox.values()][0]];
    assert.deepEqual(after, { ...before, dueAt: after?.dueAt }, 'only its place in the index moved');
    assert.ok((after?.dueAt ?? 0) > clock.now());
    assert.deepEqual(await openLetters(store), []);
  });

  it('handles other rows and other kinds when one of them fails', async () => {
    const { clock, topic, store, log, wakeFor } = await world(3);
    const outbox: OutboxStore = {
      ...store,
      readOutbox: (subject, commandId) =>
        subject.id === 'c0' ? Promise.reject(new Error('hot partition')) : store.readOutbox(subject, commandId),
    };
    const broken = () => Promise.reject(new Error('broken'));
    clock.advance(GRACE_MS);
    await wakeFor(500, { outbox }, [{ kind: 'broken', wake: broken }]);
    assert.equal(topic.published.length, 2);
    assert.ok(log.lines.some(({ message }) => message === 'Round of wake-due failed'));
  });
});
