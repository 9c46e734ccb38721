import { after, before } from 'node:test';
import { messageLogStore } from '#shared/adapters/aws/dynamo-message-log.ts';
import { type DynamoStore, dynamoStore } from '#shared/adapters/aws/dynamo-store.ts';
import { memoryStore } from '#shared/adapters/memory/memory-store.ts';
import type { MessageLogStore } from '#shared/ports.ts';
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
