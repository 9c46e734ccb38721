import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorInput,
} from '@aws-sdk/client-dynamodb-streams';
import { startDynamo } from '#infra/local/engines/dynamo.ts';
import type { RunningDynamo } from '#infra/local/engines/dynamo-engine.ts';
import { indexStream } from '#infra/local/engines/stream-index.ts';
import { type Reaper, startReaper } from '#infra/local/processes/reaper.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { pidIn } from '#test/support/processes.ts';

describe('dynoxide', () => {
  const folder = temporaryFolder();
  const region = 'eu-x-1';
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  let reaper: Reaper;
  let engine: RunningDynamo;
  const start = (environment: NodeJS.ProcessEnv = {}): Promise<RunningDynamo> =>
    startDynamo({
      folder,
      environment: { ...process.env, DYNAMODB_ENGINE: '', ...environment },
      reaper,
      log: () => undefined,
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

  it('has an index on its stream', () => {
    const database = new DatabaseSync(join(folder, 'dynoxide.sqlite'), { readOnly: true });
    const index = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND name = 'x_stream_seq'")
      .get();
    database.close();
    assert.ok(index);
  });

  it('keeps every acknowledged write after a kill', async () => {
    const client = new DynamoDBClient({ endpoint: engine.url, region, credentials });
    await client.send(
      new CreateTableCommand({
        TableName: 'table',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      }),
    );
    await client.send(new PutItemCommand({ TableName: 'table', Item: { pk: { S: 'kept' } } }));
    process.kill(pidIn(folder), 'SIGKILL');
    const kept = await eventually(
      'an answer',
      async () => (await client.send(new GetItemCommand({ TableName: 'table', Key: { pk: { S: 'kept' } } }))).Item,
    );
    assert.deepEqual(kept, { pk: { S: 'kept' } });
    client.destroy();
  });

  it('drops the records of a stream on request, and numbers the next one after them', async () => {
    const client = new DynamoDBClient({ endpoint: engine.url, region, credentials });
    const streams = new DynamoDBStreamsClient({ endpoint: engine.url, region, credentials });
    const { TableDescription } = await client.send(
      new CreateTableCommand({
        TableName: 'streamed',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      }),
    );
    const StreamArn = TableDescription?.LatestStreamArn;
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
    const put = (pk: string) => client.send(new PutItemCommand({ TableName: 'streamed', Item: { pk: { S: pk } } }));
    const read = async (from: Omit<GetShardIteratorInput, 'StreamArn' | 'ShardId'>) => {
      const { ShardIterator } = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ...from }));
      const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
      return Records.map(({ dynamodb }) => ({ pk: dynamodb?.Keys?.pk?.S, SequenceNumber: dynamodb?.SequenceNumber }));
    };
    for (const pk of ['one', 'two']) await put(pk);
    const [first, last] = await read({ ShardIteratorType: 'TRIM_HORIZON' });

    assert.equal(engine.dropStreamRecords?.(), 2);
    assert.deepEqual(await read({ ShardIteratorType: 'TRIM_HORIZON' }), []);
    assert.equal(engine.dropStreamRecords?.(), 0);
    await put('three');
    for (const SequenceNumber of [first?.SequenceNumber, last?.SequenceNumber]) {
      const after = await read({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber });
      assert.deepEqual(
        after.map(({ pk }) => pk),
        ['three'],
      );
    }
    assert.equal(engine.dropStreamRecords?.(), 1);
    client.destroy();
    streams.destroy();
  });

  it('is reported in one sentence if the binary is missing', () =>
    assert.rejects(start({ DYNOXIDE_BIN: join(folder, 'nowhere') }), {
      code: 'CANNOT_RUN',
      message: /nowhere \(DYNOXIDE_BIN\) is missing/,
    }));

  it('reports why it does not start', async () => {
    await engine.stop();
    await assert.rejects(start({ DYNOXIDE_BIN: '/bin/false' }), {
      code: 'CANNOT_RUN',
      message: /did not start: exit code 1/,
    });
    engine = await start();
  });

  it('runs without an index, with a warning, if its stream table has another schema', () => {
    const file = join(folder, 'other.sqlite');
    new DatabaseSync(file).exec('CREATE TABLE _stream_records (something TEXT)');
    const warnings: string[] = [];
    indexStream(file, (line) => warnings.push(line));
    assert.match(warnings[0] ?? '', /has no table_name, sequence_number/);
  });
});
