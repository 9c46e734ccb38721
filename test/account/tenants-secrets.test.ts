import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { poolClient } from '#test/support/tenant-account.ts';
import { open, populated, stageWith } from './tenants-stage.ts';

describe('npm run tenants -- rotate', () => {
  it('adds a second secret, and deletes the older one with --finish', async () => {
    const { state, run } = await stageWith(populated('acme'));
    assert.match((await run('rotate acme --finish')).refused.join(), /has only one secret/);
    const first = await run('rotate acme');
    const [older, newer] = state.clients.get('acmeId')?.secrets ?? [];
    assert.ok(older && newer);
    assert.match(first.printed.join('\n'), new RegExp(`shown only this once: ${newer.value}`));
    assert.doesNotMatch(first.printed.join('\n'), new RegExp(older.value));
    const third = await run('rotate acme');
    assert.match(third.refused.join('\n'), /already has two secrets/);
    const finished = await run('rotate acme --finish');
    assert.equal(finished.code, 0);
    assert.deepEqual(state.clients.get('acmeId')?.secrets, [newer]);
    assert.doesNotMatch(finished.printed.join('\n'), /Secret0/);
  });
});

describe('npm run tenants -- token', () => {
  it('prints one token, or adds several to outputs.json and keeps its other contents', async () => {
    const { run } = await stageWith(populated('acme', 'globex'));
    assert.deepEqual((await run('token acme')).printed, ['token of acme']);
    assert.deepEqual(JSON.parse((await run('token acme globex')).printed.join('')), {
      acme: 'token of acme',
      globex: 'token of globex',
    });

    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-'));
    open.push(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'outputs.json');
    writeFileSync(file, JSON.stringify({ apiUrl: 'https://api.test', tokens: { operator: 'unchanged', acme: 'old' } }));
    const { printed } = await run(`token acme globex --into ${file}`);
    assert.doesNotMatch(printed.join(), /token of/);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), {
      apiUrl: 'https://api.test',
      tokens: { operator: 'unchanged', acme: 'token of acme', globex: 'token of globex' },
    });
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('reports the next step for a tenant without a client, a client without a tenant, and a rotated secret', async () => {
    const { clients, rows } = populated('acme');
    clients.set(...poolClient('half', 'halfId'));
    const { state, run } = await stageWith({ clients, rows });
    assert.match((await run('token unknown')).refused.join(), /no client; add one with add unknown --client/);
    assert.match((await run('token half')).refused.join(), /answers 400 \(invalid_request: PreTokenGeneration failed/);
    const [secret] = state.clients.get('acmeId')?.secrets ?? [];
    assert.ok(secret);
    const current = { ...secret, value: 'current' };
    // Cognito shows the first secret, which is no longer valid.
    state.clients.set('acmeId', { name: 'acme', scopes: [], secrets: [current] });
    const { run: again, account } = await stageWith({ clients: state.clients, rows });
    account.answers['cognito-idp DescribeUserPoolClient'] = { UserPoolClient: { ClientSecret: secret.value } };
    const refused = await again('token acme');
    assert.match(refused.refused.join('\n'), /invalid_client.*\n.*CLIENT_SECRET/);
    assert.doesNotMatch(refused.refused.join('\n'), new RegExp(secret.value));
    const environment = { CLIENT_SECRET: 'current' };
    assert.deepEqual((await again('token acme', { environment })).printed, ['token of acme']);
    assert.match(
      (await again('token acme half', { environment })).refused.join(),
      /CLIENT_SECRET is the secret of one client/,
    );
  });
});
