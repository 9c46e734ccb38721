import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { QUERY_FAULTS } from '#shared/http/input/fault-texts.ts';
import { LOG_LIMIT } from '#shared/http/input/query-limits.ts';
import { parseQuery, refuseFaults } from '#shared/http/query-parameters.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import { type CursorFault, readCursor, writeCursor } from '#shared/http/signed-cursor.ts';
import type { Fault } from '#shared/messaging/failure.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import { statusFields } from '#shared/notification/view.ts';
import { TemporarilyUnavailable } from '#shared/once/errors.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import type { LoggedNotification, LogRange, MessageLogStore } from './ports.ts';
import { type LogQuery, logQuerySchema } from './query.ts';
import type { LoggedNotificationView, MessageLogView } from './responses.ts';
import { recipientsOf } from './view.ts';

export type MessageLogPorts = {
  messageLog: Pick<MessageLogStore, 'listLog' | 'readStates' | 'readContents' | 'readLoggedOf'>;
  /** The stage's secret. It signs cursors and is the key of the HMACs for recipient keys. */
  secret: () => Promise<string>;
};

/** Keys that are examined for one page of a filtered log. One read call can fetch the rows of at most that many. */
const LOOKED_AT = 100;

type Filters = Pick<LogQuery, 'channel' | 'status' | 'orderId'> & {
  recipient?: string;
  /** ISO 8601 in UTC with milliseconds, the same format as in positions. */
  from?: string;
  to?: string;
};
type Asked = { tenant: string; filters: Filters; limit: number; after?: string };
/** The next page begins after `position`. If it is undefined, this page is the last one. */
type Page = { notifications: LoggedNotificationView[]; position?: string };

/**
 * A page of the tenant's message log, newest first. It takes at most three read calls, however many messages there
 * are: the keys, their rows, and the contents and outcomes of the notifications on the page. So if a filter matches
 * few notifications, the page is short or even empty, and has a cursor.
 */
export async function listNotifications(event: TenantRequest, ports: MessageLogPorts): Promise<Reply> {
  const asked = await askedFor(event, ports);
  const { notifications, position } = asked.filters.orderId
    ? await pageOfOrder(asked, asked.filters.orderId, ports)
    : await pageOfLog(asked, ports);
  const answer: MessageLogView = { notifications };
  if (position !== undefined) answer.nextCursor = writeCursor({ ...asked, position }, await secretOf(ports));
  return jsonResponse(JSON.stringify(answer));
}

async function askedFor(event: TenantRequest, ports: MessageLogPorts): Promise<Asked> {
  const { tenant } = event;
  const { query, faults } = parseQuery(event, logQuerySchema, QUERY_FAULTS);
  if (faults) {
    const { cursor } = event.queryStringParameters ?? {};
    const signed =
      cursor === undefined ? undefined : readCursor(cursor, { tenant, filters: {} }, await secretOf(ports));
    // The filters are invalid, so the cursor cannot be compared with them. Its signature can still be checked.
    const isForged = signed !== undefined && 'fault' in signed && signed.fault === 'CURSOR_INVALID';
    refuseFaults(isForged ? [...faults, CURSOR_FAULTS.CURSOR_INVALID] : faults);
  }
  const { cursor, limit, recipient, from, to, ...rest } = query;
  const filters: Filters = {
    ...rest,
    ...(recipient !== undefined && { recipient: await keyOf(recipient, tenant, ports) }),
    ...(from !== undefined && { from: new Date(from).toISOString() }),
    ...(to !== undefined && { to: new Date(to).toISOString() }),
  };
  const asked = { tenant, filters, limit: Number(limit ?? LOG_LIMIT.default) };
  if (cursor === undefined) return asked;
  const read = readCursor(cursor, { tenant, filters }, await secretOf(ports));
  if ('fault' in read) refuseFaults([CURSOR_FAULTS[read.fault]]);
  return { ...asked, after: read.position };
}

const CURSOR_FAULTS: Record<CursorFault, Fault> = {
  CURSOR_INVALID: {
    path: '/cursor',
    code: 'CURSOR_INVALID',
    message: 'It is no cursor that was given to you.',
    next: 'Send nextCursor exactly as it was answered, or leave it out to start from the first page.',
  },
  CURSOR_OF_OTHER_FILTERS: {
    path: '/cursor',
    code: 'CURSOR_OF_OTHER_FILTERS',
    message: 'It was given for other filters.',
    next: 'Send it with the filters of the page that answered it; only limit may change.',
  },
};

/** No content is read to find a recipient: rows contain the recipient key, which is a hash. */
async function keyOf(recipient: string, tenant: string, ports: MessageLogPorts): Promise<string> {
  return recipientKey(await secretOf(ports))(tenant, recipient.includes('@') ? 'email' : 'sms', recipient);
}

async function secretOf({ secret }: MessageLogPorts): Promise<string> {
  try {
    return await secret();
  } catch (cause) {
    throw new TemporarilyUnavailable('The secret could not be read.', { cause });
  }
}

async function pageOfLog(
  { tenant, filters, limit, after }: Asked,
  { messageLog: log }: MessageLogPorts,
): Promise<Page> {
  const isFiltered = [filters.channel, filters.status, filters.recipient].some((filter) => filter !== undefined);
  const range = rangeOf(filters, after);
  const { entries, isLast, last: reached } = await log.listLog(tenant, range, isFiltered ? LOOKED_AT : limit);
  if (entries.length === 0) return { notifications: [], ...(!isLast && reached && { position: reached }) };
  const states = await log.readStates(entries.map(({ key }) => key));
  const found = entries.flatMap(({ key, position }) => {
    const stored = states.get(key.notificationId);
    return stored && isAskedFor(stored, filters) ? [{ key, position, stored }] : [];
  });
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1)?.position : isLast ? undefined : reached;
  return { notifications: await withContents(shown, log), ...(last && { position: last }) };
}

async function withContents(
  shown: readonly { key: NotificationKey; stored: StoredState<Notification> }[],
  log: MessageLogPorts['messageLog'],
): Promise<LoggedNotificationView[]> {
  if (shown.length === 0) return [];
  const contents = await log.readContents(shown.map(({ key }) => key));
  return shown.map((one) => loggedView({ ...one, ...(contents.get(one.key.notificationId) ?? { events: [] }) }));
}

/** An order has few notifications, so one query reads all of them. */
async function pageOfOrder({ tenant, filters, limit, after }: Asked, id: string, { messageLog: log }: MessageLogPorts) {
  const { from = '', to = '~', after: before = '~' } = rangeOf(filters, after);
  const all = await log.readLoggedOf({ tenant, type: 'order', id });
  const found = all
    .map((one) => ({ one, position: `${one.stored.state.createdAt}#${one.key.notificationId}` }))
    .filter(({ position }) => position >= from && position <= to && position < before)
    .filter(({ one }) => isAskedFor(one.stored, filters))
    .sort((one, other) => (one.position < other.position ? 1 : -1));
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  return { notifications: shown.map(({ one }) => loggedView(one)), ...(last && { position: last.position }) };
}

const rangeOf = ({ from, to }: Filters, after: string | undefined): LogRange => ({
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
  ...(after !== undefined && { after }),
});

function isAskedFor(
  { state: notification }: StoredState<Notification>,
  { channel, status, recipient }: Filters,
): boolean {
  return (
    (channel === undefined || notification.channel === channel) &&
    (status === undefined || notification.status === status) &&
    (recipient === undefined || notification.recipients?.includes(recipient) === true)
  );
}

function loggedView(logged: LoggedNotification): LoggedNotificationView {
  const notification = logged.stored.state;
  const { channel, createdAt, attempts, doubled, sendAt, customerId } = notification;
  const { type, id, notificationId } = logged.key;
  return {
    notificationId,
    channel,
    status: notification.status,
    recipients: recipientsOf(logged),
    createdAt,
    ...(sendAt !== undefined && { sendAt }),
    ...statusFields(notification),
    ...(doubled && { doubled }),
    attemptCount: attempts.length,
    ...(type === 'order' && { orderId: id }),
    ...(customerId !== undefined && { customerId }),
  };
}
