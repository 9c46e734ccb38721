import { randomUUID } from 'node:crypto';
import type { Outputs } from './deployment.ts';
import { assertDocumented } from './documented/stage.ts';
import { eventually } from './eventually.ts';

export type Answer<Json = Record<string, unknown>> = { status: number; headers: Headers; text: string; json: Json };
export type Call = { token?: string; key?: string; body?: unknown; headers?: Record<string, string> };

export type ShownNotification = {
  notificationId: string;
  channel: string;
  status: string;
  providerMessageId?: string;
  reason?: string;
  deferredBecause?: string;
  next?: string;
  doubled?: boolean;
  attempts: {
    outcome?: string;
    providerMessageId?: string;
    reason?: string;
    answer?: { status: number; start?: string };
  }[];
};
export type Email = {
  id: string;
  at: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
  attachments: { name: string; size: number; sha256: string }[];
  headers: Record<string, string>;
  tags: Record<string, string>;
};
export type ReceivedWebhook = { at: string; path: string; headers: Record<string, string>; body: string };
export type Sms = { id: string; at: string; to: string; body: string };

/** A customer of the API, who knows nothing but `outputs.json`. */
export function customerOf(outputs: Outputs, token = outputs.tokens.acme) {
  /** The first answer, whatever it is: for tests of limits, and of an API that is killed. */
  const callOnce = async <Json = Record<string, unknown>>(
    method: string,
    path: string,
    { key, body, headers = {}, ...rest }: Call = {},
  ): Promise<Answer<Json>> => {
    const bearer = 'token' in rest ? rest.token : token;
    const url = new URL(path, outputs.apiUrl);
    const request = {
      method,
      headers: new Headers({
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      }),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
    const response = await fetch(url, request);
    const text = await response.text();
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      json: text.startsWith('{') ? JSON.parse(text) : {},
    };
    assertDocumented({ ...request, url, answer });
    return answer;
  };
  /**
   * Repeats the request with the same key while the answer is "not now" (503, 429), as clients should. A busy machine gives such answers.
   * @typeParam Json what its caller goes on to read of the answer, having looked at the status.
   */
  const call = <Json = Record<string, unknown>>(
    method: string,
    path: string,
    options: Call = {},
  ): Promise<Answer<Json>> =>
    eventually(`an answer to ${method} ${path}`, async () => {
      const answer = await callOnce<Json>(method, path, options);
      return ![503, 429].includes(answer.status) && answer;
    });
  const place = (body: unknown, key: string = randomUUID()): Promise<Answer> => call('POST', '/orders', { key, body });
  const order = async (orderId: string) => (await call('GET', `/orders/${orderId}`)).json;
  const notificationsOf = async (orderId: string) =>
    ((await order(orderId)).notifications ?? []) as ShownNotification[];
  /** Waits until every notification of the order has the status. */
  const settled = (orderId: string, status = 'SENT', withinMs?: number): Promise<ShownNotification[]> =>
    eventually(
      `order ${orderId} ${status}`,
      async () => {
        const notifications = await notificationsOf(orderId);
        return notifications.length > 0 && notifications.every((one) => one.status === status) && notifications;
      },
      withinMs,
    );
  return { call, callOnce, place, order, notificationsOf, settled };
}

/** What the outside world received. */
export function inboxOf({ inboxUrl }: Outputs) {
  const read = async <Entry>(path: string): Promise<Entry[]> =>
    (await (await fetch(new URL(path, `${inboxUrl}/`))).json()) as Entry[];
  return {
    emails: () => read<Email>('emails'),
    sms: () => read<Sms>('sms'),
    webhooks: () => read<ReceivedWebhook>('webhooks'),
    /** The address of a receiver of webhooks. */
    hook: (name: string): string => `${inboxUrl}/hooks/${name}`,
  };
}

let people = 0;

/** A unique order: no other order has its e-mail address and number. */
export function anOrder(more: Record<string, unknown> = {}) {
  people += 1;
  const contact = {
    name: 'Ada Lovelace',
    email: `ada.${process.pid}.${people}@example.com`,
    phone: `+4366${String(process.pid).padStart(7, '0').slice(-7)}${String(people).padStart(4, '0')}`,
  };
  const lines = [{ sku: 'TEA-1', description: 'Green tea', quantity: 2, unitPrice: 1250 }];
  return { contact, currency: 'EUR', lines, ...more };
}
