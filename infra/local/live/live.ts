import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CryptoKey } from 'jose';
import * as v from 'valibot';
import { WebSocketServer } from 'ws';
import { wholeMessageOf } from '../base/failure.ts';
import { type Answer, isOurHost, listenLocally, readBody, sendAnswer } from '../base/http.ts';
import { signedBy } from '../http/authorizer.ts';
import type { LivePlan } from '../template/plan.ts';
import { segmentsOf } from './channels.ts';
import {
  authorizationIn,
  type Connection,
  type ConnectionOptions,
  PROTOCOL,
  serveConnection,
  UNAUTHORIZED,
} from './connection.ts';
import { loadHandler } from './handler.ts';

/** The two addresses of an event API, behind one port. */
export type Live = Awaited<ReturnType<typeof startLive>>;

/** AppSync Events accepts at most five events at once, each JSON in a text of at most 240 KB. */
const MOST_EVENTS = 5;
const PUBLICATION = v.object({
  channel: v.string(),
  events: v.pipe(v.array(v.pipe(v.string(), v.maxBytes(240 * 1024))), v.minLength(1), v.maxLength(MOST_EVENTS)),
});

/**
 * Emulates the event API of AppSync that the template has: `POST /event` publishes, and `/event/realtime` is the WebSocket
 * of clients. The gateway is in front of the first and checks the publisher's permission. Clients connect directly.
 */
export async function startLive({ preferredPort }: { preferredPort?: number | undefined } = {}) {
  const connections = new Set<Connection>();
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
  let options: ConnectionOptions | undefined;

  const connect = async (incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    if (!options || !isOurHost(incoming) || incoming.url !== '/event/realtime') return void socket.destroy();
    const serving = options;
    const claims = await serving.verify(authorizationIn(incoming.headers['sec-websocket-protocol']));
    sockets.handleUpgrade(incoming, socket, head, (client) => {
      if (!claims) {
        client.send(JSON.stringify({ type: 'connection_error', errors: [UNAUTHORIZED] }));
        return client.close();
      }
      const connection = serveConnection(client, serving);
      connections.add(connection);
      client.on('close', () => connections.delete(connection));
    });
  };
  const publish = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (incoming.method !== 'POST' || incoming.url !== '/event') return sendAnswer(response, json(404, {}));
    const read = v.safeParse(PUBLICATION, JSON.parse((await readBody(incoming)).toString()));
    const channel = read.success ? segmentsOf(read.output.channel) : undefined;
    if (!read.success || !channel)
      return sendAnswer(response, json(400, { errors: [{ errorType: 'BadRequestException' }] }));
    for (const event of read.output.events) for (const connection of connections) connection.deliver(channel, event);
    const successful = read.output.events.map((_, index) => ({ identifier: randomUUID(), index }));
    sendAnswer(response, json(200, { successful, failed: [] }));
  };
  const server = await listenLocally(
    (incoming, response) =>
      void publish(incoming, response).catch((error: unknown) =>
        sendAnswer(response, json(500, { message: wholeMessageOf(error) })),
      ),
    preferredPort,
    (incoming, socket, head) => void connect(incoming, socket, head).catch(() => socket.destroy()),
  );
  const drop = (): number => {
    const { size } = sockets.clients;
    for (const client of sockets.clients) client.terminate();
    return size;
  };
  return {
    url: server.url,
    /** Clients may connect from now on. */
    serve({ namespace, issuer, code }: LivePlan, publicKey: CryptoKey): void {
      options = { namespace, onSubscribe: loadHandler(code), verify: (token) => signedBy(issuer, token, publicKey) };
    },
    /** Closes every connection without a word. @returns how many. */
    drop,
    async close(): Promise<void> {
      drop();
      await server.close();
    },
  };
}

const json = (status: number, value: object): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});
