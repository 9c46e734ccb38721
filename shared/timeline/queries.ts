import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { askedPage, nextCursor } from '#shared/http/list-query.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import type { MessageLogStore } from '#shared/message-log/ports.ts';
import { type Subject, subjectName } from '#shared/messaging/identity.ts';
import { NOTIFICATION_EVENT_NAMES } from '#shared/notification/event-names.ts';
import type { OutboxHistory } from '#shared/once/ports.ts';
import { ORDER_EVENT_NAMES } from '#shared/order/event-names.ts';
import { ORDER, ORDER_NOT_FOUND } from '#shared/order/order.ts';
import { ORDER_ID } from '#shared/order/order-id.ts';
import { timelineQuerySchema } from './requests.ts';
import type { TimelineView } from './responses.ts';
import { timelineOf } from './timeline.ts';

export type TimelinePorts = {
  outboxHistory: OutboxHistory;
  messageLog: Pick<MessageLogStore, 'readLoggedOf'>;
  /** The stage's secret. It signs cursors. */
  secret: () => Promise<string>;
};

/** Entries on a page. The timeline of almost every subject fits on one. */
export const TIMELINE_PAGE = 200;

/** The names of all events in timelines. Each concept owns the names of its events. */
const NAMES = { ...ORDER_EVENT_NAMES, ...NOTIFICATION_EVENT_NAMES };

/** The timeline of an order. The answer for another tenant's order is the same as for one that does not exist. */
export async function getOrderTimeline(request: TenantRequest, ports: TimelinePorts): Promise<Reply> {
  const id = request.pathParameters?.orderId ?? '';
  const page = ORDER_ID.test(id) && (await pageOf({ tenant: request.tenant, type: ORDER.name, id }, request, ports));
  return page ? jsonResponse(JSON.stringify(page)) : problemResponse(problemOfRejection(ORDER_NOT_FOUND));
}

/**
 * A page of a subject's timeline, in two read calls; undefined: the subject does not exist, because no command led to
 * it. All rows are read for each page, because their keys are not in the order of time.
 */
async function pageOf(
  subject: Subject,
  request: TenantRequest,
  { outboxHistory, messageLog, secret }: TimelinePorts,
): Promise<TimelineView | undefined> {
  // A cursor is valid for the timeline of its subject only.
  const asked = await askedPage(request, timelineQuerySchema, async () => ({ timeline: subjectName(subject) }), secret);
  const [records, notifications] = await Promise.all([
    outboxHistory.readOutboxOf(subject),
    messageLog.readLoggedOf(subject),
  ]);
  if (records.length === 0) return undefined;
  const { after = '' } = asked;
  const left = timelineOf({ records, notifications }, NAMES).filter(({ place }) => place > after);
  const shown = left.slice(0, TIMELINE_PAGE);
  const last = left.length > shown.length ? shown.at(-1) : undefined;
  return { entries: shown.map(({ entry }) => entry), ...(await nextCursor(asked, last?.place, secret)) };
}
