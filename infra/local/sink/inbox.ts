import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { wholeMessageOf } from '../base/failure.ts';
import { type Answer, BodyTooLarge, isOurHost, sendAnswer } from '../base/http.ts';
import type { Kind, SinkStore } from './store.ts';
import type { webhookReceiver } from './webhooks.ts';

type InboxParts = {
  store: SinkStore;
  log: (line: string) => void;
  receive: ReturnType<typeof webhookReceiver>;
};

/** The kind of entries that each path of the inbox lists. */
const lists: Record<string, Kind> = { '/emails': 'email', '/sms': 'sms', '/webhooks': 'webhook' };

/** No content of other origins, no inline scripts, and no page that frames the inbox. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** The HTML of an e-mail may have any styles, but no script, no request and no form. */
const mailPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";

const page = (file: string, type: string): Answer => ({
  status: 200,
  headers: {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': pagePolicy,
    'cache-control': 'no-cache',
  },
  body: readFileSync(join(import.meta.dirname, 'page', file), 'utf8'),
});

/** The path of a receiver of webhooks. */
const HOOK = /^\/hooks(\/[^?#]*)/;

const pages: Record<string, Answer> = {
  '/': page('inbox.html', 'text/html'),
  '/inbox.css': page('inbox.css', 'text/css'),
  '/inbox.js': page('inbox.js', 'text/javascript'),
};

/**
 * Serves the messages that the outside world received: `/emails`, `/sms` and `/webhooks` as JSON, oldest first
 * (`?offset=n` leaves out the n oldest), and `/` as a page that `/changes` keeps up to date.
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
    if (answer === 'changes') sendChanges(parts.store, response);
    else sendAnswer(response, { ...answer, headers: { 'x-content-type-options': 'nosniff', ...answer.headers } });
  } catch (error) {
    parts.log(`inbox: ${wholeMessageOf(error)}`);
    if (error instanceof BodyTooLarge) sendAnswer(response, problem(413, error.message));
    else response.destroy();
  }
}

function answerInbox({ store }: InboxParts, incoming: IncomingMessage): Answer | 'changes' {
  if (!isOurHost(incoming)) return problem(403, 'The inbox answers to 127.0.0.1 and localhost only.');
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://inbox');
  if (incoming.method === 'GET') {
    const found = get(store, pathname, searchParams);
    if (found) return found;
  }
  return problem(404, `No ${incoming.method} ${pathname}: GET /, /emails, /sms, /webhooks, or POST /hooks/<path>.`);
}

function get(store: SinkStore, pathname: string, query: URLSearchParams): Answer | 'changes' | undefined {
  if (pathname === '/changes') return 'changes';
  const kind = lists[pathname];
  if (!kind) return pages[pathname] ?? mailHtml(store, pathname);
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

function mailHtml(store: SinkStore, pathname: string): Answer | undefined {
  const id = /^\/emails\/([^/]+)\/html$/.exec(pathname)?.[1];
  const mail = id === undefined ? undefined : store.email(id);
  if (!mail) return undefined;
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': mailPolicy },
    body: mail.html,
  };
}

/** Server-sent events: one for each entry, without the entry's content. */
function sendChanges(store: SinkStore, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('retry: 1000\n\n');
  const forget = store.onAdd((kind) => response.write(`data: ${kind}\n\n`));
  response.once('close', forget);
}

function problem(status: number, detail: string): Answer {
  return { status, headers: { 'content-type': 'application/problem+json' }, body: JSON.stringify({ status, detail }) };
}
