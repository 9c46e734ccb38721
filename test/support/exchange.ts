import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Answer } from './api.ts';
import { assertDocumented } from './documented/stage.ts';

/** One request, line by line: what fetch would join, complete or refuse to send. */
export type Exchange = {
  method: string;
  /** Lines of the head, in their order; a name may come twice. */
  headers: readonly (readonly [name: string, value: string])[];
  body?: Buffer;
};

/** Sends it as it is, and reads the answer. */
export async function exchange(address: string | URL, sent: Exchange): Promise<Answer> {
  const url = new URL(address);
  const answer = await sentTo(url, sent);
  const { method, headers, body } = sent;
  const asHeaders = new Headers(headers.map(([name, value]) => [name, value]));
  assertDocumented({ method, url, headers: asHeaders, ...(body && { body: body.toString('utf8') }), answer });
  return answer;
}

function sentTo(target: URL, { method, headers, body = Buffer.alloc(0) }: Exchange): Promise<Answer> {
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  const lines = [['host', target.host], ...headers, ['content-length', String(body.length)]];
  return new Promise((resolve, reject) => {
    const outgoing = request(target, { method, headers: lines.flat(), agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: incoming.statusCode ?? 0,
          headers: new Headers(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
          text,
          json: text.startsWith('{') ? JSON.parse(text) : {},
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
