import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { EXIT, OpsFailure } from './exit-codes.ts';
import { refusalOf } from './refusals.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const MOST_TRIES = 4;

/** Parameters of a query. Absent ones are not sent. */
export type Query = Record<string, string | undefined>;

/** The HTTP API of a stage, called with one token. */
export type Api = {
  /** Reads something. @throws OpsFailure if the stage does not answer with it. */
  get<Answer>(path: string, query?: Query): Promise<Answer>;
  /**
   * Sends a command. If its answer is lost, it is repeated with the same Idempotency-Key, so it is executed once.
   * @throws OpsFailure if the stage does not do it, or if it is not known whether it did.
   */
  send<Answer>(command: SentCommand): Promise<Answer>;
};

export type SentCommand = { method?: 'POST' | 'PATCH'; path: string; body?: object };

export type ApiAccess = {
  url: string;
  token: string;
  /** Idempotency-Key of the command of this call. Absent: a new one. */
  key?: string;
  /** Before a request is repeated, in milliseconds. */
  pauseMs: number;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
};

type Answered = { status: number; headers: Headers; text: string };

/** Opens the API. Nothing is called yet. */
export function openApi(access: ApiAccess): Api {
  return {
    get: (path, query = {}) => answerOf(access, withQuery(path, query), { method: 'GET' }),
    send: ({ method = 'POST', path, body = {} }) => {
      const key = access.key ?? randomUUID();
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      return answerOf(access, path, { method, headers, body: JSON.stringify(body) }, key);
    },
  };
}

function withQuery(path: string, query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value);
  return given.size === 0 ? path : `${path}?${given}`;
}

/** @param key of a command, which is named if it is not known whether the command was executed. */
async function answerOf<Answer>(access: ApiAccess, path: string, request: RequestInit, key?: string): Promise<Answer> {
  const { status, headers, text } = await answered(access, path, request, key);
  const isJson = (headers.get('content-type') ?? '').includes('json');
  if (status >= 200 && status < 300 && isJson) return JSON.parse(text) as Answer;
  throw refusalOf({ url: access.url, path, status, headers, text });
}

/** Repeats a request that had no answer, or whose answer says "not now". */
async function answered(access: ApiAccess, path: string, request: RequestInit, key?: string): Promise<Answered> {
  for (let tries = 1; ; tries += 1) {
    const answer = await callOnce(access, path, request);
    if (access.signal.aborted) throw new OpsFailure(EXIT.interrupted, `Interrupted.${keyHint(key)}`);
    if ('status' in answer && !NOT_NOW.includes(answer.status)) return answer;
    if (tries === MOST_TRIES || ('isRefused' in answer && answer.isRefused)) throw unanswered(access.url, answer, key);
    // The only error of a pause is that it was aborted. The next call handles that.
    await pause(access.pauseMs * tries, undefined, { signal: access.signal }).catch(() => undefined);
  }
}

const NOT_NOW = [429, 503];

/** `isRefused`: no connection was established, so nothing was sent. */
type Unreachable = { unreachable: string; isRefused: boolean };

async function callOnce(
  { url, token, signal }: ApiAccess,
  path: string,
  request: RequestInit,
): Promise<Answered | Unreachable> {
  try {
    const response = await fetch(new URL(path, url), {
      ...request,
      headers: { ...request.headers, authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const why = code || (cause instanceof Error ? cause.message : message);
    return { unreachable: why, isRefused: ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(code) };
  }
}

function unanswered(url: string, answer: Answered | Unreachable, key: string | undefined): OpsFailure {
  if ('status' in answer) {
    const tries = `${url} answers ${answer.status} to each of ${MOST_TRIES} tries.`;
    return new OpsFailure(EXIT.unreachable, `${tries} Try again later.${keyHint(key)}`);
  }
  const hint = isOfThisMachine(new URL(url)) ? 'Start the local cloud with npm start.' : 'Check the address.';
  const sentKey = answer.isRefused ? undefined : key;
  return new OpsFailure(
    EXIT.unreachable,
    `${url} cannot be reached (${answer.unreachable}). ${hint}${keyHint(sentKey)}`,
  );
}

const keyHint = (key: string | undefined): string =>
  key === undefined
    ? ''
    : ` It is not known whether the command was executed: repeat it with --key ${key}, and it is executed once.`;

/** Whether a request to this address stays on this machine. */
export const isOfThisMachine = ({ hostname }: URL): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(hostname) || hostname.endsWith('.localhost');
