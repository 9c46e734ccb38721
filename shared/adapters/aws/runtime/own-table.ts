import { dynamoClient } from '#shared/adapters/aws/dynamodb/client.ts';
import type { Table } from '#shared/adapters/aws/dynamodb/table.ts';
import { ENV } from '#shared/names.ts';
import { readEnvironment } from './environment.ts';

/**
 * The stage's table, as the environment describes it.
 * @param options of the client, for a function with less time than usual.
 * @throws MisconfiguredFunction
 */
export function ownTable(options?: Parameters<typeof dynamoClient>[0]): Table {
  const { tableName, dueShards } = readEnvironment({
    tableName: [ENV.table, 'text'],
    dueShards: [ENV.dueShards, 'optional text'],
  });
  return {
    tableName,
    client: dynamoClient(options),
    ...(dueShards !== undefined && { dueShards: JSON.parse(dueShards) }),
  };
}
