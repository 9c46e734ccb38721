import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { codeOf } from './failure.ts';
import { portOf } from './listening.ts';

/** A whole answer to an HTTP request. */
export type Answer = { status: number; headers: Record<string, string>; body: string };

/** The largest body that is read into memory: 40 MB, which is SES's limit, and the JSON around it. */
const maxBodyBytes = 48 * 1024 * 1024;

/** A body over `maxBodyBytes`. */
export class BodyTooLarge extends Error {
  constructor() {
    super(`The body is larger than ${maxBodyBytes} bytes, which no service here accepts.`);
    this.name = 'BodyTooLarge';
  }
}

/** Reads a whole body. Rejects when the other side disconnects before the end. */
export async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(incoming)) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  const [first] = chunks;
  return first && chunks.length === 1 ? first : Buffer.concat(chunks, size);
}

/**
 * Whether a request names this machine. Any other host name that resolves to this address would let a web page of that
 * name read the answers (DNS rebinding).
 */
export const isOurHost = ({ headers }: IncomingMessage): boolean =>
  /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '');

/** The body of a message in pieces. A stream without an encoding yields buffers; its declared type does not say so. */
export const chunksOf = (incoming: IncomingMessage): AsyncIterable<Buffer> => incoming;

/** Takes over a connection that asks for another protocol, like WebSocket. */
export type TakeOver = (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** A server on 127.0.0.1 and a free port. */
export type LocalServer = { url: string; close(): Promise<void> };

/**
 * Starts a server that only this machine can reach. The server never closes an idle connection by itself. A client that
 * sends while the server closes its connection would have to treat the outcome as unknown.
 * @param preferredPort its port, unless it is in use. Default: any free port.
 */
export async function listenLocally(
  handle: (incoming: IncomingMessage, response: ServerResponse) => void,
  preferredPort = 0,
  takeOver?: TakeOver,
): Promise<LocalServer> {
  const server: Server = createServer({ keepAliveTimeout: 0, noDelay: true }, handle);
  if (takeOver) server.on('upgrade', takeOver);
  try {
    await listenOn(server, preferredPort);
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    await listenOn(server, 0);
  }
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listenOn(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

/** Sends an answer that the local cloud itself made. */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': String(Buffer.byteLength(answer.body)) });
  response.end(answer.body);
}
