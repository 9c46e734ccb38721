import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { clientTenants } from '#shared/adapters/aws/dynamodb/client-tenants.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { CLIENT_TENANT, clientItemKey } from '#shared/names.ts';
import { startTable, type TestTable } from '#test/support/table.ts';

let table: TestTable;
before(async () => {
  table = await startTable();
});
after(() => table.stop());

it('A machine client belongs to the tenant that its row names, and a stranger to none', async () => {
  const { pk, sk } = clientItemKey('client-1');
  const Item = { pk: { S: pk }, sk: { S: sk }, schemaVersion: { N: '1' }, [CLIENT_TENANT]: { S: 'acme' } };
  await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
  const tenantOf = clientTenants(table);
  assert.equal(await tenantOf('client-1'), 'acme');
  assert.equal(await tenantOf('client-2'), undefined);
  assert.equal(await tenantOf('client-1#CLIENT'), undefined);
});

it('Whose a machine client is, a newer release may know alone: there is no token then, and no other tenant', async () => {
  const { pk, sk } = clientItemKey('client-3');
  const Item = { pk: { S: pk }, sk: { S: sk }, schemaVersion: { N: '99' }, [CLIENT_TENANT]: { S: 'acme' } };
  await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
  await assert.rejects(clientTenants(table)('client-3'), NewerVersion);
});
