import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { toItem } from '#shared/adapters/aws/dynamodb/items.ts';
import { outboxItemKey } from '#shared/adapters/aws/dynamodb/keys.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { orderListStore } from '#shared/adapters/aws/dynamodb/order-list.ts';
import { outboxScan } from '#shared/adapters/aws/dynamodb/outbox-scan.ts';
import { ATTRIBUTE } from '#shared/names.ts';
import { memoryOrderList } from '#test/support/memory/memory-order-list.ts';
import { memoryOutboxScan } from '#test/support/memory/memory-replays.ts';
import { memoryStore } from '#test/support/memory/memory-store.ts';
import { rowsOf } from '#test/support/rows.ts';
import { startTable, type TestTable } from '#test/support/table.ts';
import { type ReplayStores, replayContract } from './replay.contract.ts';
import { creation } from './store-rows.ts';

let table: TestTable;
let stores: ReplayStores;
before(async () => {
  table = await startTable();
  stores = { once: onceStore(table), outbox: outboxScan(table), orderList: orderListStore(table) };
});
after(() => table.stop());

const once = memoryStore();
const inMemory = { once, outbox: memoryOutboxScan(once), orderList: memoryOrderList() };
replayContract('in memory', () => inMemory, 8);
replayContract('DynamoDB engine', () => stores, 520);

describe('an outbox row', () => {
  const commandId = 'http#create';

  it('never expires, so a replay has the history of every order', async () => {
    const subject = { tenant: 'lasting', type: 'order', id: 'o1' };
    await stores.once.commit(creation(subject));
    const rows = (await rowsOf(table)).filter(({ type }) => type?.S === 'outbox');
    assert.ok(rows.length > 0);
    assert.deepEqual(
      rows.filter((row) => ATTRIBUTE.expiresAt in row),
      [],
    );
  });

  it('that cannot be read is named with its place, and the others of its page are read', async () => {
    const tenant = 'unreadable';
    const subjects = ['o1', 'o2'].map((id) => ({ tenant, type: 'order', id }));
    for (const subject of subjects) await stores.once.commit(creation(subject));
    const [broken = assert.fail()] = subjects;
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.tableName,
        Key: toItem(outboxItemKey(broken, commandId)),
        UpdateExpression: 'REMOVE messages',
      }),
    );
    const { records, unreadable } = await everything(tenant);
    assert.deepEqual(
      records.map(({ subject }) => subject.id),
      ['o2'],
    );
    assert.deepEqual(
      unreadable.map(({ detail: _, ...named }) => named),
      [{ tenant, subject: 'order/o1', id: outboxItemKey(broken, commandId).sk, reason: 'MALFORMED' }],
    );
  });

  it('of a newer release stops the page, so it is not left out', async () => {
    const tenant = 'newer';
    const key = outboxItemKey({ tenant, type: 'order', id: 'o1' }, commandId);
    const Item = toItem({ ...key, type: 'outbox', schemaVersion: 99 });
    await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
    await assert.rejects(everything(tenant), { code: 'NEWER_VERSION' });
  });

  async function everything(tenant: string) {
    let position: string | undefined;
    const found: Pick<Awaited<ReturnType<typeof stores.outbox.scanOutbox>>, 'records' | 'unreadable'> = {
      records: [],
      unreadable: [],
    };
    do {
      const page = await stores.outbox.scanOutbox({ type: 'order', tenant }, position);
      found.records.push(...page.records);
      found.unreadable.push(...page.unreadable);
      position = page.position;
    } while (position !== undefined);
    return found;
  }
});
