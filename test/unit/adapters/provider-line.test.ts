import assert from 'node:assert/strict';
import { createServer as createHttpServer, get, type Agent as HttpAgent } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { refusedConnection, translateRefusedConnections } from '#infra/local/gateway/refused-connection.ts';
import { providerLine } from '#shared/adapters/aws/providers/provider-line.ts';
import type { ProviderAnswer } from '#shared/delivery/provider.ts';
import { eventually } from '#test/support/eventually.ts';
import { answerAt, IMPATIENT_MS, PROVIDER_CASES } from '#test/support/provider-cases.ts';
import { selfSigned } from '#test/support/self-signed.ts';

type Listener = { url: string; received(): number; close(): void };

/** A TCP server with given reactions to each connection and to the first data of each. */
async function tcpServer(
  protocol: 'http' | 'https',
  { onConnection, onData }: { onConnection?: (socket: Socket) => void; onData?: (socket: Socket) => void },
): Promise<Listener> {
  const sockets = new Set<Socket>();
  let received = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      received += data.length;
      onData?.(socket);
    });
    onConnection?.(socket);
  });
  await listening(server);
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `${protocol}://127.0.0.1:${portOf(server)}`, received: () => received, close };
}

const listening = (server: Server | HttpsServer): Promise<void> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const portOf = (server: Server | HttpsServer): number => (server.address() as AddressInfo).port;

async function closedPort(): Promise<string> {
  const server = createServer();
  await listening(server);
  const url = `http://127.0.0.1:${portOf(server)}`;
  await new Promise((resolve) => server.close(resolve));
  return url;
}

/** An HTTPS server with an untrusted certificate; it counts the requests that it could read. */
async function untrustedServer(): Promise<Listener> {
  let requests = 0;
  const server = createHttpsServer(selfSigned(), (_request, response) => {
    requests += 1;
    response.end();
  });
  await listening(server);
  return { url: `https://127.0.0.1:${portOf(server)}`, received: () => requests, close: () => server.close() };
}

for (const one of Object.values(PROVIDER_CASES)) {
  const { name, message } = one;
  const answerOf = async (server: Listener, timeoutMs?: number): Promise<ProviderAnswer> => {
    try {
      return await answerAt(server.url, one, timeoutMs);
    } finally {
      server.close();
    }
  };

  /**
   * The answer when a server reads the first bytes and is silent. On a busy machine, the client may give up before
   * it has sent them: that call says nothing, and another one is made to a new server.
   */
  const kindOfSilence = (protocol: 'http' | 'https') =>
    eventually('the server received the first bytes', async () => {
      const server = await tcpServer(protocol, {});
      const { kind } = await answerOf(server, IMPATIENT_MS);
      return server.received() > 0 && kind;
    });

  describe(`${name}: whether the request can have left`, () => {
    const unreachable = (providerCode: string) => ({ kind: 'deferred', reason: 'PROVIDER_UNREACHABLE', providerCode });

    it('was certainly not sent: a closed port', async () => {
      assert.deepEqual(await answerAt(await closedPort(), one), unreachable('ECONNREFUSED'));
    });

    it('was certainly not sent: a connection that the local gateway refuses, once it has read the operation', async () => {
      translateRefusedConnections();
      const { status, headers, body } = refusedConnection;
      const server = createHttpServer((request, response) => {
        request.resume().on('end', () => response.writeHead(status, headers).end(body));
      });
      await listening(server);
      try {
        assert.deepEqual(await answerAt(`http://127.0.0.1:${portOf(server)}`, one), unreachable('ECONNREFUSED'));
      } finally {
        server.close();
      }
    });

    it('was certainly not sent: a host that does not exist', async () => {
      const { kind, reason } = (await answerAt('http://no-such-host.invalid', one)) as {
        kind: string;
        reason?: string;
      };
      assert.deepEqual({ kind, reason }, { kind: 'deferred', reason: 'PROVIDER_UNREACHABLE' });
    });

    it('was certainly not sent: an endpoint that is none', async () => {
      const answer = await answerAt('http://127.0.0.1:0', one);
      assert.equal(answer.kind, 'deferred');
    });

    it('was certainly not sent: a TLS handshake that is never answered', async () => {
      assert.equal(await kindOfSilence('https'), 'deferred');
    });

    it('was certainly not sent: a reset within the TLS handshake', async () => {
      const answer = await answerOf(await tcpServer('https', { onData: (socket) => socket.resetAndDestroy() }));
      assert.deepEqual(answer, unreachable('ECONNRESET'));
    });

    it('was certainly not sent: a TLS peer that speaks no TLS', async () => {
      const answer = await answerOf(
        await tcpServer('https', { onData: (socket) => socket.end('HTTP/1.1 400 Bad\r\n') }),
      );
      assert.equal(answer.kind, 'deferred');
    });

    it('was certainly not sent: a certificate that is not trusted; the server reads no request', async () => {
      const server = await untrustedServer();
      assert.deepEqual(await answerOf(server), unreachable('DEPTH_ZERO_SELF_SIGNED_CERT'));
      assert.equal(server.received(), 0);
    });

    it('is not known: a reset after the request', async () => {
      const answer = await answerOf(await tcpServer('http', { onData: (socket) => socket.resetAndDestroy() }));
      assert.deepEqual(answer, { kind: 'unknown', reason: 'ECONNRESET' });
    });

    it('depends on timing: a reset as soon as the connection is established', async () => {
      const server = await tcpServer('http', { onConnection: (socket) => socket.resetAndDestroy() });
      const { kind } = await answerOf(server);
      assert.ok(kind === 'unknown' || (kind === 'deferred' && server.received() === 0), kind);
    });

    it('is not known: no answer to the request', async () => {
      assert.equal(await kindOfSilence('http'), 'unknown');
    });
  });

  describe(`${name}: over TLS, once the certificate was checked`, () => {
    const rejectsBefore = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    before(() => {
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    });
    after(() => {
      if (rejectsBefore === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = rejectsBefore;
    });

    it('is not known: a reset after the handshake', async () => {
      const server = createHttpsServer(selfSigned(), (request) => request.socket.destroy());
      await listening(server);
      const answer = await answerAt(`https://127.0.0.1:${portOf(server)}`, one);
      server.close();
      assert.equal(answer.kind, 'unknown');
    });
  });

  it(`${name}: many simultaneous calls, each with its own connection, are distinguished`, async () => {
    const server = await tcpServer('https', { onConnection: (socket) => socket.resetAndDestroy() });
    process.env[one.endpoint] = server.url;
    const line = one.provider();
    const answers = await Promise.all(Array.from({ length: 30 }, () => line.send(message)));
    delete process.env[one.endpoint];
    server.close();
    assert.deepEqual(new Set(answers.map(({ kind }) => kind)), new Set(['deferred']));
  });
}

describe('The line to a provider', () => {
  it('does not know whether a call was sent that made a second connection, which was refused', async (t) => {
    const server = await tcpServer('http', { onData: (socket) => socket.resetAndDestroy() });
    t.after(() => server.close());
    const closed = await closedPort();
    type Agents = { requestHandler: { httpAgent: HttpAgent } };
    const line = providerLine(IMPATIENT_MS, (settings) => (settings as Agents).requestHandler.httpAgent);
    const request = (url: string, agent: HttpAgent) =>
      new Promise((resolve, reject) => get(url, { agent }, resolve).on('error', reject));
    const twice = line.call(async (agent) => {
      await assert.rejects(request(server.url, agent), { code: 'ECONNRESET' });
      return request(closed, agent);
    });
    await assert.rejects(twice, { code: 'ECONNREFUSED' });
    await assert.rejects(
      line.call((agent) => request(closed, agent)),
      { code: 'PROVIDER_UNREACHABLE' },
    );
  });
});
