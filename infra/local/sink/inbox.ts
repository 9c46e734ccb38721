import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyTooLarge, readBody, sendAnswer } from '../gateway/http.ts';
import type { Answer } from '../gateway/services.ts';
import { inboxPage } from './page.ts';
import type { Kind, SinkStore } from './store.ts';

type InboxParts = { store: SinkStore; clock: () => number; log: (line: string) => void };

/** What each address of the inbox lists. */
const lists: Record<string, Kind> = { '/emails': 'email', '/sms': 'sms', '/webhooks': 'webhook' };

/**
 * Serves what the outside world received: `/emails`, `/sms` and `/webhooks` as JSON, oldest first, and
 * `/` as a page. `POST /hooks/<path>` is the outside world's own receiver of webhooks.
 */
export async function serveInbox(
  parts: InboxParts,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    sendAnswer(response, await answerInbox(parts, incoming));
  } catch (error) {
    parts.log(`inbox: ${(error as Error).message}`);
    if (error instanceof BodyTooLarge) sendAnswer(response, problem(413, error.message));
    else response.destroy();
  }
}

async function answerInbox({ store, clock }: InboxParts, incoming: IncomingMessage): Promise<Answer> {
  // Another name that leads to this address would let a web page read the inbox (DNS rebinding).
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(incoming.headers.host ?? '')) {
    return problem(403, 'The inbox answers to 127.0.0.1 and localhost only.');
  }
  const { pathname } = new URL(incoming.url ?? '/', 'http://inbox');
  if (incoming.method === 'POST' && pathname.startsWith('/hooks/')) {
    const body = (await readBody(incoming)).toString();
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
    store.add('webhook', { at: new Date(clock()).toISOString(), path: pathname.slice('/hooks'.length), headers, body });
    return { status: 202, headers: {}, body: '' };
  }
  const kind = lists[pathname];
  if (incoming.method !== 'GET' || (pathname !== '/' && !kind)) {
    return problem(
      404,
      `No ${incoming.method} ${pathname} here; there are GET /, /emails, /sms, /webhooks and POST /hooks/<path>.`,
    );
  }
  if (!kind) return inboxPage;
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: store.listJson(kind),
  };
}

function problem(status: number, detail: string): Answer {
  return { status, headers: { 'content-type': 'application/problem+json' }, body: JSON.stringify({ status, detail }) };
}
