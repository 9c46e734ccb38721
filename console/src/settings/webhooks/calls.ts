import type { Api, Result } from '#console/base/api.ts';
import type { LoggedNotificationView, MessageLogView, NotificationDetailsView } from '#shared/message-log/responses.ts';
import type { EndpointTestView, WebhookSettingsView } from '#shared/webhook/responses.ts';

export const readEndpoints = (api: Api, signal?: AbortSignal): Promise<Result<WebhookSettingsView>> =>
  api.get('/settings/webhooks', signal);

/** Takes two and a half seconds, because the answer comes when the change applies. */
export const putEndpoints = (
  api: Api,
  endpoints: readonly object[],
  { version, key }: { version: number; key: string },
): Promise<Result<WebhookSettingsView>> =>
  api.send('PUT', '/settings/webhooks', { body: { endpoints }, key, ifMatch: `"${version}"` });

export const rotateSecret = (api: Api, endpointId: string, key: string): Promise<Result<WebhookSettingsView>> =>
  api.send('POST', `/settings/webhooks/${encodeURIComponent(endpointId)}/rotate`, { body: {}, key });

/** @param key stays the same when a person repeats the test after a lost answer. */
export const sendTest = (api: Api, endpointId: string, key: string): Promise<Result<EndpointTestView>> =>
  api.send('POST', `/settings/webhooks/${encodeURIComponent(endpointId)}/test`, { body: {}, key });

export const readDelivery = (api: Api, id: string, signal: AbortSignal): Promise<Result<NotificationDetailsView>> =>
  api.get(`/notifications/${encodeURIComponent(id)}`, signal);

/** The AsyncAPI document of the stage. */
export const readEventTypes = (api: Api, signal: AbortSignal): Promise<Result<unknown>> =>
  api.get('/asyncapi.json', signal);

export type Delivery = Pick<
  LoggedNotificationView,
  'notificationId' | 'status' | 'recipients' | 'purpose' | 'reason' | 'createdAt' | 'attemptCount'
>;

/** `hasOlder`: the older part of the log was not searched, or has more. */
export type Deliveries = { shown: readonly Delivery[]; hasOlder: boolean };

const MOST_SHOWN = 5;
/** A page searches a bounded part of the log, so it may be empty although older deliveries exist. */
const MOST_PAGES = 3;

/** The last webhooks to an endpoint, the newest first. */
export async function readDeliveries(api: Api, endpointId: string, signal: AbortSignal): Promise<Result<Deliveries>> {
  const shown: Delivery[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = new URLSearchParams({ endpointId, limit: String(MOST_SHOWN), ...(cursor && { cursor }) });
    const result = await api.get<MessageLogView>(`/notifications?${query}`, signal);
    if ('failure' in result) return result;
    shown.push(...result.value.notifications);
    cursor = result.value.nextCursor;
    if (cursor === undefined || shown.length >= MOST_SHOWN) break;
  }
  return { value: { shown: shown.slice(0, MOST_SHOWN), hasOlder: cursor !== undefined || shown.length > MOST_SHOWN } };
}
