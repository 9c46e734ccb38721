import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { startDynamo } from '#infra/local/engines/dynamo.ts';
import { type Reaper, startReaper } from '#infra/local/processes/reaper.ts';
import type { Engine } from '#infra/local/processes/supervisor.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { isRunning, pidIn, processesWith } from '#test/support/processes.ts';

describe('DynamoDB Local in a network namespace', () => {
  const folder = temporaryFolder();
  const lines: string[] = [];
  let reaper: Reaper;
  let engine: Engine;
  let client: DynamoDBClient;
  before(async () => {
    reaper = startReaper();
    const onFailure = (error: Error) => assert.fail(error);
    const environment = { ...process.env, DYNAMODB_ENGINE: 'dynamodb-local' };
    engine = await startDynamo({ folder, environment, reaper, log: (line) => lines.push(line), onFailure });
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    client = new DynamoDBClient({ endpoint: engine.url, region: 'eu-x-1', credentials });
  });
  after(async () => {
    client.destroy();
    await reaper.close();
    removeFolder(folder);
  });

  const answers = async (): Promise<boolean> => (await client.send(new ListTablesCommand({}))).TableNames !== undefined;
  const networkOf = (pid: number): string => readlinkSync(`/proc/${pid}/ns/net`);
  const javaPid = (): number => pidIn(folder, 'java.pid');

  it('runs in a separate network namespace', async () => {
    assert.ok(await answers());
    assert.notEqual(networkOf(javaPid()), networkOf(process.pid));
    assert.equal(networkOf(javaPid()), networkOf(pidIn(folder)));
    assert.deepEqual(
      lines.filter((line) => line.includes('every network interface')),
      [],
    );
  });

  it('uses a write-ahead log', async () => {
    const database = new DatabaseSync(join(folder, 'shared-local-instance.db'), { readOnly: true });
    assert.deepEqual({ ...database.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' });
    database.close();
  });

  it('is reachable on 127.0.0.1 only', async () => {
    const reached = (host: string): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect({ host, port: Number(new URL(engine.url).port) });
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
    const addresses = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
    for (const address of addresses.filter((one) => !one.startsWith('fe80:')))
      assert.equal(await reached(address), address === '127.0.0.1', address);
  });

  it('is started again at the same address if Java or its parent process ends', async () => {
    for (const file of ['java.pid', 'engine.pid']) {
      const before = { java: javaPid(), parent: pidIn(folder) };
      process.kill(pidIn(folder, file), 'SIGKILL');
      await eventually('another Java', async () => javaPid() !== before.java && answers());
      assert.deepEqual([isRunning(before.java), isRunning(before.parent)], [false, false]);
    }
    assert.equal(lines.filter((line) => line.includes('is started again')).length, 2);
  });

  it('leaves no processes', async () => {
    await engine.stop();
    assert.deepEqual(processesWith(folder), []);
  });

  it('ends when the process that started it is killed', async (t) => {
    const source = `
      const { startDynamo } = await import('#infra/local/engines/dynamo.ts');
      const { startReaper } = await import('#infra/local/processes/reaper.ts');
      const environment = { ...process.env, DYNAMODB_ENGINE: 'dynamodb-local' };
      const options = { folder: process.argv[1], environment, reaper: startReaper(), log() {}, onFailure() {} };
      console.log((await startDynamo(options)).url);`;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', source, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => parent.kill('SIGKILL'));
    const early = once(parent, 'exit').then(([code]) => assert.fail(`It ended with ${code}.`));
    await Promise.race([once(parent.stdout, 'data'), early]);
    // From here on, the end of the process is expected.
    early.catch(() => undefined);
    assert.ok(isRunning(javaPid()));
    parent.kill('SIGKILL');
    await eventually('all processes to end', async () => processesWith(folder).length === 0);
  });
});
