import type { MessageLogView, NotificationDetailsView } from '#shared/message-log/responses.ts';
import type { Failure } from './failure.ts';
import { type Filters, pageQuery } from './filters.ts';
import type { Decision } from './looks.ts';
import type { Session } from './session.ts';

export type Result<Value> = { value: Value } | { failure: Failure };

const PAGE_ROWS = 50;
/** The API ends a request earlier. Without a limit, a lost connection would end no read. */
const LONGEST_REQUEST_MS = 15_000;

/** The API as a signed-in person sees it. */
export type Api = ReturnType<typeof apiOf>;

/**
 * Calls the API. Each call ends with a value or a failure, and never throws because of the network.
 * @param onExpired is called when the token is no longer valid.
 */
export function apiOf(apiUrl: string, session: Session, onExpired: () => void) {
  const call = async <Value>(path: string, init: RequestInit = {}): Promise<Result<Value>> => {
    const result = await answerTo<Value>(new URL(path, apiUrl), session, init);
    if ('failure' in result && result.failure.kind === 'expired') onExpired();
    return result;
  };
  const post = <Value>(path: string, key: string, body: object): Promise<Result<Value>> =>
    call(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
  return {
    page: (filters: Filters, { cursor, signal }: { cursor?: string; signal?: AbortSignal }) =>
      call<MessageLogView>(`/notifications?${pageQuery(filters, { limit: PAGE_ROWS, ...(cursor && { cursor }) })}`, {
        ...(signal && { signal }),
      }),
    message: (id: string, signal?: AbortSignal) =>
      call<NotificationDetailsView>(`/notifications/${encodeURIComponent(id)}`, { ...(signal && { signal }) }),
    /** @param key stays the same when a person repeats the decision after a lost answer. */
    decide: (id: string, action: Decision, reason: string, key: string) =>
      post<{ resolution?: { at: string } }>(`/notifications/${encodeURIComponent(id)}/resolve`, key, {
        action,
        reason,
      }),
    placeOrder: (key: string) => post<{ orderId: string }>('/orders', key, SAMPLE_ORDER),
  };
}

async function answerTo<Value>(url: URL, session: Session, init: RequestInit): Promise<Result<Value>> {
  if (session.expiresAt <= Date.now()) return { failure: { kind: 'expired' } };
  try {
    const limit = AbortSignal.timeout(LONGEST_REQUEST_MS);
    const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
    const headers = { ...init.headers, authorization: `Bearer ${session.token}` };
    const answer = await fetch(url, { ...init, signal, headers, cache: 'no-store', credentials: 'omit' });
    return answer.ok ? { value: await answer.json() } : { failure: await failureOf(answer) };
  } catch {
    // The browser does not say why: no network, no server, no answer in time, or one that is not JSON.
    return { failure: { kind: 'offline' } };
  }
}

async function failureOf(answer: Response): Promise<Failure> {
  if (answer.status === 401) return { kind: 'expired' };
  if (answer.status === 403) return { kind: 'forbidden' };
  if (answer.status === 404) return { kind: 'not-found' };
  // The stage is overloaded or starts again. The next read may succeed.
  if (answer.status === 429 || answer.status >= 500) return { kind: 'offline' };
  const { title, detail, next, errors } = await answer.json();
  const faults = Array.isArray(errors) ? errors.map(({ path, message }) => `${path} ${message}`) : [];
  return {
    kind: 'problem',
    status: answer.status,
    title: String(title ?? answer.status),
    detail: [String(detail ?? ''), ...faults].filter(Boolean).join(' '),
    ...(typeof next === 'string' && { next }),
  };
}

/** An order to addresses of the provider’s mailbox simulator. */
const SAMPLE_ORDER = {
  contact: { name: 'Ada Lovelace', email: 'success@simulator.amazonses.com', phone: '+4366012345678' },
  currency: 'EUR',
  lines: [
    { sku: 'TEA-1', description: 'Green tea', quantity: 2, unitPrice: 1250 },
    { sku: 'CUP-3', description: 'Porcelain cup', quantity: 1, unitPrice: 1890 },
  ],
};
