import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { stateItem } from '#shared/adapters/aws/dynamodb/items.ts';
import { messageLogStore } from '#shared/adapters/aws/dynamodb/message-log.ts';
import { dynamoScan } from '#shared/adapters/aws/dynamodb/scan.ts';
import { dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import { beginHold, type HoldCounts, type HoldProgress, holdRestored } from '#shared/delivery/hold-restored.ts';
import type { AskedTurn } from '#shared/delivery/pacer.ts';
import type { NotificationKey } from '#shared/notification/notification-id.ts';
import type { NotificationScan } from '#shared/notification/ports.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { memoryStore } from '#test/support/memory/memory-store.ts';
import {
  AFTER,
  BEFORE,
  inStatus,
  keyOf,
  OPEN,
  putNotification as put,
  RESTORED_AT,
  STATUSES,
  stored,
} from '#test/support/notifications.ts';
import { manualClock } from '#test/support/ports.ts';
import { replaceRows } from '#test/support/rows.ts';
import { startTable, type TestTable } from '#test/support/table.ts';
import { relay, type WorldStore } from '#test/support/world/functions.ts';
import { createWorld } from '#test/support/world/world.ts';

type ScannableStore = WorldStore & NotificationScan;

/** Everything that holding works on, over one store and a clock after the restore. */
function worldOf(store: ScannableStore) {
  const clock = manualClock(Date.parse('2026-01-01T13:00:00.000Z'));
  const world = createWorld({ clock, ports: { settings: { outboxGraceMs: 1000, budgetMs: 1000 } } });
  let rowsPaced = 0;
  const pace = {
    turn: async ({ weight }: AskedTurn) => {
      rowsPaced += weight;
      return 'now' as const;
    },
  };
  const kept: HoldProgress[] = [];
  const hold = (progress = beginHold(RESTORED_AT, 2), over: Partial<ExecutorPorts> = {}): Promise<HoldCounts> =>
    holdRestored(progress, (each) => void kept.push(each), { ...world.ports({ store }), ...over, scan: store, pace });
  const statusOf = async (key: NotificationKey) => (await store.read(key))?.state.status;
  return { ...world, hold, kept, statusOf, rowsPaced: () => rowsPaced };
}

function holdContract(name: string, freshStore: () => Promise<ScannableStore>): void {
  describe(`holding what a restore brought back: ${name}`, () => {
    let store: ScannableStore;
    beforeEach(async () => {
      store = await freshStore();
    });

    it('sets everything unfinished to HELD, with the reason, and nothing else', async () => {
      const { hold, kept, rowsPaced, clock } = worldOf(store);
      for (const status of STATUSES) await put(store, status.toLowerCase(), inStatus(status));
      const counts = await hold();
      const { rows, ...found } = counts;
      assert.deepEqual(found, { held: 4, heldBefore: 0, finished: 4, younger: 0, unreadable: [] });
      // The rows that holding itself writes may be met on the way.
      assert.ok(rows >= 6 && rows <= 10, `${rows} rows`);
      assert.equal(rowsPaced(), rows);
      assert.ok(kept.length > 2, 'several pages');
      assert.deepEqual(kept.at(-1), { restoredAt: RESTORED_AT, parts: [{ ended: true }, { ended: true }], counts });
      for (const status of STATUSES) {
        const before = inStatus(status);
        const { state, due } = (await store.read(keyOf(status.toLowerCase()))) ?? {};
        if (OPEN.includes(status)) {
          const { channel, purpose, createdAt, correlationId } = before;
          const heldAt = new Date(clock.now()).toISOString();
          const unknown = { outcome: 'unknown', reason: 'RESTORED', settledAt: heldAt };
          const attempts = before.attempts.map((one) => (status === 'SENDING' ? { ...one, ...unknown } : one));
          const held = {
            channel,
            purpose,
            createdAt,
            correlationId,
            attempts,
            status: 'HELD',
            reason: 'RESTORED',
            heldAt,
          };
          assert.deepEqual([state, due], [held, { kind: 'held', at: clock.now() }], status);
        } else {
          assert.deepEqual(state, before, status);
        }
      }
    });

    it('does not change what was requested after the restore', async () => {
      const { hold } = worldOf(store);
      for (const status of STATUSES) await put(store, status.toLowerCase(), inStatus(status, AFTER));
      assert.deepEqual(await hold(), { rows: 8, held: 0, heldBefore: 0, finished: 4, younger: 4, unreadable: [] });
      for (const status of STATUSES)
        assert.deepEqual(await store.read(keyOf(status.toLowerCase())), stored(inStatus(status, AFTER)));
    });

    it('adds one outbox row with one message to the history of each', async () => {
      const { hold, clock } = worldOf(store);
      const key = await put(store, 'o1', inStatus('PENDING'));
      await hold();
      const commandId = `msg#restore#${encodeURIComponent(`${key.notificationId}#${RESTORED_AT}`)}`;
      const record = await store.readOutbox(key, commandId);
      const messages = record?.messages.map((text) => JSON.parse(text)) ?? [];
      assert.deepEqual(
        messages.map(({ type, time, data }) => ({ type, time, data })),
        [
          {
            type: 'counterfoil.notification.held.v1',
            time: new Date(clock.now()).toISOString(),
            data: { notificationId: key.notificationId, channel: 'email', reason: 'RESTORED' },
          },
        ],
      );
    });

    it('changes nothing when it runs again, also for one that was released in the meantime', async () => {
      const { hold, statusOf } = worldOf(store);
      const [one, two] = [await put(store, 'one', inStatus('PENDING')), await put(store, 'two', inStatus('SENDING'))];
      await hold();
      const rowsOnce = [await store.read(one), await store.read(two)];
      const { rows: _, ...again } = await hold();
      assert.deepEqual(again, { held: 0, heldBefore: 2, finished: 0, younger: 0, unreadable: [] });
      assert.deepEqual([await store.read(one), await store.read(two)], rowsOnce);
      // A person let it be sent after the restore, so holding again does not change it.
      const version = rowsOnce[0]?.version ?? 0;
      await store.replace(one, version, { ...stored(inStatus('PENDING')), version: version + 1 });
      assert.equal((await hold()).heldBefore, 2);
      assert.equal(await statusOf(one), 'PENDING');
    });

    it('continues where it stopped after a failure of the store, and holds each once', async () => {
      const { hold, kept, statusOf } = worldOf(store);
      const ids = Array.from({ length: 20 }, (_, index) => `o${index}`);
      for (const id of ids) await put(store, id, inStatus('PENDING'));
      let commits = 0;
      const failing = {
        ...store,
        commit: async (commit: Parameters<WorldStore['commit']>[0]) => {
          commits += 1;
          if (commits > 9) throw new StoreUnavailable('gone');
          return store.commit(commit);
        },
      };
      await assert.rejects(hold(undefined, { store: failing }), { code: 'TEMPORARILY_UNAVAILABLE' });
      const stopped = kept.at(-1) ?? assert.fail('nothing was kept');
      assert.ok(stopped.counts.held > 0 && stopped.counts.held < 9, `${stopped.counts.held} held in whole pages`);
      assert.ok(stopped.parts.some(({ cursor }) => cursor !== undefined));
      const counts = await hold(stopped);
      assert.equal(counts.held + counts.heldBefore, ids.length);
      // Those of the page in which it stopped are found held already.
      assert.ok(counts.heldBefore > 0 && counts.heldBefore <= 9, `${counts.heldBefore}`);
      for (const id of ids) assert.equal(await statusOf(keyOf(id)), 'HELD');
    });

    it('lets a sender send nothing that is held', async () => {
      const { hold, place, send, topic, providers, ports, statusOf } = worldOf(store);
      const { orderId, notificationId } = await place({}, { store, clock: manualClock(Date.parse(BEFORE)) });
      const key = keyOf(orderId);
      await hold();
      // The copied outbox publishes its messages again. Every subscriber reads the row first.
      const record = await store.readOutbox(key, `http#${orderId}`);
      assert.deepEqual(await relay([record ?? assert.fail()], topic, ports({ store })), []);
      assert.ok(topic.published.some(({ attributes }) => attributes.channel === 'email'));
      assert.equal(await send(notificationId, { over: { store } }), 'not-claimable');
      assert.equal(providers.email.accepted.length, 0);
      assert.equal(await statusOf(key), 'HELD');
    });

    it('accepts evidence about a held one, also of an attempt that the copy does not contain', async () => {
      const { hold, accept, statusOf } = worldOf(store);
      const [known, forgotten] = [
        await put(store, 'known', inStatus('UNKNOWN')),
        await put(store, 'forgotten', inStatus('PENDING')),
      ];
      await hold();
      const accepted = (key: NotificationKey, attemptNonce: string) =>
        accept(
          {
            providerMessageId: `ses-${attemptNonce}`,
            acceptedAt: BEFORE,
            tenant: 'acme',
            notificationId: key.notificationId,
            attemptNonce,
          },
          { store },
        );
      assert.equal(await accepted(known, 'one'), 'recorded');
      assert.equal(await accepted(forgotten, 'lost-with-the-table'), 'recorded');
      assert.equal(await accepted(forgotten, 'lost-with-the-table'), 'known');
      assert.deepEqual([await statusOf(known), await statusOf(forgotten)], ['SENT', 'SENT']);
      const { state } = (await store.read(forgotten)) ?? assert.fail();
      assert.deepEqual(state.attempts, [
        {
          nonce: 'lost-with-the-table',
          claimedAt: BEFORE,
          outcome: 'accepted',
          providerMessageId: 'ses-lost-with-the-table',
          settledAt: BEFORE,
        },
      ]);
    });
  });
}

holdContract('in memory', async () => memoryStore());

let table: TestTable;
before(async () => {
  table = await startTable();
});
after(() => table.stop());

async function freshTable(): Promise<ScannableStore> {
  await replaceRows(table, []);
  return { ...dynamoStore(table), ...messageLogStore(table), ...dynamoScan({ ...table, pageRows: 3 }) };
}

holdContract('DynamoDB engine', freshTable);

describe('rows that this release cannot read', () => {
  const putRow = (client: DynamoDBClient, over: Record<string, { S: string } | { N: string }>, drop?: string) => {
    const { [drop ?? '']: _, ...Item } = { ...stateItem(keyOf('o1'), stored(inStatus('PENDING'))), ...over };
    return client.send(new PutItemCommand({ TableName: table.tableName, Item }));
  };

  it('are listed with the fault of each, and stop nothing', async () => {
    const store = await freshTable();
    const { client } = table;
    const named = (id: string) => ({ sk: { S: `NOTIFICATION#order_${id}_1-1` } });
    await putRow(client, { ...named('newer'), schemaVersion: { N: '99' } });
    await putRow(client, named('versionless'), 'schemaVersion');
    await putRow(client, named('typeless'), 'type');
    await putRow(client, { sk: { S: 'NOTIFICATION#not an id' } });
    await putRow(client, { sk: { S: 'NOTIFICATION#order_o1_1-1#RECIPIENT#1' } });
    await put(store, 'fine', inStatus('PENDING'));
    const { unreadable, rows: _, ...counts } = await worldOf(store).hold();
    assert.deepEqual(counts, { held: 1, heldBefore: 0, finished: 0, younger: 0 });
    const codes = unreadable.map(({ row, code }) => `${row.replace('acme#order#o1 NOTIFICATION#', '')}: ${code}`);
    assert.deepEqual(codes.sort(), [
      'not an id: NOT_A_NOTIFICATION',
      'order_newer_1-1: NEWER_VERSION',
      'order_typeless_1-1: UNREADABLE',
      'order_versionless_1-1: POISON_MESSAGE',
    ]);
  });
});
