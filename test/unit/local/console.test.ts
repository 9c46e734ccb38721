import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type LocalServer, listenLocally } from '#infra/local/base/http.ts';
import { readInput } from '#infra/local/base/input.ts';
import { type ConsoleServer, startConsole } from '#infra/local/console/console.ts';
import { createDemoFaults, DEMO_FAULT_NAMES, type DemoFaultState } from '#infra/local/console/demo-faults.ts';
import { createFaultRules, readFaultRules } from '#infra/local/gateway/faults.ts';
import { SINK_SETTINGS, type SinkSettings } from '#infra/local/sink/settings.ts';

const FUNCTIONS = readdirSync(join(import.meta.dirname, '..', '..', '..', 'functions'));

describe('the server of the console', () => {
  let server: ConsoleServer;
  const lines: string[] = [];
  const rules = createFaultRules();
  let settings: SinkSettings = {};
  const providers = {
    settings: () => settings,
    replace(next: SinkSettings): void {
      settings = next;
    },
  };
  let inbox: LocalServer;
  before(async () => {
    inbox = await listenLocally(({ url }, response) => void response.end(JSON.stringify({ url })));
    server = await startConsole({
      apiUrl: 'http://127.0.0.1:4000',
      inboxUrl: inbox.url,
      identities: { acme: async () => 'token-of-acme' },
      faults: createDemoFaults({ rules, providers }),
      spawn,
      log: (line) => lines.push(line),
    });
  });
  after(() => Promise.all([server.close(), inbox.close()]));

  const post = (body: string, headers: Record<string, string> = { origin: server.consoleUrl }, path = '/sign-in') =>
    fetch(new URL(path, server.consoleUrl), { method: 'POST', headers, body });
  const switchFault = (fault: unknown, headers?: Record<string, string>) =>
    post(JSON.stringify({ fault }), headers, '/faults');
  const stateIn = async (answer: Promise<Response>): Promise<DemoFaultState> => JSON.parse(await (await answer).text());

  it('names the API, the inbox and the identities, and no token', async () => {
    const answer = await fetch(new URL('/config.json', server.consoleUrl));
    assert.deepEqual(await answer.json(), {
      apiUrl: 'http://127.0.0.1:4000',
      inboxUrl: inbox.url,
      tryIt: { faults: DEMO_FAULT_NAMES },
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

  it('switches a named fault on and off, for its own page only', async () => {
    const url = new URL('/faults', server.consoleUrl);
    assert.deepEqual(await stateIn(fetch(url)), { foreign: false });
    assert.equal((await switchFault('answer-lost', {})).status, 403);
    assert.equal((await switchFault('constructor')).status, 404);
    assert.equal((await switchFault([{ service: '*' }])).status, 400);
    assert.deepEqual(rules.list(), []);
    const { on } = await stateIn(switchFault('answer-lost'));
    assert.deepEqual([on?.name, on?.hits], ['answer-lost', 0]);
    assert.ok(Date.parse(on?.endsAt ?? '') > Date.now());
    assert.equal(
      rules.take({ function: 'send-email', service: 'sesv2', operation: 'SendEmail' })?.fault,
      'lose-response',
    );
    assert.equal((await stateIn(fetch(url))).on?.hits, 1);
    assert.equal((await stateIn(switchFault('account-paused'))).on?.name, 'account-paused');
    assert.deepEqual([rules.list(), settings], [[], { refusing: { email: 'paused' } }]);
    assert.deepEqual(await stateIn(switchFault(null)), { foreign: false });
    assert.deepEqual(settings, {});
  });

  it('has only rules and settings that the control API accepts', async () => {
    for (const name of DEMO_FAULT_NAMES) {
      await switchFault(name);
      const written = rules.list().map(({ hits: _hits, ...rule }) => rule);
      assert.deepEqual(readFaultRules(written, FUNCTIONS), { rules: written }, name);
      assert.ok('value' in readInput(SINK_SETTINGS, settings), name);
    }
    await switchFault(null);
  });

  it('leaves what a script injects, and says that it is there', async () => {
    rules.replace([{ service: '*', operation: '*', fault: 'error' }], 0);
    assert.deepEqual(await stateIn(switchFault(null)), { foreign: true });
    assert.equal(rules.list().length, 1);
    rules.clear();
  });

  it('leaves what a script injects while a fault is on, too', async () => {
    await switchFault('answer-lost');
    rules.replace([{ service: '*', operation: '*', fault: 'error' }], 0);
    assert.deepEqual(await stateIn(fetch(new URL('/faults', server.consoleUrl))), { foreign: true });
    await switchFault('sender-dies');
    rules.replace([{ service: '*', operation: '*', fault: 'error' }], 0);
    assert.deepEqual(await stateIn(switchFault(null)), { foreign: true });
    assert.equal(rules.list().length, 1);
    rules.clear();
    settings = {};
  });

  it('gives the lists of the inbox, and nothing else of it', async () => {
    const inbox = (path: string) => fetch(new URL(path, server.consoleUrl));
    const answer = await inbox('/inbox/sms?offset=2');
    assert.deepEqual([await answer.json(), answer.status], [{ url: '/sms?offset=2' }, 200]);
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
    assert.equal((await inbox('/inbox/emails/1/attachments/0')).status, 404);
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
