import type { Failure, Fault } from './failure.ts';
import type { Session } from './session.ts';

/** @property etag the version of what was read, for `ifMatch` of a later change. */
export type Result<Value> = { value: Value; etag?: string } | { failure: Failure };

/** The API ends a request earlier. Without a limit, a lost connection would end no read. */
const LONGEST_REQUEST_MS = 15_000;

type Change = {
  body?: object;
  /** The idempotency key. It stays the same when a person repeats the change after a lost answer. */
  key?: string;
  /** The version that the change replaces. */
  ifMatch?: string;
  /** Ends a question that is no longer of interest. A change of the stage is never ended. */
  signal?: AbortSignal;
};

/** The API as a signed-in person sees it. Each call ends with a value or a failure, and never throws because of the network. */
export type Api = {
  get<Value>(path: string, signal?: AbortSignal): Promise<Result<Value>>;
  send<Value>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, change: Change): Promise<Result<Value>>;
};

/** @param onExpired is called when the token is no longer valid. */
export function apiOf(apiUrl: string, session: Session, onExpired: () => void): Api {
  const call = async <Value>(path: string, init: RequestInit): Promise<Result<Value>> => {
    const result = await answerTo<Value>(new URL(path, apiUrl), session, init);
    if ('failure' in result && result.failure.kind === 'expired') onExpired();
    return result;
  };
  return {
    get: (path, signal) => call(path, signal ? { signal } : {}),
    send: (method, path, { body, key, ifMatch, signal }) =>
      call(path, {
        method,
        headers: {
          ...(body && { 'content-type': 'application/json' }),
          ...(key && { 'idempotency-key': key }),
          ...(ifMatch && { 'if-match': ifMatch }),
        },
        ...(body && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      }),
  };
}

async function answerTo<Value>(url: URL, session: Session, init: RequestInit): Promise<Result<Value>> {
  if (session.expiresAt <= Date.now()) return { failure: { kind: 'expired' } };
  try {
    const limit = AbortSignal.timeout(LONGEST_REQUEST_MS);
    const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
    const headers = { ...init.headers, authorization: `Bearer ${session.token}` };
    const answer = await fetch(url, { ...init, signal, headers, cache: 'no-store', credentials: 'omit' });
    if (!answer.ok) return { failure: await failureOf(answer) };
    const etag = answer.headers.get('etag');
    return { value: await answer.json(), ...(etag && { etag }) };
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
  const faults = Array.isArray(errors) ? errors.map(faultOf) : [];
  return {
    kind: 'problem',
    status: answer.status,
    title: String(title ?? answer.status),
    detail: [String(detail ?? ''), ...faults.map(({ path, message }) => `${path} ${message}`)]
      .filter(Boolean)
      .join(' '),
    ...(typeof next === 'string' && { next }),
    faults,
  };
}

const faultOf = ({ path, message, next }: Record<string, unknown>): Fault => ({
  path: String(path),
  message: String(message),
  ...(typeof next === 'string' && { next }),
});
