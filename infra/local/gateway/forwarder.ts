import { Agent, type IncomingMessage, request } from 'node:http';

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

/** The headers of a message without the headers of its connection. */
export function endToEndHeaders({ headers }: IncomingMessage): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !hopByHop.has(name)) kept[name] = value;
  }
  return kept;
}

/** A request to an engine. */
export type Outgoing = {
  method: string;
  path: string;
  /** End-to-end headers only. */
  headers: Record<string, string | string[]>;
  /** Whole or streaming. */
  body: Buffer | IncomingMessage;
  /** Aborts the request. For calls that have no use without a client that waits for the answer. */
  signal?: AbortSignal;
};

/**
 * Keeps the connections to the engines open and drops a connection after 20 s idle. DynamoDB Local would drop it after
 * 30 s, and fauxqs after 72 s.
 */
export function createForwarder() {
  const agent = new Agent({ keepAlive: true, timeout: 20_000, scheduling: 'lifo' });
  return {
    /** Resolves with the engine's answer when its headers have arrived. Rejects with Node's socket error. */
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
