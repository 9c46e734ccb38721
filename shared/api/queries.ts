import middy from '@middy/core';
import type { DeadLetterView } from '#shared/dead-letter/responses.ts';
import { getErasure } from '#shared/erasure/queries.ts';
import { type HttpEvent, type HttpFunction, type HttpResponse, jsonResponse } from '#shared/http/event.ts';
import { asHttpFunction, httpFunction } from '#shared/http/http-function.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import { type OfTenant, tenant } from '#shared/http/tenant.ts';
import { getNotification } from '#shared/message-log/details.ts';
import type { MessageLogStore } from '#shared/message-log/ports.ts';
import { listNotifications } from '#shared/message-log/queries.ts';
import { attemptView, statusFields } from '#shared/message-log/view.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Clock, Log, Randomness } from '#shared/messaging/system.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { parseNotificationId } from '#shared/notification/notification-id.ts';
import type { NotificationStore } from '#shared/notification/ports.ts';
import type { NotificationView } from '#shared/notification/responses.ts';
import type { DeadLetterStore, OutboxStore } from '#shared/once/ports.ts';
import { ORDER_NOT_FOUND, type Order } from '#shared/order/order.ts';
import { ORDER_ID } from '#shared/order/order-id.ts';
import type { OrderView } from '#shared/order/responses.ts';
import type { StatisticsStore } from '#shared/statistics/ports.ts';
import { getStatistics } from '#shared/statistics/queries.ts';
import type { SuppressionStore } from '#shared/suppression/ports.ts';
import { listSuppressions } from '#shared/suppression/queries.ts';

export type QueryPorts = {
  store: Pick<SuppressionStore, 'suppressionsOf' | 'listSuppressions'> &
    Pick<NotificationStore, 'read' | 'listOf'> &
    Pick<DeadLetterStore, 'openDeadLetters'> &
    Pick<OutboxStore, 'readOutbox'>;
  messageLog: MessageLogStore;
  statistics: Pick<StatisticsStore, 'readHours'>;
  /** The stage's secret. It signs cursors and is the key of the HMACs for recipient keys. */
  secret: () => Promise<string>;
  clock: Clock;
  random: Randomness;
  log: Log;
};

/** Every query of the HTTP API. */
export function queryApi(ports: QueryPorts, { tenantClaim }: { tenantClaim: string }): HttpFunction {
  const ofTenant = (read: (event: HttpEvent & OfTenant) => Promise<HttpResponse>): HttpFunction =>
    asHttpFunction(middy(read).use(tenant({ claim: tenantClaim })));
  return httpFunction({
    routes: {
      'GET /orders/{orderId}': ofTenant((event) => getOrder(event, ports)),
      'GET /notifications': ofTenant(async (event) =>
        listNotifications(event, { log: ports.messageLog, secret: ports.secret }),
      ),
      'GET /notifications/{notificationId}': ofTenant(async (event) =>
        getNotification(event, { log: ports.messageLog, outbox: ports.store }),
      ),
      'GET /notifications/statistics': ofTenant(async (event) => getStatistics(event, ports)),
      'GET /suppressions': ofTenant(async (event) => listSuppressions(event, ports)),
      'GET /erasures/{erasureId}': ofTenant((event) => getErasure(event, ports)),
      'GET /dead-letters': () => getDeadLetters(ports),
      'GET /openapi.json': getOpenApi,
    },
    random: ports.random,
    log: ports.log,
  });
}

/**
 * The order and all notifications about it. The answer for another tenant's order is the same as for one that does not
 * exist.
 */
async function getOrder(
  { tenant, pathParameters }: HttpEvent & OfTenant,
  { store }: QueryPorts,
): Promise<HttpResponse> {
  const orderId = pathParameters?.orderId ?? '';
  if (!ORDER_ID.test(orderId)) return problemResponse(problemOfRejection(ORDER_NOT_FOUND));
  const subject = { tenant, type: 'order', id: orderId };
  const [stored, notifications] = await Promise.all([store.read(subject), store.listOf(subject)]);
  if (!stored) return problemResponse(problemOfRejection(ORDER_NOT_FOUND));
  return jsonResponse(200, JSON.stringify(orderView(stored, notifications)));
}

const MOST_DEAD_LETTERS = 100;

/** For operators. API Gateway has checked their scope. Dead letters belong to the stage, not to a tenant. */
async function getDeadLetters({ store }: QueryPorts): Promise<HttpResponse> {
  const deadLetters: DeadLetterView[] = await store.openDeadLetters(MOST_DEAD_LETTERS);
  return jsonResponse(200, JSON.stringify({ deadLetters }));
}

/** Clients may cache the document for a day: it changes only with a deployment, and the route is throttled. */
const DESCRIPTION_CACHE = 'public, max-age=86400';

/** The document is built on first use, because most environments never serve it. */
async function getOpenApi(): Promise<HttpResponse> {
  const { openApiText } = await import('./document.ts');
  return jsonResponse(200, openApiText(), { 'cache-control': DESCRIPTION_CACHE });
}

type Listed = { notificationId: string; stored: StoredState };

function orderView({ state, version }: StoredState, listed: readonly Listed[]): OrderView {
  const { orderId, status, currency, total, lines, placedAt, contact, customerId } = state as Order;
  const customer = customerId === undefined ? {} : { customerId };
  const notifications = [...listed].sort(byNumber).map(notificationView);
  return {
    orderId,
    status,
    version,
    currency,
    total,
    lines: [...lines],
    placedAt,
    ...(contact && { contact }),
    ...customer,
    notifications,
  };
}

/**
 * `…_2-1` comes before `…_10-1`. The numbers are compared by arithmetic, because creating a collator would take a tenth
 * of a cold start.
 */
function byNumber(one: Listed, other: Listed): number {
  const [version, position] = numbersOf(one);
  const [otherVersion, otherPosition] = numbersOf(other);
  return version - otherVersion || position - otherPosition;
}

function numbersOf({ notificationId }: Listed): [version: number, position: number] {
  const [version = 0, position = 0] = parseNotificationId(notificationId)?.number.split('-').map(Number) ?? [];
  return [version, position];
}

function notificationView({ notificationId, stored }: Listed): NotificationView {
  const notification = stored.state as Notification;
  const { channel, status, createdAt, attempts } = notification;
  const doubled = notification.doubled ? { doubled: true } : {};
  return {
    notificationId,
    channel,
    status,
    createdAt,
    ...statusFields(notification),
    ...doubled,
    attempts: attempts.map(attemptView),
  };
}
