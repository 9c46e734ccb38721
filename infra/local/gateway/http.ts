import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from './services.ts';

/** Largest body that is read into memory: SES's 40 MB with the JSON around it. */
const maxBodyBytes = 48 * 1024 * 1024;

/** A body over `maxBodyBytes`. */
export class BodyTooLarge extends Error {
  constructor() {
    super(`The body is larger than ${maxBodyBytes} bytes, which no service here takes.`);
    this.name = 'BodyTooLarge';
  }
}

/** Reads a whole body. Rejects when the other side goes away before its end. */
export async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
}

/** A server on 127.0.0.1 and a free port. */
export type LocalServer = { url: string; close(): Promise<void> };

/**
 * Starts a server that only this machine can reach. It never closes an idle connection by itself:
 * a client that met such a close while sending would have to take the outcome for unknown.
 */
export async function listenLocally(
  handle: (incoming: IncomingMessage, response: ServerResponse) => void,
): Promise<LocalServer> {
  const server: Server = createServer({ keepAliveTimeout: 0, noDelay: true }, handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Sends an answer of our own. */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': String(Buffer.byteLength(answer.body)) });
  response.end(answer.body);
}

/** Headers that belong to one connection, not to the message. */
const hopByHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The headers of a message without those of its connection. */
export function endToEndHeaders({ headers }: IncomingMessage): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !hopByHop.has(name)) kept[name] = value;
  }
  return kept;
}

/** What goes to an engine: a method and path, end-to-end headers and a body, whole or streaming. */
export type Outgoing = {
  method: string;
  path: string;
  headers: Record<string, string | string[]>;
  body: Buffer | IncomingMessage;
  /** Aborts the request, for calls that are pointless without a listener. */
  signal?: AbortSignal;
};

/** Connections to the engines: kept alive, dropped after 20 s idle, before DynamoDB Local (30 s) or fauxqs (72 s) would. */
export function createForwarder() {
  const agent = new Agent({ keepAlive: true, timeout: 20_000, scheduling: 'lifo' });
  return {
    /** Resolves with the engine's answer when its headers are there; rejects with Node's socket error. */
    forward(upstream: URL, { method, path, headers, body, signal }: Outgoing): Promise<IncomingMessage> {
      return new Promise((resolve, reject) => {
        const whole = Buffer.isBuffer(body);
        const outgoing = request(
          {
            agent,
            host: upstream.hostname,
            port: upstream.port,
            method,
            path,
            headers: whole ? { ...headers, 'content-length': String(body.length) } : headers,
            ...(signal && { signal }),
          },
          resolve,
        );
        outgoing.on('error', reject);
        if (whole) outgoing.end(body);
        else {
          body.on('error', (error) => outgoing.destroy(error));
          body.pipe(outgoing);
        }
      });
    },
    close: () => agent.destroy(),
  };
}

export type Forwarder = ReturnType<typeof createForwarder>;
