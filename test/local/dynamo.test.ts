import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { startDynamo } from '#infra/local/engines/dynamo.ts';
import { createTables } from '#infra/local/engines/provision.ts';
import { type Reaper, startReaper } from '#infra/local/processes/reaper.ts';
import type { Engine } from '#infra/local/processes/supervisor.ts';
import type { TablePlan } from '#infra/local/template/plan.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { isRunning, pidIn } from '#test/support/processes.ts';

const table: TablePlan = {
  logicalId: 'table',
  name: 'stage-table',
  attributes: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'due', AttributeType: 'N' },
  ],
  keySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  indexes: [
    {
      IndexName: 'due',
      KeySchema: [{ AttributeName: 'due', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  streamViewType: 'NEW_AND_OLD_IMAGES',
  ttlAttribute: 'expiresAt',
};

/** The engine that `DYNAMODB_ENGINE` names. */
describe('The DynamoDB engine', () => {
  const folder = temporaryFolder();
  const lines: string[] = [];
  let reaper: Reaper;
  let engine: Engine;
  const start = (environment: NodeJS.ProcessEnv = process.env): Promise<Engine> =>
    startDynamo({
      folder,
      environment,
      reaper,
      log: (line) => lines.push(line),
      onFailure: (error) => assert.fail(error),
    });
  before(async () => {
    reaper = startReaper();
    engine = await start();
  });
  after(async () => {
    await engine.stop();
    await reaper.close();
    removeFolder(folder);
  });

  it('creates each table once, and refuses another schema for an existing table', async () => {
    const target = { endpoint: engine.url, region: 'eu-x-1' };
    const labels = await createTables([table], target);
    assert.ok(labels.table);
    assert.deepEqual(await createTables([table], target), labels);
    const other = { ...table, indexes: [] };
    await assert.rejects(createTables([other], target), {
      code: 'CANNOT_RUN',
      message: /stage-table has other keys or indexes.*--fresh/,
    });
  });

  it('is started again at the same address after a kill, with every acknowledged write', async () => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const client = new DynamoDBClient({ endpoint: engine.url, region: 'eu-x-1', credentials });
    const put = (id: string) => client.send(new PutItemCommand({ TableName: table.name, Item: { pk: { S: id } } }));
    await put('kept');
    // DynamoDB Local stores a write on disk before it acknowledges the next write, not before it acknowledges this one.
    await put('later');
    const killed = pidIn(folder);
    process.kill(killed, 'SIGKILL');
    const kept = await eventually(
      'an answer',
      async () => (await client.send(new GetItemCommand({ TableName: table.name, Key: { pk: { S: 'kept' } } }))).Item,
    );
    assert.deepEqual(kept, { pk: { S: 'kept' } });
    assert.notEqual(pidIn(folder), killed);
    assert.match(lines.at(-1) ?? '', /The DynamoDB engine ended \(SIGKILL\) and is started again/);
    client.destroy();
  });

  it('is ended before a new start opens its file if an earlier start left it running', async () => {
    const marker = readFileSync(`/proc/${pidIn(folder)}/cmdline`, 'utf8')
      .split('\0')
      .find((argument) => argument.startsWith(folder)) as string;
    await engine.stop();
    const orphan = spawn('/bin/sh', ['-c', 'while :; do sleep 1; done', marker], { stdio: 'ignore' });
    writeFileSync(join(folder, 'engine.pid'), `${orphan.pid}\n`);
    const ended = once(orphan, 'exit');
    engine = await start();
    assert.deepEqual(await ended, [null, 'SIGKILL']);
  });

  it('does not kill another process that reuses its process id', async () => {
    await engine.stop();
    writeFileSync(join(folder, 'engine.pid'), `${process.pid}\n`);
    engine = await start();
    assert.ok(isRunning(process.pid));
  });

  it('must be a known engine', async () => {
    for (const name of ['dynamite', 'constructor'])
      await assert.rejects(start({ DYNAMODB_ENGINE: name }), {
        code: 'CANNOT_RUN',
        message: `DYNAMODB_ENGINE is "${name}"; valid: dynoxide, dynamodb-local.`,
      });
  });

  it('does not start on the data of another engine', async () => {
    const [name, other] = ['dynoxide', 'dynamodb-local'].sort((one) => (one === process.env.DYNAMODB_ENGINE ? -1 : 0));
    await assert.rejects(start({ DYNAMODB_ENGINE: other }), {
      code: 'CANNOT_RUN',
      message: new RegExp(`is of ${name}, and ${other} cannot read it; set DYNAMODB_ENGINE=${name}.*--fresh`),
    });
  });
});
