import type { Outputs } from '#test/support/deployment.ts';
import { untilAnswered } from '#test/support/harness/answered.ts';
import type { Random } from '#test/support/harness/random.ts';
import type { PlannedRequest } from './requests.ts';

/** The answer to one try of a request. The other tries got no answer, or one that asks the client to try again. */
export type ReceivedAnswer = {
  request: PlannedRequest;
  status: number;
  text: string;
  replayed: boolean;
  /** Epoch milliseconds. */
  at: number;
};

/** The answer to a read. `byStranger`: the other tenant sent it. */
export type Seen = { path: string; byStranger: boolean; status: number };

export type ClientsRecord = {
  requests: PlannedRequest[];
  answers: ReceivedAnswer[];
  seen: Seen[];
  /** Number of tries that have to be repeated, by kind: no connection, a reset, a timeout, 429, 5xx. */
  repeated: Map<string, number>;
};

/** Everyone who uses the API sends through this, so that the judge knows everything that was sent and answered. */
export type Sending = ReturnType<typeof createSending>;

/** @param outputs the running stage. Read before each try, because the stage may have been restarted. */
export function createSending(outputs: () => Outputs) {
  const record: ClientsRecord = { requests: [], answers: [], seen: [], repeated: new Map() };
  const send = requesterOf(outputs, record.repeated);
  const sendUntilAnswered = async (request: PlannedRequest, random: Random): Promise<Reply> => {
    const { tenant, method = 'POST', path, key, body } = request;
    const reply = await send(tenant || 'operator', { method, path, key, body }, random);
    record.answers.push({ request, ...reply, at: Date.now() });
    return reply;
  };
  const look = async (tenant: string, path: string, byStranger: boolean, random: Random): Promise<void> => {
    const { status } = await send(tenant, { method: 'GET', path }, random);
    record.seen.push({ path, byStranger, status });
  };
  const recorded = (one: PlannedRequest): PlannedRequest => {
    record.requests.push(one);
    return one;
  };
  return { record, send, sendUntilAnswered, look, recorded };
}

const TRY_TIMEOUT_MS = 20_000;
/** After this time without an answer, a client gives up. Nothing in a campaign takes longer. */
export const PATIENCE_MS = 180_000;
const LONGEST_PAUSE_MS = 1500;

type Request = { method: string; path: string; key?: string; body?: Record<string, unknown> };
type Reply = { status: number; text: string; replayed: boolean };

/** Sends a request until there is an answer that a repetition would not change. */
export function requesterOf(outputs: () => Outputs, repeated: Map<string, number>) {
  const onRepeat = (problem: string): void => void repeated.set(problem, (repeated.get(problem) ?? 0) + 1);
  return async (tenant: string, request: Request, random: Random): Promise<Reply> => {
    const pauseMs = (tries: number): number => pauseOf(tries, random);
    const options = { patienceMs: PATIENCE_MS, pauseMs, onRepeat };
    const reply = await untilAnswered(() => tryOnce(outputs(), tenant, request), options);
    return reply ?? { status: 0, text: `no answer within ${PATIENCE_MS} ms`, replayed: false };
  };
}

export const pauseOf = (tries: number, random: Random): number =>
  random.between(50, Math.min(LONGEST_PAUSE_MS, 200 * 2 ** tries));

/** @param declared the answer of POST /attachments. */
export async function isUploaded(declared: string, bytes: Buffer): Promise<boolean> {
  const { url, method, headers } = (JSON.parse(declared) as { upload: Upload }).upload;
  try {
    const signal = AbortSignal.timeout(TRY_TIMEOUT_MS);
    return (await fetch(url, { method, headers, signal, body: new Uint8Array(bytes) })).ok;
  } catch {
    // The cloud is down or was killed. It does not matter whether the bytes arrived: the client uploads them again.
    return false;
  }
}

type Upload = { url: string; method: string; headers: Record<string, string> };

/** @returns the network's error in a word, if there was no complete answer. */
async function tryOnce(
  outputs: Outputs,
  tenant: string,
  { method, path, key, body }: Request,
): Promise<Reply | string> {
  const token = (outputs.tokens as Record<string, string>)[tenant];
  const headers = {
    authorization: `Bearer ${token}`,
    ...(key !== undefined && { 'idempotency-key': key, 'x-correlation-id': key }),
    ...(body && { 'content-type': 'application/json' }),
  };
  try {
    const signal = AbortSignal.timeout(TRY_TIMEOUT_MS);
    const response = await fetch(new URL(path, outputs.apiUrl), {
      method,
      headers,
      signal,
      ...(body && { body: JSON.stringify(body) }),
    });
    const replayed = response.headers.get('idempotency-replayed') === 'true';
    return { status: response.status, text: await response.text(), replayed };
  } catch (error) {
    return networkProblem(error as Error);
  }
}

function networkProblem({ name, cause }: Error): string {
  return name === 'TimeoutError' ? 'timeout' : ((cause as { code?: string } | undefined)?.code ?? name);
}
