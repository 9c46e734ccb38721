import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { type ConsoleServer, startConsole } from '#infra/local/console/console.ts';

describe('the server of the console', () => {
  let server: ConsoleServer;
  const lines: string[] = [];
  before(async () => {
    server = await startConsole({
      apiUrl: 'http://127.0.0.1:4000',
      inboxUrl: 'http://127.0.0.1:4001',
      identities: { acme: async () => 'token-of-acme' },
      spawn,
      log: (line) => lines.push(line),
    });
  });
  after(() => server.close());

  const post = (body: string, headers: Record<string, string> = { origin: server.consoleUrl }) =>
    fetch(new URL('/sign-in', server.consoleUrl), { method: 'POST', headers, body });

  it('names the API, the inbox and the identities, and no token', async () => {
    const answer = await fetch(new URL('/config.json', server.consoleUrl));
    assert.deepEqual(await answer.json(), {
      apiUrl: 'http://127.0.0.1:4000',
      inboxUrl: 'http://127.0.0.1:4001',
      signIn: { kind: 'demo', identities: ['acme'] },
    });
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
  });

  it('signs a known identity in, for its own page only', async () => {
    const body = JSON.stringify({ identity: 'acme' });
    assert.deepEqual(await (await post(body)).json(), { token: 'token-of-acme' });
    assert.equal((await post(body, { origin: 'http://127.0.0.1:9' })).status, 403);
    assert.equal((await post(body, {})).status, 403);
    assert.equal((await post(JSON.stringify({ identity: 'constructor' }))).status, 404);
    assert.equal((await post('{')).status, 400);
    assert.equal((await post('{"identity":1,"tenant":"acme"}')).status, 400);
  });

  it('answers to names of this machine only', async () => {
    const asked = request(server.consoleUrl, { headers: { host: 'elsewhere.example' } }).end();
    const [answer] = await once(asked, 'response');
    answer.resume();
    assert.equal(answer.statusCode, 403);
  });

  it('serves the page and its files with a strict policy, and nothing else', async () => {
    const page = await fetch(server.consoleUrl);
    const html = await page.text();
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.match(policy, /connect-src 'self' http:\/\/127\.0\.0\.1:4000;/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(page.headers.get('cache-control'), 'no-cache');
    assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\bon\w+=/);
    const [, script = ''] = /<script[^>]*src="([^"]+)"/.exec(html) ?? [];
    const file = await fetch(new URL(script, server.consoleUrl));
    assert.equal(file.headers.get('content-type'), 'text/javascript; charset=utf-8');
    assert.match(file.headers.get('cache-control') ?? '', /immutable/);
    await file.arrayBuffer();
    const missing = await fetch(new URL('/package.json', server.consoleUrl));
    assert.deepEqual([missing.status, missing.headers.get('cache-control')], [404, 'no-store']);
    assert.equal((await fetch(`${new URL(server.consoleUrl).origin}//`)).status, 404);
    assert.equal((await fetch(new URL('/?channel=sms', server.consoleUrl))).status, 200);
    assert.equal((await fetch(new URL('/', server.consoleUrl), { method: 'PUT' })).status, 405);
    assert.deepEqual(lines, []);
  });
});
