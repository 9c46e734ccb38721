import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import * as v from 'valibot';
import { messageLogStore } from '#shared/adapters/aws/dynamodb/message-log.ts';
import { outboxHistory } from '#shared/adapters/aws/dynamodb/outbox.ts';
import { dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import type { OnceStore, OutboxHistory } from '#shared/once/ports.ts';
import { getOrderTimeline } from '#shared/timeline/queries.ts';
import { timelineSchema } from '#shared/timeline/responses.ts';
import { countReads } from '#test/support/counted-reads.ts';
import { httpEvent } from '#test/support/http-event.ts';
import { memoryOutboxHistory } from '#test/support/memory/memory-outbox-history.ts';
import { memoryStore } from '#test/support/memory/memory-store.ts';
import { placeOrder } from '#test/support/orders.ts';
import { startTable, type TestTable } from '#test/support/table.ts';
import { createWorld } from '#test/support/world/world.ts';
import { outboxHistoryContract } from './outbox-history.contract.ts';

let table: TestTable;
let store: OnceStore & OutboxHistory;
before(async () => {
  table = await startTable();
  store = { ...dynamoStore(table), ...outboxHistory(table) };
});
after(() => table.stop());

const inMemory = memoryStore();
outboxHistoryContract('in memory', () => ({ ...inMemory, ...memoryOutboxHistory(inMemory) }));
outboxHistoryContract('DynamoDB engine', () => store);

it('the timeline of an order takes two read calls on a real engine', async () => {
  const orderId = 'a'.repeat(26);
  const contact = { name: 'Ada', email: 'ada@example.com' };
  await placeOrder(
    { tenant: 'acme', orderId, contact },
    createWorld().ports({ store: { ...dynamoStore(table), ...messageLogStore(table) } }),
  );
  const reads = countReads(table.client);
  const request = httpEvent({ routeKey: 'GET /orders/{orderId}/timeline', pathParameters: { orderId } });
  const response = await getOrderTimeline(
    { ...request, tenant: 'acme', correlationId: 'c' },
    { outboxHistory: outboxHistory(table), messageLog: messageLogStore(table), secret: async () => 'secret' },
  );
  assert.deepEqual(
    v.parse(timelineSchema, JSON.parse(response.body)).entries.map(({ type }) => type),
    ['PlaceOrder', 'OrderPlaced', 'NotificationRequested', 'requested'],
  );
  assert.equal(reads.calls, 2);
});
