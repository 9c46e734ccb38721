import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { anOrder, customerOf } from '#test/support/api.ts';
import { removeFolder, runMain, startLocalCloud, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { processesWith } from '#test/support/processes.ts';

const leftIn = (folder: string): string[] => readdirSync(folder).filter((name) => /lock|outputs/.test(name));

/** Waits for a file while the process runs, without a time limit, because the duration of a start depends on the machine. */
async function untilThere(path: string, exited: Promise<unknown>): Promise<void> {
  let hasEnded = false;
  void exited.then(() => {
    hasEnded = true;
  });
  while (!existsSync(path)) {
    assert.ok(!hasEnded, `The process ended before ${path} existed`);
    await sleep(20);
  }
}

describe('A start that fails', () => {
  const folder = temporaryFolder();
  after(() => removeFolder(folder));

  /** Starts, and expects a refusal in one sentence that leaves no files and no processes. */
  const refused = async (environment: Record<string, string>, expected: RegExp, args: string[] = []): Promise<void> => {
    const { exited, printed } = runMain({ PORT: '0', DATA_DIR: join(folder, 'data'), ...environment }, args);
    assert.equal(await exited, 1, printed());
    assert.match(printed(), expected);
    const lines = printed()
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('Starting for '));
    assert.equal(lines.length, 1, printed());
    if (existsSync(join(folder, 'data'))) assert.deepEqual(leftIn(join(folder, 'data')), []);
    assert.deepEqual(processesWith(folder), []);
  };

  it('reports an invalid port', async () => {
    for (const PORT of ['http', '70000', '-1', '1.5'])
      await refused({ PORT }, new RegExp(`^PORT is "${PORT}"; it must be a number`));
  });

  it('reports a stage that does not run here, and names those that do', () =>
    refused({ STAGE: 'dev' }, /^STAGE is "dev"; on this machine, it must be one of: local, local-sendgrid\.$/m));

  it('reports an unknown argument, and prints the usage', () =>
    refused({}, /Unknown option '--freshly'.*Usage: npm start/s, ['--freshly']));

  it('reports a port that is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await refused({ PORT: String(port) }, new RegExp(`^Port ${port} is in use already; name another one in PORT`));
    server.close();
  });

  it('reports a data folder that cannot be used', async () => {
    writeFileSync(join(folder, 'file'), '');
    await refused({ DATA_DIR: join(folder, 'file') }, /^The data folder .*file \(DATA_DIR\) cannot be used: EEXIST/);
  });

  it('reports a missing engine', () =>
    refused(
      { DYNAMODB_ENGINE: 'dynoxide', DYNOXIDE_BIN: '/nowhere/dynoxide' },
      /^The DynamoDB engine \/nowhere\/dynoxide/,
    ));

  it('reports an unknown engine, and lists the valid ones', () =>
    refused({ DYNAMODB_ENGINE: 'dynamite' }, /^DYNAMODB_ENGINE is "dynamite"; valid: dynoxide, dynamodb-local\.$/m));
});

describe('A start that is cancelled', () => {
  const folder = temporaryFolder();
  after(() => removeFolder(folder));
  const cases: [when: string, path: string, signal: NodeJS.Signals][] = [
    ['immediately', 'lock', 'SIGINT'],
    ['while engines start', 'messaging/fauxqs.db', 'SIGTERM'],
    ['when the stack is synthesized', 'assembly', 'SIGINT'],
    ['when functions can run', 'logs/send-email.log', 'SIGTERM'],
  ];
  for (const [when, path, signal] of cases) {
    it(`${when} leaves nothing behind`, async () => {
      const dataDir = join(folder, when);
      const { child, exited, printed } = runMain({ PORT: '0', DATA_DIR: dataDir });
      await untilThere(join(dataDir, path), exited);
      child.kill(signal);
      assert.equal(await exited, 0, printed());
      assert.deepEqual(leftIn(dataDir), []);
      // The bundler ends by itself when the synthesis that started it is gone.
      await eventually('all processes to end', async () => processesWith(dataDir).length === 0);
    });
  }
});

describe('A start by npm', () => {
  const dataDir = temporaryFolder();
  after(() => removeFolder(dataDir));

  it('is cancelled when npm is killed, which does not signal its script', async (t) => {
    const script = `"${process.execPath}" "${join(import.meta.dirname, '..', '..', 'infra', 'local', 'main.ts')}"; true`;
    const shell = spawn('/bin/sh', ['-c', script], {
      env: { ...process.env, npm_lifecycle_event: 'start', PORT: '0', DATA_DIR: dataDir },
      stdio: 'ignore',
    });
    t.after(() => shell.kill('SIGKILL'));
    await untilThere(join(dataDir, 'lock'), new Promise((resolve) => shell.once('close', resolve)));
    shell.kill('SIGKILL');
    await eventually('all its processes to end', async () => processesWith(dataDir).length === 0);
    assert.deepEqual(leftIn(dataDir), []);
  });
});

describe('A local cloud', () => {
  const dataDir = temporaryFolder();
  after(() => removeFolder(dataDir));

  it('locks its folder, loses nothing when it is killed, and leaves no processes', async () => {
    const first = await startLocalCloud(dataDir);
    const second = runMain({ PORT: '0', DATA_DIR: dataDir });
    assert.equal(await second.exited, 1);
    assert.match(second.printed(), /^Another local cloud runs on /);
    const placed = await customerOf(first.outputs).place(anOrder());
    assert.equal(placed.status, 201);
    first.process.kill('SIGKILL');
    await eventually('all its processes to end', async () => processesWith(dataDir).length === 0);

    const again = await startLocalCloud(dataDir);
    await customerOf(again.outputs).settled(placed.json.orderId as string);
    assert.equal(await again.interrupt(), 0);
    assert.deepEqual(leftIn(dataDir), []);
    assert.deepEqual(processesWith(dataDir), []);
  });
});
