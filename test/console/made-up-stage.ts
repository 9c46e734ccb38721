import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenLocally } from '#infra/local/base/http.ts';
import { startConsole } from '#infra/local/console/console.ts';
import type { LoggedNotificationView, NotificationDetailsView } from '#shared/message-log/responses.ts';

/** What the API answers to a request. */
type MadeUpAnswer = { status: number; body: unknown };

/** The console in front of an API whose answers a test makes up: logs that are longer than a real stage has here. */
export type MadeUpStage = {
  consoleUrl: string;
  apiUrl: string;
  /** The messages of the log, newest first. */
  rows: LoggedNotificationView[];
  close(): Promise<void>;
};

const SCOPES = 'messages:read messages:write orders:read orders:write';
const nothing = (): void => undefined;
const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3600;

export async function startMadeUpStage(): Promise<MadeUpStage> {
  const api = await listenLocally(async (request, response) => serve(stage, request, response));
  const apiUrl = api.url;
  const claims = Buffer.from(JSON.stringify({ scope: SCOPES, exp: inAnHour() })).toString('base64url');
  const token = async (): Promise<string> => `x.${claims}.x`;
  const { consoleUrl, close } = await startConsole({
    apiUrl,
    inboxUrl: apiUrl,
    identities: { acme: token, globex: token },
    faults: { names: [], state: () => ({ foreign: false }), switchOn: () => false, switchOff: nothing, close: nothing },
    spawn,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  const stage: MadeUpStage = {
    consoleUrl,
    apiUrl,
    rows: [],
    close: async () => {
      await Promise.all([api.close(), close()]);
    },
  };
  return stage;
}

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, content-type, idempotency-key',
  'access-control-max-age': '600',
};

function serve(stage: MadeUpStage, request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'OPTIONS') return void response.writeHead(204, CORS).end();
  const url = new URL(request.url ?? '/', stage.apiUrl);
  const answer = answerOfLog(stage.rows, url);
  response.writeHead(answer.status, { ...CORS, 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
}

const PAGE_ROWS = 50;

function answerOfLog(rows: readonly LoggedNotificationView[], { pathname, searchParams }: URL): MadeUpAnswer {
  const [, list, id] = pathname.split('/');
  if (list !== 'notifications') return { status: 404, body: {} };
  if (id !== undefined) {
    const row = rows.find(({ notificationId }) => notificationId === decodeURIComponent(id));
    return row ? { status: 200, body: detailsOf(row) } : { status: 404, body: {} };
  }
  const [status, channel, from] = ['status', 'channel', 'from'].map((name) => searchParams.get(name));
  const matching = rows.filter(
    (row) =>
      (!status || row.status === status) && (!channel || row.channel === channel) && (!from || row.createdAt >= from),
  );
  const begin = Number(searchParams.get('cursor') ?? 0);
  // A position from the end, so that new rows do not move it.
  const first = begin === 0 ? 0 : matching.length - begin;
  const notifications = matching.slice(first, first + PAGE_ROWS);
  const left = matching.length - first - notifications.length;
  return { status: 200, body: { notifications, ...(left > 0 && { nextCursor: String(left) }) } };
}

function detailsOf(row: LoggedNotificationView): NotificationDetailsView {
  const { attemptCount: _count, ...listed } = row;
  return {
    ...listed,
    correlationId: 'made-up',
    attempts: [],
    durations: {},
    timeline: [{ at: row.createdAt, kind: 'accepted' }],
    content: { subject: 'Your order', text: 'Thank you.', html: '<p>Thank you.</p>' },
  };
}

/** A message of the log. @param number a larger one is newer. */
export function rowOf(number: number, more: Partial<LoggedNotificationView> = {}): LoggedNotificationView {
  const createdAt = new Date(Date.parse('2026-11-30T08:00:00.000Z') + number * 1000).toISOString();
  return {
    notificationId: `order_${String(number).padStart(6, '0')}_1-1`,
    channel: number % 3 === 0 ? 'sms' : 'email',
    purpose: 'order-confirmation',
    status: number % 10 === 0 ? 'HELD' : 'SENT',
    createdAt,
    recipients: [{ address: `customer.${number}@example.com`, outcome: number % 10 === 0 ? 'HELD' : 'DELIVERED' }],
    attemptCount: 1,
    orderId: String(number).padStart(26, '0'),
    ...more,
  };
}

/** Messages, newest first. @param first the number of the oldest one. */
export const rowsOf = (count: number, first = 0): LoggedNotificationView[] =>
  Array.from({ length: count }, (_, index) => rowOf(first + count - 1 - index));
