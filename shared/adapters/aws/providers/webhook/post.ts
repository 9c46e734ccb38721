import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import type { PostResult, PostWebhook, WebhookPost } from '#shared/webhook/ports.ts';
import { isTrusted } from '#shared/webhook/url.ts';
import { isPublicAddress } from './addresses.ts';
import { checkWritten, NotPermitted, type Resolve, refusalOf, systemResolve } from './permitted.ts';

export type PostOptions = {
  /** Longest time for the whole call: name, connection, request and answer. */
  timeoutMs: number;
  /** Hosts that are permitted although they are not public. */
  trusted: readonly string[];
  resolve?: Resolve;
};

/** Bytes of the answer that are kept. The rest is not read. */
const ANSWER_BYTES = 500;

/**
 * Posts a webhook over a connection of its own. The socket connects to the addresses that were checked, so a name that
 * changes its address between the check and the connection (DNS rebinding) leads nowhere. The address of the open
 * connection is checked once more before anything is sent.
 */
export function webhookPost({ timeoutMs, trusted, resolve = systemResolve }: PostOptions): PostWebhook {
  return async (post) => {
    const progress = { isConnected: false };
    try {
      const url = new URL(post.url);
      checkWritten(url, trusted);
      const isExempt = isTrusted(url, trusted);
      const lookup = isExempt ? undefined : checkedLookup(resolve);
      return await call(post, url, { timeoutMs, lookup, isExempt, progress });
    } catch (error) {
      if (error instanceof NotPermitted) return { kind: 'not-permitted', code: error.code };
      const code = codeOf(error);
      const isSent = progress.isConnected && code !== 'ECONNREFUSED';
      return { kind: isSent ? 'unanswered' : 'not-connected', code };
    }
  };
}

/** The lookup of a socket, which refuses a name with any address that is not public. */
const checkedLookup =
  (resolve: Resolve): LookupFunction =>
  (host, options, callback) => {
    resolve(host).then(
      (addresses) => {
        const refusal = refusalOf(addresses);
        const [first] = addresses;
        if (refusal || !first) callback(refusal ?? new NotPermitted('NOT_RESOLVED'), '', 0);
        else if (options.all) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, '', 0),
    );
  };

type Calling = {
  timeoutMs: number;
  lookup: LookupFunction | undefined;
  isExempt: boolean;
  progress: { isConnected: boolean };
};

function call({ headers, body }: WebhookPost, url: URL, calling: Calling): Promise<PostResult> {
  const { timeoutMs, lookup, isExempt, progress } = calling;
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const bytes = Buffer.from(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: 'POST',
      // A connection of its own: it was checked for this host, and no other call can leave it in a bad state.
      agent: false,
      headers: { ...headers, 'user-agent': 'Counterfoil', 'content-length': bytes.length },
      signal: AbortSignal.timeout(timeoutMs),
      ...(lookup && { lookup }),
    });
    outgoing.on('socket', (socket) =>
      onConnected(socket, url, () => {
        if (!isExempt && !isPublicAddress(socket.remoteAddress ?? '')) {
          outgoing.destroy(new NotPermitted('NOT_PUBLIC'));
          return;
        }
        progress.isConnected = true;
        outgoing.end(bytes);
      }),
    );
    outgoing.on('error', reject);
    // After 101, no answer follows, and Node's time limit has no effect any more.
    outgoing.on('upgrade', (_incoming, socket) => {
      socket.destroy();
      resolve({ kind: 'unanswered', code: 'SWITCHED_PROTOCOLS' });
    });
    outgoing.on('response', (incoming) => {
      // The status has arrived, so a failure that follows changes nothing.
      outgoing.off('error', reject).on('error', () => undefined);
      readStart(incoming).then((start) => {
        const retryAfter = incoming.headers['retry-after'];
        outgoing.destroy();
        resolve({
          kind: 'answered',
          status: incoming.statusCode ?? 0,
          start,
          ...(retryAfter !== undefined && { retryAfter }),
        });
      });
    });
  });
}

/** Nothing is sent before the connection, and for https the certificate, is established. */
function onConnected(socket: Socket, { protocol }: URL, then: () => void): void {
  socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', then);
}

/** The status says what became of the webhook. If the body breaks off, its beginning is still shown. */
async function readStart(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= ANSWER_BYTES) break;
    }
  } catch {
    // The answer broke off after its headers.
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString();
}

const CODE = /^[A-Z][A-Z0-9_]{2,99}$/;

/** A code for the log. Node's messages quote addresses. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN_ERROR';
  const { name } = error;
  const code: unknown = Reflect.get(error, 'code');
  if (name === 'AbortError' || name === 'TimeoutError') return 'TIMEOUT';
  return typeof code === 'string' && CODE.test(code) ? code : name;
}
