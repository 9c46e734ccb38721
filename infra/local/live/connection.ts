import * as v from 'valibot';
import type { WebSocket } from 'ws';
import { isWithin, subscribedSegmentsOf } from './channels.ts';
import { type OnSubscribe, Unauthorized } from './handler.ts';

/** The name of the protocol, which a client offers together with `header-<base64url>`. */
export const PROTOCOL = 'aws-appsync-event-ws';

/** A client closes a connection on which it hears nothing for this time. */
const CONNECTION_TIMEOUT_MS = 300_000;
const KEEP_ALIVE_MS = 60_000;

export type ConnectionOptions = {
  namespace: string;
  onSubscribe: OnSubscribe;
  /** The claims of a token; undefined if it is not valid. */
  verify(authorization: string | undefined): Promise<Record<string, unknown> | undefined>;
};

/** A connected client. */
export type Connection = {
  /** Sends an event to each of the client's subscriptions to this channel. */
  deliver(channel: readonly string[], event: string): void;
};

const AUTHORIZATION = v.object({ Authorization: v.optional(v.string()), host: v.optional(v.string()) });
const MESSAGE = v.variant('type', [
  v.object({ type: v.literal('connection_init') }),
  v.object({
    type: v.literal('subscribe'),
    id: v.pipe(v.string(), v.nonEmpty()),
    channel: v.string(),
    authorization: v.optional(AUTHORIZATION, {}),
  }),
  v.object({ type: v.literal('unsubscribe'), id: v.string() }),
]);

/** Reads the header that a client gives as a protocol's name, because a browser sets no other headers. */
export function authorizationIn(protocols: string | undefined): string | undefined {
  const [, encoded = ''] = /(?:^|,\s*)header-([\w-]+)/.exec(protocols ?? '') ?? [];
  const read = v.safeParse(AUTHORIZATION, parsed(Buffer.from(encoded, 'base64url').toString()));
  return read.success ? read.output.Authorization : undefined;
}

/**
 * Serves one client of the WebSocket of AppSync Events, after its token has been verified.
 * https://docs.aws.amazon.com/appsync/latest/eventapi/event-api-websocket-protocol.html
 */
export function serveConnection(socket: WebSocket, options: ConnectionOptions): Connection {
  const subscriptions = new Map<string, readonly string[]>();
  const send = (message: object): void => socket.send(JSON.stringify(message));
  const keepAlive = setInterval(() => send({ type: 'ka' }), KEEP_ALIVE_MS);
  socket.on('close', () => clearInterval(keepAlive));

  const subscribe = async (id: string, channel: string, authorization: string | undefined): Promise<void> => {
    const segments = subscribedSegmentsOf(channel);
    const refusal = await refusalOf(segments, authorization, options);
    if (refusal || !segments) return send({ type: 'subscribe_error', id, errors: [refusal] });
    if (subscriptions.has(id)) return send({ type: 'subscribe_error', id, errors: [DUPLICATE] });
    subscriptions.set(id, segments);
    send({ type: 'subscribe_success', id });
  };
  socket.on('message', (data) => {
    const read = v.safeParse(MESSAGE, parsed(data.toString()));
    if (!read.success) return send({ type: 'error', errors: [UNSUPPORTED] });
    const message = read.output;
    switch (message.type) {
      case 'connection_init':
        send({ type: 'connection_ack', connectionTimeoutMs: CONNECTION_TIMEOUT_MS });
        return send({ type: 'ka' });
      case 'subscribe':
        return void subscribe(message.id, message.channel, message.authorization.Authorization);
      case 'unsubscribe': {
        const { id } = message;
        if (subscriptions.delete(id)) return send({ type: 'unsubscribe_success', id });
        return send({ type: 'unsubscribe_error', id, errors: [UNKNOWN] });
      }
    }
  });
  return {
    deliver: (channel, event) => {
      for (const [id, segments] of subscriptions) if (isWithin(channel, segments)) send({ type: 'data', id, event });
    },
  };
}

type Refusal = { errorType: string; message: string };

export const UNAUTHORIZED: Refusal = {
  errorType: 'UnauthorizedException',
  message: 'You are not authorized to make this call.',
};
const BAD_CHANNEL: Refusal = { errorType: 'BadRequestException', message: 'The channel is not valid.' };
const DUPLICATE: Refusal = { errorType: 'DuplicatedOperationError', message: 'The id is in use.' };
const UNKNOWN: Refusal = { errorType: 'UnknownOperationError', message: 'There is no subscription with this id.' };
const UNSUPPORTED: Refusal = { errorType: 'UnsupportedOperation', message: 'The message is not supported.' };

/** Why a client may not subscribe; undefined if it may. */
async function refusalOf(
  segments: string[] | undefined,
  authorization: string | undefined,
  { namespace, onSubscribe, verify }: ConnectionOptions,
): Promise<Refusal | undefined> {
  if (!segments || segments[0] !== namespace) return BAD_CHANNEL;
  const claims = await verify(authorization);
  if (!claims) return UNAUTHORIZED;
  const channel = { path: `/${segments.join('/')}`, segments };
  try {
    onSubscribe({
      identity: { sub: claims.sub, issuer: claims.iss, claims },
      info: { channel, channelNamespace: { name: namespace }, operation: 'SUBSCRIBE' },
    });
    return undefined;
  } catch (error) {
    if (error instanceof Unauthorized) return UNAUTHORIZED;
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema reports it.
    return undefined;
  }
}
