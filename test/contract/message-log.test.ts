import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { contentItemKey } from '#shared/adapters/aws/dynamodb/keys.ts';
import { messageLogStore } from '#shared/adapters/aws/dynamodb/message-log.ts';
import { type DynamoStore, dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import type { MessageLogStore } from '#shared/message-log/ports.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import { memoryStore } from '#test/support/memory/memory-store.ts';
import { startTable, type TestTable } from '#test/support/table.ts';
import { messageLogContract } from './message-log.contract.ts';

let table: TestTable;
let store: DynamoStore & MessageLogStore;
before(async () => {
  table = await startTable();
  store = { ...dynamoStore(table), ...messageLogStore(table) };
});
after(() => table.stop());

const memory = memoryStore();
messageLogContract('in memory', () => memory);
messageLogContract('DynamoDB engine', () => store);

/** Places in the log of a notification with an id of ours, or of another release. */
const logged = (tenant: string, ids: readonly string[]): Promise<unknown> =>
  Promise.all(
    ids.map((id, second) =>
      table.client.send(
        new PutItemCommand({
          TableName: table.tableName,
          Item: {
            pk: { S: `${tenant}#order#${second}` },
            sk: { S: `NOTIFICATION#${id}` },
            logTenant: { S: tenant },
            logOrder: { S: `2026-01-01T00:00:0${second}.000Z#${id}` },
          },
        }),
      ),
    ),
  );

describe('the log of a tenant with ids of another release', () => {
  it('lists them separately, and continues after them, also if a page has no other entries', async () => {
    const tenant = 'unknown-ids';
    await logged(tenant, ['order_a_1-1', 'order:new', 'order:newer', 'order:newest', 'order_b_1-1']);
    const known: string[] = [];
    const unknown: string[] = [];
    let after: string | undefined;
    for (let pages = 0; ; pages += 1) {
      assert.ok(pages < 20, 'it never ends');
      const page = await store.listLog(tenant, { ...(after !== undefined && { after }) }, 2);
      known.push(...page.entries.map(({ key }) => key.notificationId));
      unknown.push(...page.unknown.map((position) => position.slice(position.indexOf('#') + 1)));
      after = page.last ?? after;
      if (page.isLast) break;
    }
    assert.deepEqual(
      [known, unknown],
      [
        ['order_b_1-1', 'order_a_1-1'],
        ['order:newest', 'order:newer', 'order:new'],
      ],
    );
  });
});

describe('addresses in a content that this release cannot read', () => {
  for (const { what, content, code } of [
    {
      what: 'of a newer release',
      content: { schemaVersion: 99, content: { to: ['a@x.example'] } },
      code: 'NEWER_VERSION',
    },
    { what: 'without recipients', content: { schemaVersion: 1, content: {} }, code: 'POISON_MESSAGE' },
  ]) {
    it(`are not erased one by one: ${what}`, async () => {
      const key = notificationKey('acme', 'message_unreadable_1-1') ?? assert.fail();
      const Item = marshall({ ...contentItemKey(key), type: 'content', ...content });
      await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
      await assert.rejects(store.eraseContent(key, [0]), { code });
      await store.eraseContent(key, 'all');
      await store.eraseContent(key, [0]);
    });
  }
});
