import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { listenLocally } from '#infra/local/base/http.ts';
import {
  bindToStage,
  inboxPortOf,
  lockDataFolder,
  openDataFolder,
  rememberInboxPort,
  wipeDataFolder,
} from '#infra/local/data-folder.ts';
import { openIssuer } from '#infra/local/http/tokens.ts';
import { openCheckpoint } from '#infra/local/mappings/checkpoint.ts';
import { openSecrets } from '#infra/local/secrets.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';

const root = temporaryFolder();
after(() => removeFolder(root));

/** A process that takes the lock of a folder and keeps it, though it forgets about it and collects its garbage. */
const holder = (folder: string): string => `
  const { lockDataFolder, openDataFolder } = await import('#infra/local/data-folder.ts');
  lockDataFolder(openDataFolder(${JSON.stringify(folder)}));
  await new Promise(setImmediate);
  globalThis.gc();
  console.log('locked');
  setInterval(() => undefined, 1000);`;

describe('The data folder', () => {
  it('is made where it is missing, and refused in a sentence where it cannot be', () => {
    const made = openDataFolder(join(root, 'a', 'b'));
    assert.ok(existsSync(made.root));
    writeFileSync(join(root, 'file'), '');
    assert.throws(() => openDataFolder(join(root, 'file', 'x')), {
      code: 'CANNOT_RUN',
      message: /\(DATA_DIR\) cannot be used: ENOTDIR/,
    });
  });

  it('belongs to one local cloud at a time, and is free once that one has ended, also if it was killed', async (t) => {
    const folder = openDataFolder(join(root, 'locked'));
    const unlock = lockDataFolder(folder);
    unlock();
    assert.deepEqual(readdirSync(folder.root), []);
    const other = spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', holder(folder.root)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => other.kill('SIGKILL'));
    await once(other.stdout, 'data');
    assert.throws(() => lockDataFolder(folder), {
      code: 'CANNOT_RUN',
      message: /Another local cloud runs on .*locked/,
    });
    other.kill('SIGKILL');
    await once(other, 'exit');
    lockDataFolder(folder)();
  });

  it('is wiped of what is ours only', () => {
    const folder = openDataFolder(join(root, 'wiped'));
    mkdirSync(folder.dynamodb);
    writeFileSync(folder.issuerKey, '');
    writeFileSync(join(folder.root, 'theirs'), '');
    wipeDataFolder(folder);
    assert.deepEqual(readdirSync(folder.root), ['theirs']);
  });
});

describe('What is kept', () => {
  it('the stage: another stage would start empty, so it is refused', () => {
    const folder = openDataFolder(join(root, 'bound'));
    bindToStage(folder, 'local');
    bindToStage(folder, 'local');
    const message = /bound is of the stage local, and this is local-sendgrid; set STAGE=local, .*--fresh/;
    assert.throws(() => bindToStage(folder, 'local-sendgrid'), { code: 'CANNOT_RUN', message });
    wipeDataFolder(folder);
    bindToStage(folder, 'local-sendgrid');
  });

  it('the port of the inbox, which the inbox gets again unless it is in use', async () => {
    const folder = openDataFolder(join(root, 'port'));
    assert.equal(inboxPortOf(folder), undefined);
    const first = await listenLocally(() => undefined, inboxPortOf(folder));
    rememberInboxPort(folder, first.url);
    const other = await listenLocally(() => undefined, inboxPortOf(folder));
    assert.notEqual(other.url, first.url);
    await Promise.all([first.close(), other.close()]);
    const again = await listenLocally(() => undefined, inboxPortOf(folder));
    assert.equal(again.url, first.url);
    await again.close();
  });

  it('a secret: made once, of the length asked for, for its owner alone', async () => {
    const folder = join(root, 'secrets');
    const secrets = [{ name: 'one', arn: 'arn:one', length: 64 }];
    const first = await openSecrets(folder, secrets);
    assert.match(first['arn:one'] ?? '', /^[A-Za-z0-9]{64}$/);
    assert.equal(statSync(join(folder, 'one')).mode & 0o777, 0o600);
    assert.deepEqual(await openSecrets(folder, secrets), first);
  });

  it('a checkpoint', () => {
    const path = join(root, 'checkpoints', 'mapping.json');
    const checkpoint = openCheckpoint(path);
    assert.equal(checkpoint.read(), undefined);
    checkpoint.write('12345678901234567890');
    assert.equal(openCheckpoint(path).read(), '12345678901234567890');
  });

  it("the issuer's key: tokens outlive a restart and have the shape of Cognito's access tokens", async () => {
    const file = join(root, 'issuer.json');
    const pool = {
      issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc',
      peopleClientId: 'client',
      triggerFunction: 'trigger',
      scopePrefix: 'x/',
    };
    const invoked: unknown[] = [];
    const trigger = async (functionName: string, event: unknown) => {
      invoked.push([functionName, event]);
      const accessTokenGeneration = { claimsToAddOrOverride: { tenant: 'acme' }, scopesToSuppress: ['x/secret'] };
      return { response: { claimsAndScopeOverrideDetails: { accessTokenGeneration } } };
    };
    const token = await (await openIssuer(file, pool, trigger)).mint({
      tenant: 'acme',
      scopes: ['read', 'x/write', 'x/secret'],
      expiresInSeconds: 60,
    });
    const { jwtVerify } = await import('jose');
    const { payload } = await jwtVerify(token, (await openIssuer(file, pool, trigger)).publicKey);
    const { iat = 0, exp = 0, ...claims } = payload;
    assert.equal(exp - iat, 60);
    assert.deepEqual(
      [claims.iss, claims.client_id, claims.aud, claims.tenant],
      [pool.issuer, 'client', undefined, 'acme'],
    );
    assert.deepEqual([claims.token_use, claims.scope], ['access', 'x/read x/write']);
    const [[functionName, event] = assert.fail()] = invoked as [
      string,
      { version: string; request: { scopes: string[] } },
    ][];
    assert.deepEqual(
      [functionName, event.version, event.request.scopes],
      ['trigger', '3', ['x/read', 'x/write', 'x/secret']],
    );
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100));
    await assert.rejects(openIssuer(file, pool, trigger), { code: 'CANNOT_RUN', message: /remove the file/ });
  });
});
