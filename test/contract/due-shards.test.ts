import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unheldIn } from '#infra/account/restore/hold-table.ts';
import { dueIndex } from '#shared/adapters/aws/dynamodb/due.ts';
import { gaugeOfKind } from '#shared/adapters/aws/dynamodb/gauges.ts';
import { type DueShards, type ItemKey, outboxItemKey, stateItemKey } from '#shared/adapters/aws/dynamodb/keys.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { outboxStore } from '#shared/adapters/aws/dynamodb/outbox.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import { DUE_SHARDS } from '#shared/names.ts';
import { NOTIFICATION_DUE } from '#shared/notification/due.ts';
import { NOTIFICATION } from '#shared/notification/notification.ts';
import { type DueKind, type DueRow, OUTBOX_DUE } from '#shared/once/due.ts';
import { keyOfNotification, notificationRows } from '#test/support/requested.ts';
import { startTable, type TestTable } from '#test/support/table.ts';
import { creation, freshSubject, NOW, outboxRecord, pending } from './store-rows.ts';

const COUNT = 60;
/** After the creation of every notification. */
const NOW_TEXT = new Date(NOW + 86_400_000).toISOString();
/** A stage of more traffic, one release after the other. */
const RAISED: DueShards = both({ written: DUE_SHARDS, read: 32 });
const WIDE: DueShards = both({ written: 32, read: 32 });

function both(shards: { written: number; read: number }): DueShards {
  return { outbox: shards, notification: shards };
}

let table: TestTable;
before(async () => {
  table = await startTable();
});
after(() => table.stop());

const releaseWith = (dueShards?: DueShards) => ({ client: table.client, tableName: table.tableName, dueShards });

/** Orders with a due outbox row and a due notification each. */
async function commitOrders(dueShards?: DueShards): Promise<{ order: Subject; notification: StateKey }[]> {
  const store = onceStore(releaseWith(dueShards));
  return Promise.all(
    Array.from({ length: COUNT }, async () => {
      const order = freshSubject();
      const message = pending(order, NOW);
      const outbox = outboxRecord(order, 'http#create', { dueAt: NOW });
      const result = await store.commit(creation(order, { outbox, rows: notificationRows(order, message) }));
      assert.equal(result.kind, 'committed');
      return { order, notification: keyOfNotification(order, message) };
    }),
  );
}

async function shardAt(key: ItemKey): Promise<number> {
  const Key = { pk: { S: key.pk }, sk: { S: key.sk } };
  const { Item } = await table.client.send(
    new GetItemCommand({ TableName: table.tableName, Key, ConsistentRead: true }),
  );
  return Number(Item?.dueShard?.S?.split('#')[1] ?? assert.fail('The row is not due.'));
}

const dueIn = async <Row extends DueRow>(kind: DueKind<Row>, dueShards?: DueShards): Promise<number> =>
  (await dueIndex(releaseWith(dueShards)).entriesDue(kind, NOW, 10_000)).rows.length;

describe('more shards of due rows than eight', () => {
  it('take the rows of an order, and every release from the one that reads them finds all of them', async () => {
    const [earlier, orders] = [await commitOrders(), await commitOrders(WIDE)];
    const outbox = await Promise.all(orders.map(({ order }) => shardAt(outboxItemKey(order, 'http#create'))));
    const notifications = await Promise.all(orders.map(({ notification }) => shardAt(stateItemKey(notification))));
    for (const shards of [outbox, notifications]) {
      assert.ok(Math.max(...shards) < 32);
      // Of 60 rows on 32 shards, all on the first eight has a probability of 0.25 to the power of 60.
      assert.ok(
        shards.some((shard) => shard >= DUE_SHARDS),
        String(shards),
      );
    }
    for (const release of [RAISED, WIDE]) {
      assert.equal(await dueIn(OUTBOX_DUE, release), earlier.length + orders.length);
      assert.equal(await dueIn(NOTIFICATION_DUE, release), earlier.length + orders.length);
      const gauge = await gaugeOfKind(releaseWith(release), OUTBOX_DUE.name);
      assert.equal(gauge.count, earlier.length + orders.length);
    }
    // What the settings prevent: without the release in between, a rollback would leave rows behind.
    assert.ok((await dueIn(OUTBOX_DUE)) < earlier.length + orders.length);
  });

  it('are read by the commands of a restore, which would otherwise start a stage that sends again', async () => {
    const earlier = await unheldIn({ ...releaseWith(WIDE), restoredAt: NOW_TEXT });
    await commitOrders(WIDE);
    const now = await unheldIn({ ...releaseWith(WIDE), restoredAt: NOW_TEXT });
    assert.equal(now.notifications - earlier.notifications, COUNT);
  });

  it('take a row that is due again, also after a rollback to fewer written shards', async () => {
    const [one] = await commitOrders(WIDE);
    const { order, notification } = one ?? assert.fail();
    const wide = { outbox: outboxStore(releaseWith(WIDE)), states: stateStore(releaseWith(WIDE), NOTIFICATION) };
    const raised = stateStore(releaseWith(RAISED), NOTIFICATION);
    const before = await shardAt(stateItemKey(notification));
    const moved = async (states: typeof raised, at: number): Promise<number> => {
      const current = (await states.read(notification)) ?? assert.fail();
      const next = { ...current, version: current.version + 1, due: { kind: NOTIFICATION_DUE.name, at } };
      assert.equal((await states.replace(notification, current.version, next)).kind, 'replaced');
      return shardAt(stateItemKey(notification));
    };
    assert.equal(await moved(wide.states, NOW + 1), before);
    assert.equal(await moved(raised, NOW + 2), before % DUE_SHARDS);

    await wide.outbox.bury(order, 'http#create', new Date(NOW).toISOString());
    await wide.outbox.makeDue(order, 'http#create', NOW);
    const again = await shardAt(outboxItemKey(order, 'http#create'));
    assert.equal(again % DUE_SHARDS, before % DUE_SHARDS, 'The shard is a hash of the partition, which they share.');
  });
});
