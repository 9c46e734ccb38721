import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { dueIndex } from '#shared/adapters/aws/dynamodb/due.ts';
import { type Item, toItem } from '#shared/adapters/aws/dynamodb/items.ts';
import { dueShard } from '#shared/adapters/aws/dynamodb/keys.ts';
import { ATTACHMENT_DUE } from '#shared/attachment/attachment.ts';
import { ERASURE_DUE } from '#shared/erasure/erasure.ts';
import { COUNTER, DUE_SHARDS } from '#shared/names.ts';
import type { DueRow } from '#shared/once/due.ts';
import { readableDue } from '#shared/once/readable-due.ts';
import { countReads } from '#test/support/counted-reads.ts';
import { WOKEN_KINDS } from '#test/support/due-kinds.ts';
import { manualClock, memoryLog } from '#test/support/ports.ts';
import { startTable, type TestTable } from '#test/support/table.ts';

let table: TestTable;
before(async () => {
  table = await startTable();
});
after(() => table.stop());

const NOW = Date.UTC(2026, 0, 1);
const LIMIT = 10;

type KindName = keyof typeof WOKEN_KINDS;
const KIND_NAMES = Object.keys(WOKEN_KINDS) as KindName[];

/** Keys of a row of each kind, as this release writes them, and as a future release may write them. */
const KEYS: Record<KindName, { known: [pk: string, sk: string]; later: [pk: string, sk: string] }> = {
  OUTBOX_DUE: { known: ['acme#order#o1', 'OUTBOX#http#1'], later: ['acme#order#o1', 'INBOX#1'] },
  NOTIFICATION_DUE: { known: ['acme#order#o1', 'NOTIFICATION#order_o1_1-1'], later: ['acme#order#o1', 'WEBHOOK#1'] },
  UNKNOWN_DUE: { known: ['acme#order#o2', 'NOTIFICATION#order_o2_1-1'], later: ['acme#order#o2', 'NOTIFICATION#w~1'] },
  ATTACHMENT_DUE: { known: ['acme#attachment#a1', 'STATE'], later: ['acme#attachment#a1', 'PART#1'] },
  ERASURE_DUE: { known: ['acme#erasure#e1', 'STATE'], later: ['erasure', 'STATE'] },
  STATISTICS_DUE: {
    known: ['acme#statistics', 'MINUTE#2026-01-01T00:00'],
    later: ['acme#statistics', 'DAY#2026-01-01'],
  },
  REMINDER_DUE: { known: ['acme#order#o3', 'REMINDER#o3'], later: ['acme#order#o3', 'SECOND-REMINDER#o3'] },
  FALLBACK_DUE: {
    known: ['acme#order#o4', 'FALLBACK#order_o4_1-1'],
    later: ['acme#order#o4', 'SECOND-FALLBACK#order_o4_1-1'],
  },
  EARLIER_LETTER_DUE: { known: ['deadletter#send-email', 'envelope-1'], later: ['deadletter#send-email#x', '1'] },
};

async function put(kind: KindName, [pk, sk]: [string, string], dueAt: number, shard: number): Promise<void> {
  const row = {
    pk,
    sk,
    type: 'later',
    schemaVersion: 7,
    dueShard: dueShard(WOKEN_KINDS[kind].name, shard),
    dueAt,
    unknownField: 'kept',
  };
  await table.client.send(new PutItemCommand({ TableName: table.tableName, Item: toItem(row) }));
}

async function rowAt([pk, sk]: [string, string]): Promise<Item> {
  const { Item } = await table.client.send(
    new GetItemCommand({ TableName: table.tableName, Key: toItem({ pk, sk }), ConsistentRead: true }),
  );
  return Item ?? assert.fail(`${pk} ${sk}`);
}

const laterKey = (kind: KindName, index: number): [string, string] => {
  const [pk, sk] = KEYS[kind].later;
  return [pk, `${sk}~${index}`];
};

/** The index as `wake-due` reads it, and what it writes to a log and to CloudWatch. */
function reading() {
  const [clock, log] = [manualClock(NOW), memoryLog()];
  const counts: [string, number][] = [];
  const counters = { count: async (name: string, times: number) => void counts.push([name, times]) };
  return { due: readableDue(dueIndex(table), { clock, log, counters }), log, counts };
}

describe('the loops of wake-due', () => {
  it('are the kinds that these tests, the campaign and the cost benchmark know', () => {
    const handler = readFileSync('functions/wake-due/handler.ts', 'utf8');
    const kinds = [...handler.matchAll(/\bwakeLoop\((\w+),/g)].map(([, kind]) => kind);
    assert.deepEqual(kinds, KIND_NAMES);
  });
});

describe('entries of the index that this release cannot read', () => {
  for (const kind of KIND_NAMES) {
    const dueKind = WOKEN_KINDS[kind];
    it(`do not block what it can read, are postponed, and are counted: ${dueKind.name}`, async () => {
      const shard = 3;
      const many = LIMIT * 3;
      for (let index = 0; index < many; index += 1) await put(kind, laterKey(kind, index), NOW - 1000 + index, shard);
      await put(kind, KEYS[kind].known, NOW - 1, shard);
      const before = await rowAt(laterKey(kind, 0));
      const { due, log, counts } = reading();

      const rows = await due.due<DueRow>(dueKind, NOW, LIMIT);
      assert.deepEqual(
        rows.map(({ dueAt }) => dueAt),
        [NOW - 1],
      );
      assert.deepEqual(counts, [[COUNTER.dueUnreadable, many]]);
      assert.deepEqual(
        log.lines.map(({ level, fields }) => [level, fields]),
        [['warn', { due: dueKind.name, entries: many }]],
      );
      const { dueAt, ...rest } = await rowAt(laterKey(kind, 0));
      const { dueAt: _before, ...unchanged } = before;
      assert.deepEqual(rest, unchanged, 'nothing else of the row changes');
      assert.equal(Number(dueAt?.N), NOW + 60_000);

      // A limit's worth has moved in each round; after some rounds none of them stands before the others.
      await due.due<DueRow>(dueKind, NOW, LIMIT);
      await due.due<DueRow>(dueKind, NOW, LIMIT);
      assert.deepEqual(counts.length, 3);
      await due.due<DueRow>(dueKind, NOW, LIMIT);
      assert.equal(counts.length, 3, 'they come again in a minute, not before');
      await due.due<DueRow>(dueKind, NOW + 60_000, LIMIT);
      assert.deepEqual(counts.at(-1), [COUNTER.dueUnreadable, many]);
    });
  }

  it('are read past within a bound, which is a page for each shard where all can be read', async () => {
    const reads = countReads(table.client);
    const index = dueIndex(table);
    await index.entriesDue(ERASURE_DUE, 0, LIMIT);
    assert.equal(reads.calls, DUE_SHARDS);
    for (let index = 0; index < LIMIT * 12; index += 1)
      await put('ERASURE_DUE', laterKey('ERASURE_DUE', 100 + index), 5, 4);
    const before = reads.calls;
    await index.entriesDue(ERASURE_DUE, 5, LIMIT);
    assert.equal(reads.calls - before, DUE_SHARDS + 9);
  });

  it('stay where another release has moved them in the meantime', async () => {
    const key = laterKey('ATTACHMENT_DUE', 500);
    await put('ATTACHMENT_DUE', key, 1, 5);
    const index = dueIndex(table);
    const { unreadable } = await index.entriesDue(ATTACHMENT_DUE, 1, LIMIT);
    const [entry = assert.fail()] = unreadable;
    await put('ATTACHMENT_DUE', key, 9_000_000, 5);
    await index.postponeEntry(entry, 77);
    assert.equal((await rowAt(key)).dueAt?.N, '9000000');
  });
});
