import { after, before } from 'node:test';
import { statisticsStore } from '#shared/adapters/aws/dynamodb/statistics.ts';
import { type DynamoStore, dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import { STATISTICS_DUE } from '#shared/statistics/due.ts';
import type { StatisticsStore } from '#shared/statistics/ports.ts';
import { memoryStatistics } from '#test/support/memory/memory-statistics.ts';
import { startTable, type TestTable } from '#test/support/table.ts';
import { statisticsContract } from './statistics.contract.ts';

let table: TestTable;
let store: DynamoStore;
let statistics: StatisticsStore;
before(async () => {
  table = await startTable();
  store = dynamoStore(table);
  statistics = statisticsStore(table);
});
after(() => table.stop());

const memory = memoryStatistics();
statisticsContract(
  'in memory',
  () => memory,
  async () => memory.dueMinutes(),
);
statisticsContract(
  'DynamoDB engine',
  () => statistics,
  async () => (await store.due(STATISTICS_DUE, Number.MAX_SAFE_INTEGER, 1000)).filter((row) => 'minute' in row),
);
