import { after, before } from 'node:test';
import { customerStore } from '#shared/adapters/aws/dynamodb/customers.ts';
import { letterReader } from '#shared/adapters/aws/dynamodb/redrives.ts';
import { type DynamoStore, dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import { memoryCustomers } from '#test/support/memory/memory-customers.ts';
import { memoryLetterReader } from '#test/support/memory/memory-redrives.ts';
import { memoryStore } from '#test/support/memory/memory-store.ts';
import { startTable, type TestTable } from '#test/support/table.ts';
import { contentContract } from './contents.contract.ts';
import { customerContract } from './customers.contract.ts';
import { deadLetterContract } from './dead-letters.contract.ts';
import { dueContract } from './due.contract.ts';
import { objectionContract } from './objections.contract.ts';
import { outcomeContract } from './outcomes.contract.ts';
import { settingsContract } from './settings.contract.ts';
import { storeContract } from './store.contract.ts';
import { suppressionContract } from './suppressions.contract.ts';

let table: TestTable;
let store: DynamoStore;
before(async () => {
  table = await startTable();
  store = dynamoStore(table);
});
after(() => table.stop());

const memory = memoryStore();
storeContract('in memory', () => memory);
storeContract('DynamoDB engine', () => store);
dueContract('in memory', () => memory);
dueContract('DynamoDB engine', () => store);
deadLetterContract(
  'in memory',
  () => memory,
  () => memoryLetterReader(memory),
);
deadLetterContract(
  'DynamoDB engine',
  () => store,
  () => letterReader(table),
);
contentContract('in memory', () => memory);
contentContract('DynamoDB engine', () => store);
objectionContract('in memory', () => memory);
objectionContract('DynamoDB engine', () => store);
suppressionContract('in memory', () => memory);
suppressionContract('DynamoDB engine', () => store);
outcomeContract('in memory', () => memory, 200);
outcomeContract('DynamoDB engine', () => store, 20);
customerContract('in memory', () => ({ customers: memoryCustomers(memory), once: memory }));
customerContract('DynamoDB engine', () => ({ customers: customerStore(table), once: store }));
settingsContract('in memory', () => memory);
settingsContract('DynamoDB engine', () => store);
