import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { CallOptions, LineSettings } from '../provider-line.ts';

/** One POST of a JSON body. */
export type JsonPost = { url: string; headers: Record<string, string>; body: string };

/** An answer, as far as a provider needs it. */
export type PostAnswer = { status: number; headers: IncomingMessage['headers']; body: string };

/** Sends JSON over the connections of a provider line. */
export type JsonClient = { post(post: JsonPost, call: CallOptions): Promise<PostAnswer> };

/** More than any answer to a sent message has. */
const MOST_ANSWER_BYTES = 64 * 1024;

/**
 * A client of Node's own HTTP. `fetch` keeps connections open and does not say whether one was established for a call,
 * and that proof decides whether a failed call was certainly not sent.
 */
export function jsonClient({ requestHandler: { httpAgent, httpsAgent, connectionTimeout } }: LineSettings): JsonClient {
  return {
    post: ({ url, headers, body }, { abortSignal }) =>
      new Promise((resolve, reject) => {
        const isSecure = url.startsWith('https:');
        const options = {
          method: 'POST',
          agent: isSecure ? httpsAgent : httpAgent,
          signal: abortSignal,
          headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        };
        const outgoing = (isSecure ? requestHttps : requestHttp)(url, options, (incoming) => {
          read(incoming).then(
            (text) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }),
            reject,
          );
        });
        outgoing.once('error', reject);
        outgoing.once('socket', (socket) => {
          const late = () => outgoing.destroy(new Error('The connection took too long.'));
          const timer = setTimeout(late, connectionTimeout);
          socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(timer));
          socket.once('close', () => clearTimeout(timer));
        });
        outgoing.end(body);
      }),
  };
}

async function read(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > MOST_ANSWER_BYTES) throw new Error('The answer is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
