import type { IncomingMessage, ServerResponse } from 'node:http';
import { wholeMessageOf } from '../base/failure.ts';
import { type Answer, BodyTooLarge, isOurHost, sendAnswer } from '../base/http.ts';
import type { Kind, SinkStore } from './store.ts';
import type { webhookReceiver } from './webhooks.ts';

type InboxParts = {
  store: SinkStore;
  /** The page of the console that shows the inbox; undefined before the console has an address. */
  pageUrl: () => string | undefined;
  log: (line: string) => void;
  receive: ReturnType<typeof webhookReceiver>;
};

/** The kind of entries that each path of the inbox lists. */
const lists: Record<string, Kind> = { '/emails': 'email', '/sms': 'sms', '/webhooks': 'webhook' };

/** The path of a receiver of webhooks. */
const HOOK = /^\/hooks(\/[^?#]*)/;

/**
 * Serves the messages that the outside world received: `/emails`, `/sms` and `/webhooks` as JSON, oldest first
 * (`?offset=n` leaves out the n oldest). `/` leads a person to the console, which shows them.
 * `/emails/<id>/attachments/<n>` gives the bytes of an attachment, counted from 0.
 * `POST /hooks/<path>` receives webhooks for the outside world.
 */
export async function serveInbox(
  parts: InboxParts,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const file = incoming.method === 'GET' ? attachment(parts.store, incoming.url ?? '') : undefined;
    if (file && isOurHost(incoming)) return sendFile(file, response);
    const hook = incoming.method === 'POST' ? HOOK.exec(incoming.url ?? '')?.[1] : undefined;
    if (hook !== undefined && isOurHost(incoming)) return await parts.receive(incoming, response, hook);
    const answer = answerInbox(parts, incoming);
    sendAnswer(response, { ...answer, headers: { 'x-content-type-options': 'nosniff', ...answer.headers } });
  } catch (error) {
    parts.log(`inbox: ${wholeMessageOf(error)}`);
    if (error instanceof BodyTooLarge) sendAnswer(response, problem(413, error.message));
    else response.destroy();
  }
}

function answerInbox({ store, pageUrl }: InboxParts, incoming: IncomingMessage): Answer {
  if (!isOurHost(incoming)) return problem(403, 'The inbox answers to 127.0.0.1 and localhost only.');
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://inbox');
  const list = incoming.method === 'GET' ? lists[pathname] : undefined;
  if (list) return listOf(store, list, searchParams);
  const location = incoming.method === 'GET' && pathname === '/' ? pageUrl() : undefined;
  if (location) return { status: 302, headers: { location, 'cache-control': 'no-store' }, body: '' };
  return problem(404, `No ${incoming.method} ${pathname}: GET /, /emails, /sms, /webhooks, or POST /hooks/<path>.`);
}

function listOf(store: SinkStore, kind: Kind, query: URLSearchParams): Answer {
  const offset = query.get('offset') ?? '0';
  if (!/^\d{1,15}$/.test(offset)) return problem(400, 'offset must be a whole number, 0 or more');
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { status: 200, headers, body: store.listJson(kind, Number(offset)) };
}

/** The bytes of `/emails/<id>/attachments/<n>`, unchanged. */
function attachment(store: SinkStore, url: string): Uint8Array | undefined {
  const [, id = '', n = ''] = /^\/emails\/([^/]+)\/attachments\/(\d{1,3})$/.exec(url) ?? [];
  return id === '' ? undefined : store.attachment(id, Number(n));
}

/** Sends a file for download. The browser must not display it, whatever its type: it could contain a script. */
function sendFile(bytes: Uint8Array, response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment',
    'content-length': String(bytes.length),
    'x-content-type-options': 'nosniff',
  });
  response.end(bytes);
}

function problem(status: number, detail: string): Answer {
  return { status, headers: { 'content-type': 'application/problem+json' }, body: JSON.stringify({ status, detail }) };
}
