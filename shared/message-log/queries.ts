import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { type AskedPage, askedPage, nextCursor, secretFrom } from '#shared/http/list-query.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { NotificationKey } from '#shared/notification/ports.ts';
import { reasonFields, statusFields } from '#shared/notification/view.ts';
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
const ENTRIES_LOOKED_AT = 100;

type Filters = Omit<LogQuery, 'limit' | 'cursor'>;
type Asked = AskedPage<Filters>;
/** The next page begins after `position`. If it is undefined, this page is the last one. */
type Page = { notifications: LoggedNotificationView[]; position?: string };

/**
 * A page of the tenant's message log, newest first. It takes at most three read calls, however many messages there
 * are: the keys, their rows, and the contents and outcomes of the notifications on the page. So if a filter matches
 * few notifications, the page is short or even empty, and has a cursor.
 */
export async function listNotifications(event: TenantRequest, ports: MessageLogPorts): Promise<Reply> {
  const { secret } = ports;
  const asked = await askedPage(event, logQuerySchema, (given) => withKey(given, event.tenant, secret), secret);
  const { notifications, position } = asked.filters.orderId
    ? await pageOfOrder(asked, asked.filters.orderId, ports)
    : await pageOfLog(asked, ports);
  const answer: MessageLogView = { notifications, ...(await nextCursor(asked, position, secret)) };
  return jsonResponse(JSON.stringify(answer));
}

/** No content is read to find a recipient or an endpoint: rows contain the recipient key, which is a hash. */
async function withKey(given: Filters, tenant: string, secret: MessageLogPorts['secret']): Promise<Filters> {
  const { recipient, endpointId } = given;
  if (recipient === undefined && endpointId === undefined) return given;
  const keyOf = recipientKey(await secretFrom(secret));
  return {
    ...given,
    ...(recipient !== undefined && { recipient: keyOf(tenant, recipient.includes('@') ? 'email' : 'sms', recipient) }),
    ...(endpointId !== undefined && { endpointId: keyOf(tenant, 'webhook', endpointId) }),
  };
}

async function pageOfLog(
  { tenant, filters, limit, after }: Asked,
  { messageLog: log }: MessageLogPorts,
): Promise<Page> {
  const { channel, status, purpose, recipient, customerId, endpointId } = filters;
  const isFiltered = [channel, status, purpose, recipient, customerId, endpointId].some((one) => one !== undefined);
  const range = rangeOf(filters, after);
  const { entries, isLast, last: reached } = await log.listLog(tenant, range, isFiltered ? ENTRIES_LOOKED_AT : limit);
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
  { channel, status, purpose, recipient, customerId, endpointId }: Filters,
): boolean {
  return (
    (channel === undefined || notification.channel === channel) &&
    (status === undefined || notification.status === status) &&
    (purpose === undefined || notification.purpose === purpose) &&
    (recipient === undefined || notification.recipients?.includes(recipient) === true) &&
    (endpointId === undefined || notification.recipients?.includes(endpointId) === true) &&
    (customerId === undefined || notification.customerId === customerId)
  );
}

function loggedView(logged: LoggedNotification): LoggedNotificationView {
  const notification = logged.stored.state;
  const { channel, createdAt, attempts, doubled, sendAt, customerId } = notification;
  const { type, id, notificationId } = logged.key;
  return {
    notificationId,
    channel,
    ...reasonFields(logged.key, notification),
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
