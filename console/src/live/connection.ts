import type { Change } from '#console/base/changes.ts';

/** What a page needs for a channel of AppSync Events. */
export type Target = {
  /** Address of the WebSocket. */
  url: string;
  /** Host of the API. */
  host: string;
  channel: string;
  /** Read for each connection, because a session renews its token. */
  token: () => string;
};

export type Listener = {
  /** The subscription is confirmed. Changes before this moment may have been missed. */
  onLive(): void;
  onChanges(changes: readonly Change[]): void;
  /** The connection is gone, or was never made. The reason does not matter: the page tries again later. */
  onEnd(): void;
};

/** Without any message for this time, the connection is dead, unless the service names another time. */
const SILENCE_MS = 300_000;
const SUBSCRIPTION = 'changes';

/**
 * One connection to AppSync Events, with one subscription. The token is in the name of a protocol, because a browser sets no
 * headers for a WebSocket.
 * https://docs.aws.amazon.com/appsync/latest/eventapi/event-api-websocket-protocol.html
 * @returns what ends it. `onEnd` is called once.
 */
export function connect({ url, host, channel, token }: Target, listener: Listener): () => void {
  const authorization = { host, Authorization: token() };
  const socket = new WebSocket(url, ['aws-appsync-event-ws', `header-${base64Url(JSON.stringify(authorization))}`]);
  const send = (message: object): void => socket.send(JSON.stringify(message));
  let silenceMs = SILENCE_MS;
  const close = (): void => socket.close();
  let silence = setTimeout(close, silenceMs);
  socket.onopen = () => send({ type: 'connection_init' });
  socket.onclose = () => {
    clearTimeout(silence);
    listener.onEnd();
  };
  socket.onmessage = ({ data }) => {
    const message: Received = JSON.parse(data);
    if (message.type === 'connection_ack') {
      silenceMs = message.connectionTimeoutMs ?? SILENCE_MS;
      send({ type: 'subscribe', id: SUBSCRIPTION, channel, authorization });
    }
    clearTimeout(silence);
    silence = setTimeout(close, silenceMs);
    if (message.type === 'subscribe_success') listener.onLive();
    if (message.type === 'data' && message.event) listener.onChanges(changesIn(message.event));
    if (message.type.endsWith('error')) close();
  };
  return close;
}

type Received = { type: string; connectionTimeoutMs?: number; event?: string };

/** An event is JSON in a text. One of a later release may have another form. */
function changesIn(event: string): readonly Change[] {
  const { hints }: { hints?: Change[] } = JSON.parse(event);
  return Array.isArray(hints) ? hints : [];
}

/** Tokens are ASCII, so `btoa` can encode them. */
const base64Url = (text: string): string => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
