import { CUSTOMER_NOT_FOUND, customerKey } from '#shared/customer/customer.ts';
import { CUSTOMER_EVENT_NAMES } from '#shared/customer/event-names.ts';
import { greetingKey } from '#shared/greeting/greeting.ts';
import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { CUSTOMER_ID } from '#shared/http/input/fields.ts';
import { askedPage, nextCursor } from '#shared/http/list-query.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import type { MessageLogStore } from '#shared/message-log/ports.ts';
import type { Rejection } from '#shared/messaging/decider.ts';
import { type Subject, subjectName } from '#shared/messaging/identity.ts';
import { NOTIFICATION_EVENT_NAMES } from '#shared/notification/event-names.ts';
import type { OutboxHistory } from '#shared/once/ports.ts';
import { ORDER_EVENT_NAMES } from '#shared/order/event-names.ts';
import { ORDER, ORDER_NOT_FOUND } from '#shared/order/order.ts';
import { ORDER_ID } from '#shared/order/order-id.ts';
import { timelineQuerySchema } from './requests.ts';
import type { TimelineView } from './responses.ts';
import { type History, timelineOf } from './timeline.ts';

export type TimelinePorts = {
  outboxHistory: OutboxHistory;
  messageLog: Pick<MessageLogStore, 'readLoggedOf'>;
  /** The stage's secret. It signs cursors. */
  secret: () => Promise<string>;
};

/** Entries on a page. The timeline of almost every subject fits on one. */
export const TIMELINE_PAGE = 200;

/** The names of all events in timelines. Each concept owns the names of its events. */
const NAMES = { ...CUSTOMER_EVENT_NAMES, ...ORDER_EVENT_NAMES, ...NOTIFICATION_EVENT_NAMES };

/** The timeline of an order. The answer for another tenant's order is the same as for one that does not exist. */
export async function getOrderTimeline(request: TenantRequest, ports: TimelinePorts): Promise<Reply> {
  const id = request.pathParameters?.orderId ?? '';
  const subject = ORDER_ID.test(id) ? { tenant: request.tenant, type: ORDER.name, id } : undefined;
  return answerFor(subject && [subject], ORDER_NOT_FOUND, request, ports);
}

/** The timeline of a customer with the greeting, and without the orders. Orders have timelines of their own. */
export async function getCustomerTimeline(request: TenantRequest, ports: TimelinePorts): Promise<Reply> {
  const id = request.pathParameters?.customerId ?? '';
  const { tenant } = request;
  const subjects: Subjects | undefined = CUSTOMER_ID.test(id)
    ? [customerKey(tenant, id), greetingKey(tenant, id)]
    : undefined;
  return answerFor(subjects, CUSTOMER_NOT_FOUND, request, ports);
}

/** The subject of a timeline, and the processes about it that are subjects of their own. */
type Subjects = readonly [Subject, ...Subject[]];

async function answerFor(
  subjects: Subjects | undefined,
  notFound: Rejection,
  request: TenantRequest,
  ports: TimelinePorts,
): Promise<Reply> {
  const page = subjects && (await pageOf(subjects, request, ports));
  return page ? jsonResponse(JSON.stringify(page)) : problemResponse(problemOfRejection(notFound));
}

/**
 * A page of a subject's timeline, in two read calls for each subject; undefined: the subject does not exist, because no command led to
 * it. All rows are read for each page, because their keys are not in the order of time.
 */
async function pageOf(
  [subject, ...processes]: Subjects,
  request: TenantRequest,
  { outboxHistory, messageLog, secret }: TimelinePorts,
): Promise<TimelineView | undefined> {
  // A cursor is valid for the timeline of its subject only.
  const asked = await askedPage(request, timelineQuerySchema, async () => ({ timeline: subjectName(subject) }), secret);
  const historyOf = async (one: Subject): Promise<History> => {
    const [records, notifications] = await Promise.all([outboxHistory.readOutboxOf(one), messageLog.readLoggedOf(one)]);
    return { records, notifications };
  };
  const [own, ...others] = await Promise.all([historyOf(subject), ...processes.map(historyOf)]);
  if (own.records.length === 0) return undefined;
  const all = [own, ...others];
  const history: History = {
    records: all.flatMap(({ records }) => records),
    notifications: all.flatMap(({ notifications }) => notifications),
  };
  const { after = '' } = asked;
  const left = timelineOf(history, NAMES).filter(({ place }) => place > after);
  const shown = left.slice(0, TIMELINE_PAGE);
  const last = left.length > shown.length ? shown.at(-1) : undefined;
  return { entries: shown.map(({ entry }) => entry), ...(await nextCursor(asked, last?.place, secret)) };
}
