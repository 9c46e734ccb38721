import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { webhookPost } from '#shared/adapters/aws/providers/webhook/post.ts';
import { eventually } from '#test/support/eventually.ts';

/** Longer than any answer takes here, however busy the machine is. */
const PATIENT_MS = 20_000;

describe('posting a webhook', () => {
  let respond: (response: ServerResponse, incoming: IncomingMessage) => void = () => undefined;
  let calls = 0;
  const server = createServer((incoming, response) => {
    calls += 1;
    incoming.resume().on('end', () => respond(response, incoming));
  });
  before(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const portOf = (): number => (server.address() as AddressInfo).port;
  const to = (host: string, options: Partial<Parameters<typeof webhookPost>[0]> = {}) =>
    webhookPost({ timeoutMs: PATIENT_MS, trusted: ['127.0.0.1'], ...options })({
      url: `http://${host}:${portOf()}/hooks`,
      headers: { 'webhook-id': 'w1' },
      body: '{}',
    });

  it('returns the status, the first 500 bytes and Retry-After', async () => {
    respond = (response) => response.writeHead(422, { 'retry-after': '7' }).end('x'.repeat(100_000));
    assert.deepEqual(await to('127.0.0.1'), {
      kind: 'answered',
      status: 422,
      start: 'x'.repeat(500),
      retryAfter: '7',
    });
  });

  it('follows no redirect', async () => {
    calls = 0;
    respond = (response) => response.writeHead(302, { location: `http://127.0.0.1:${portOf()}/other` }).end();
    assert.deepEqual([(await to('127.0.0.1')).kind, calls], ['answered', 1]);
  });

  it('knows that an answer that breaks off, or never comes, may follow an acceptance', async () => {
    respond = (response) => response.socket?.resetAndDestroy();
    assert.equal((await to('127.0.0.1')).kind, 'unanswered');
    respond = () => undefined;
    // On a busy machine, a short timeout may end before there is a connection. That call says nothing, and is repeated.
    const unanswered = await eventually('a connection', async () => {
      const result = await to('127.0.0.1', { timeoutMs: 200 });
      return result.kind !== 'not-connected' && result;
    });
    assert.deepEqual(unanswered, { kind: 'unanswered', code: 'TIMEOUT' });
  });

  it('ends within the time also if the answer never ends', async () => {
    respond = (response) => {
      response.writeHead(200);
      response.write('x');
    };
    // On a busy machine, a short timeout may end before the answer begins. That call says nothing, and is repeated.
    const answered = await eventually('an answer that begins', async () => {
      const result = await to('127.0.0.1', { timeoutMs: 300 });
      return result.kind === 'answered' && result;
    });
    assert.equal(answered.status, 200);
  });

  it('ends if the endpoint switches to another protocol', async () => {
    respond = (response) =>
      response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    assert.deepEqual(await to('127.0.0.1'), { kind: 'unanswered', code: 'SWITCHED_PROTOCOLS' });
  });

  it('knows that nothing was sent without a connection', async () => {
    const closed = webhookPost({ timeoutMs: PATIENT_MS, trusted: ['127.0.0.1'] });
    const result = await closed({ url: 'http://127.0.0.1:1/', headers: {}, body: '{}' });
    assert.deepEqual(result, { kind: 'not-connected', code: 'ECONNREFUSED' });
  });

  it('refuses a name that resolves to a private address at the moment of the connection', async () => {
    calls = 0;
    const seen: string[] = [];
    const post = webhookPost({
      timeoutMs: PATIENT_MS,
      trusted: [],
      resolve: async (name) => {
        seen.push(name);
        return [{ address: '127.0.0.1', family: 4 }];
      },
    });
    const url = `https://rebinding.example:${portOf()}/`;
    assert.deepEqual(await post({ url, headers: {}, body: '{}' }), { kind: 'not-permitted', code: 'NOT_PUBLIC' });
    assert.deepEqual([seen, calls], [['rebinding.example'], 0]);
  });

  it('refuses plain http and written private addresses without a connection', async () => {
    const post = webhookPost({ timeoutMs: PATIENT_MS, trusted: [] });
    const codes = await Promise.all(
      [`http://127.0.0.1:${portOf()}/`, 'https://127.0.0.1/', 'https://[::1]/'].map(async (url) => {
        const result = await post({ url, headers: {}, body: '{}' });
        return result.kind === 'not-permitted' && result.code;
      }),
    );
    assert.deepEqual(codes, ['NOT_HTTPS', 'NOT_PUBLIC', 'NOT_PUBLIC']);
  });
});
