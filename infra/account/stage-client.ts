const REQUEST_TIMEOUT_MS = 30_000;

export type ApiAnswer = { status: number; headers: Headers; text: string; json: Record<string, unknown> };
export type ShownNotification = {
  notificationId: string;
  channel: string;
  status: string;
  providerMessageId?: string;
  reason?: string;
  recipients: { outcome: string; code?: string }[];
};

/** Calls a stage's API like any API client. */
export function stageClient(apiUrl: string, token: string) {
  const call = async (path: string, init: RequestInit = {}): Promise<ApiAnswer> => {
    const response = await fetch(new URL(path, apiUrl), {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text.startsWith('{') ? JSON.parse(text) : {},
    };
  };
  return {
    place: (key: string, order: unknown): Promise<ApiAnswer> =>
      call('/orders', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(order),
      }),
    notification: (notificationId: string): Promise<ApiAnswer> => call(`/notifications/${notificationId}`),
  };
}
