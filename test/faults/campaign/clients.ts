import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { customerIdFor } from '#shared/customer/customer-id.ts';
import { derivedId } from '#shared/http/derived-id.ts';
import { type Channel, ORDER_CONFIRMED } from '#shared/names.ts';
import { notificationIdOf } from '#shared/notification/notification-id.ts';
import { orderIdFor } from '#shared/order/order-id.ts';
import { inboxOf } from '#test/support/api.ts';
import type { Outputs } from '#test/support/deployment.ts';
import { untilAnswered } from '#test/support/harness/answered.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import { BOUNCED, type PlannedMessage, type PlannedOrder, REFUSED, type Step } from './plan.ts';

/** One command that a client sends under one key until it is answered. */
export type PlannedRequest = {
  kind: 'register' | 'place' | 'item' | 'too-much' | 'step' | 'message' | 'cancel' | 'declare';
  tenant: 'acme' | 'globex';
  /** Id of its subject: an order, a customer, a direct notification or an attachment. */
  orderId: string;
  /** Idempotency-Key, and correlation id: the logs can be searched for it. */
  key: string;
  path: string;
  body: Record<string, unknown>;
  /** Channels of the notifications that an order or a message requests. */
  channels: Channel[];
  /** Of an order: its recipients are refused by the providers. */
  refused: boolean;
  /** Of a message: what has to arrive. */
  message?: ExpectedMessage;
};

/** What the provider has to receive of a direct notification. */
export type ExpectedMessage = {
  text: string;
  /** Checksum of its file (SHA-256, hexadecimal). */
  sha256?: string;
  /** Epoch milliseconds before which it must not be sent. */
  sendAt?: number;
  bounced: boolean;
};

/** The answer to one try of a request. The other tries got no answer, or one that asks the client to try again. */
export type ReceivedAnswer = { request: PlannedRequest; status: number; text: string; replayed: boolean };

/** The answer to a read. `byStranger`: the other tenant sent it. */
export type Seen = { path: string; byStranger: boolean; status: number };

export type ClientsRecord = {
  requests: PlannedRequest[];
  answers: ReceivedAnswer[];
  seen: Seen[];
  /** Number of tries that have to be repeated, by kind: no connection, a reset, a timeout, 429, 5xx. */
  repeated: Map<string, number>;
};

export type Clients = {
  record: ClientsRecord;
  /** Number of orders that have an answer. */
  placed(): number;
  /** Sets whether clients begin no new orders. */
  hold(held: boolean): void;
  /** Places all these orders, with everything else that their clients do. */
  place(orders: readonly PlannedOrder[]): Promise<void>;
};

export type ClientOptions = {
  seed: number;
  /** The running stage. Read before each try, because the stage may have been restarted. */
  outputs: () => Outputs;
  /** Maximum number of orders that begin in a second. */
  ordersPerSecond: number;
  /** Number of orders that run at the same time. */
  concurrency: number;
};

const TRY_TIMEOUT_MS = 20_000;
/** After this time without an answer, a client gives up. Nothing in a campaign takes longer. */
const PATIENCE_MS = 180_000;
const LOOK_EVERY_MS = 50;
const LONGEST_PAUSE_MS = 1500;
const LOG_PAGE = '/notifications?limit=5';

/**
 * Clients that behave like real ones. They repeat a request under the same key until they know the outcome. Some send
 * it twice at the same time, some repeat it long after the answer, and some send another body under a used key.
 */
export function createClients({ seed, outputs, ordersPerSecond, concurrency }: ClientOptions): Clients {
  const record: ClientsRecord = { requests: [], answers: [], seen: [], repeated: new Map() };
  // Keys are unique to this run: the same seed on the same folder would otherwise get stored answers.
  const run = randomUUID().slice(0, 8);
  const later = new Map<number, (() => Promise<void>)[]>();
  const send = requesterOf(outputs, record.repeated);
  let placed = 0;
  let held = false;

  const sendUntilAnswered = async (request: PlannedRequest, random: Random): Promise<void> => {
    const { tenant, path, key, body } = request;
    const { status, text, replayed } = await send(tenant, { method: 'POST', path, key, body }, random);
    record.answers.push({ request, status, text, replayed });
  };
  const look = async (tenant: string, path: string, byStranger: boolean, random: Random): Promise<void> => {
    const { status } = await send(tenant, { method: 'GET', path }, random);
    record.seen.push({ path, byStranger, status });
  };
  const recorded = (one: PlannedRequest): PlannedRequest => {
    record.requests.push(one);
    return one;
  };
  /** Sends the request as planned: once or twice at the same time, and perhaps again some orders later. */
  const sendAsPlanned = async (
    one: PlannedRequest,
    { twice, againAfter }: { twice: boolean; againAfter: number },
    number: number,
    random: Random,
  ): Promise<void> => {
    if (againAfter > 0) {
      const at = number + againAfter;
      later.set(at, [...(later.get(at) ?? []), () => sendUntilAnswered(one, random)]);
    }
    await Promise.all([sendUntilAnswered(one, random), ...(twice ? [sendUntilAnswered(one, random)] : [])]);
  };

  /** The upload's URL belongs to the running cloud. After a restart, the client has to request a new one. */
  const upload = async (declaring: PlannedRequest, bytes: Buffer, random: Random): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (let tries = 0; Date.now() < deadline; tries += 1) {
      const { tenant, path, key, body } = declaring;
      const { status, text, replayed } = await send(tenant, { method: 'POST', path, key, body }, random);
      record.answers.push({ request: declaring, status, text, replayed });
      if (status !== 201 || (await isUploaded(text, bytes))) return;
      await sleep(pauseOf(tries, random));
    }
  };
  /** Sends the direct notification of an order's client, perhaps with a file, and perhaps cancels it. */
  const sendMessage = async (order: PlannedOrder, planned: PlannedMessage, random: Random): Promise<void> => {
    const bytes = Buffer.from(`The file of message ${order.number}`);
    const file = planned.attached ? recorded(declaring(order, bytes, run)) : undefined;
    if (file) await upload(file, bytes, random);
    const one = recorded(sending(order, planned, run, file));
    await sendAsPlanned(one, planned, order.number, random);
    const path = `/notifications/${notificationIdOf({ tenant: one.tenant, type: 'message', id: one.orderId }, 1, 1)}`;
    const cancelling = [1, 2].map((person) => cancellation(one, path, person));
    await Promise.all([
      look(one.tenant, path, false, random),
      ...(order.readByStranger ? [look(order.stranger, path, true, random)] : []),
      ...(planned.cancelled ? cancelling.map((cancel) => sendUntilAnswered(recorded(cancel), random)) : []),
    ]);
  };

  /** Reads that the tenant and the operators send occasionally. */
  const occasionalReads = ({ number, tenant }: PlannedOrder, random: Random): Promise<unknown>[] => [
    ...(number % 10 === 0 ? [look(tenant, LOG_PAGE, false, random)] : []),
    ...(number % 50 === 0 ? [send('operator', { method: 'GET', path: '/dead-letters' }, random)] : []),
  ];

  const takeSteps = async (order: PlannedOrder, placed: PlannedRequest, random: Random): Promise<void> => {
    for (const step of order.steps) await sendAsPlanned(recorded(stepping(placed, step)), order, order.number, random);
  };

  /** Registers and reads the customer, if the order names one. */
  const register = async (order: PlannedOrder, random: Random): Promise<PlannedRequest | undefined> => {
    if (!order.byCustomer) return undefined;
    const customer = recorded(registering(order, run));
    await sendAsPlanned(customer, order, order.number, random);
    await look(order.tenant, `/customers/${customer.orderId}`, false, random);
    return customer;
  };

  const serve = async (order: PlannedOrder): Promise<void> => {
    const random = randomOf(seed, `client ${order.number}`);
    const first = recorded(placing(order, run, await register(order, random)));
    const changed = order.changed === 'never' ? undefined : recorded(withAnotherBody(first));
    const atOnce = changed && order.changed === 'at-once' ? [sendUntilAnswered(changed, random)] : [];
    await Promise.all([sendAsPlanned(first, order, order.number, random), ...atOnce]);
    placed += 1;
    const items = order.items.map((item, index) => ({ item, adding: recorded(addingItem(first, `ADD-${index + 1}`)) }));
    await Promise.all([
      look(order.tenant, `/orders/${first.orderId}`, false, random),
      ...(order.readByStranger ? [look(order.stranger, `/orders/${first.orderId}`, true, random)] : []),
      ...(order.message ? [sendMessage(order, order.message, random)] : []),
      ...(changed && order.changed === 'later' ? [sendUntilAnswered(changed, random)] : []),
      ...items.map(({ item, adding }) => sendAsPlanned(adding, item, order.number, random)),
      ...(order.tooMuch
        ? [900_000, 800_000].map((quantity) => sendUntilAnswered(recorded(tooMuch(first, quantity)), random))
        : []),
      ...occasionalReads(order, random),
      ...(later.get(order.number) ?? []).map((again) => again()),
    ]);
    later.delete(order.number);
    await takeSteps(order, first, random);
  };

  return {
    record,
    placed: () => placed,
    hold: (now) => {
      held = now;
    },
    async place(orders) {
      const queue = orders.values();
      let nextAt = Date.now();
      const worker = async (): Promise<void> => {
        for (const order of queue) {
          const at = Math.max(nextAt, Date.now());
          nextAt = at + 1000 / ordersPerSecond;
          await sleep(Math.max(0, at - Date.now()));
          while (held) await sleep(LOOK_EVERY_MS);
          await serve(order);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      const remaining = [...later.values()].flat();
      later.clear();
      await Promise.all(remaining.map((again) => again()));
    },
  };
}

// ── Requests ────────────────────────────────────────────────────────────────────────────────

function contactOf({ number, channels, refused }: PlannedOrder, run: string) {
  const digits = String(number).padStart(6, '0');
  return {
    name: `Customer ${number}`,
    ...(channels.includes('email') && { email: `c${number}.${run}${refused ? REFUSED.email : '@example.com'}` }),
    ...(channels.includes('sms') && { phone: `+43${digits}${refused ? REFUSED.sms : '1111'}` }),
  };
}

function registering(order: PlannedOrder, run: string): PlannedRequest {
  const { number, tenant, refused } = order;
  const key = `campaign-${run}-${number}-CUSTOMER`;
  const about = { tenant, orderId: customerIdFor(tenant, key), key, path: '/customers' };
  // The client places its first order afterwards, so a customer with a phone number is greeted.
  const channels = order.channels.filter((channel) => channel === 'sms');
  return { kind: 'register', ...about, body: contactOf(order, run), channels, refused };
}

function placing(order: PlannedOrder, run: string, customer?: PlannedRequest): PlannedRequest {
  const { number, tenant, channels, refused } = order;
  const key = `campaign-${run}-${number}`;
  const recipient = customer ? { customerId: customer.orderId } : { contact: contactOf(order, run) };
  const lines = [{ sku: 'FIRST-1', description: 'Green tea', quantity: 2, unitPrice: 1250 }];
  const orderId = orderIdFor(tenant, key);
  const body = { ...recipient, currency: 'EUR', lines };
  return { kind: 'place', tenant, orderId, key, path: '/orders', body, channels, refused };
}

/** The same key with other lines: one of the two requests creates the order, and the other one is a conflict. */
function withAnotherBody(first: PlannedRequest): PlannedRequest {
  const lines = [{ sku: 'OTHER-1', description: 'Black tea', quantity: 1, unitPrice: 990 }];
  return { ...first, body: { ...first.body, lines } };
}

function addingItem(placed: PlannedRequest, sku: string): PlannedRequest {
  return {
    ...placed,
    kind: 'item',
    key: `${placed.key}-${sku}`,
    path: `/orders/${placed.orderId}/items`,
    body: { sku, description: 'Biscuits', quantity: 1, unitPrice: 350 },
    channels: [],
  };
}

/** A cancellation requests an e-mail, and so does an approval. A confirmation requests an invoice. */
function stepping(placed: PlannedRequest, step: Step): PlannedRequest {
  return {
    ...placed,
    kind: 'step',
    key: `${placed.key}-${step}`,
    path: `/orders/${placed.orderId}/${step}`,
    body: step === 'cancel' ? { reason: 'The customer has ordered twice.' } : {},
    channels: step === 'confirm' ? ['webhook'] : placed.channels.filter((channel) => channel === 'email'),
  };
}

/** The total exceeds the largest exact number. The order rejects it, and the key keeps this answer. */
function tooMuch(placed: PlannedRequest, quantity: number): PlannedRequest {
  const body = { sku: 'GEM-1', description: 'Gem', quantity, unitPrice: Number.MAX_SAFE_INTEGER };
  return { ...addingItem(placed, 'GEM-1'), kind: 'too-much', body };
}

/** The request contains what the provider has to receive, so the judge can compare the inbox with it. */
function sending(
  { number, tenant }: PlannedOrder,
  planned: PlannedMessage,
  run: string,
  file?: PlannedRequest,
): PlannedRequest {
  const { channel, people, aheadMs, bounced } = planned;
  const key = `campaign-${run}-${number}-MESSAGE`;
  const messageId = derivedId('message', tenant, key);
  const text = `Message ${messageId} in its client’s own words`;
  const sendAt = aheadMs > 0 ? Date.now() + aheadMs : undefined;
  const domain = bounced ? BOUNCED : '@example.com';
  const to =
    channel === 'sms'
      ? [`+43${String(number).padStart(6, '0')}2222`]
      : Array.from({ length: people }, (_, person) => `m${number}.${person}.${run}${domain}`);
  const body = {
    channel,
    to,
    text,
    ...(channel === 'email' && { subject: `Message ${number}` }),
    ...(file && { attachments: [file.orderId] }),
    ...(sendAt !== undefined && { sendAt: new Date(sendAt).toISOString() }),
  };
  const sha256 = file?.body.sha256 as string | undefined;
  const message = { text, bounced, ...(sha256 !== undefined && { sha256 }), ...(sendAt !== undefined && { sendAt }) };
  const about = { tenant, orderId: messageId, key, path: '/notifications' };
  return { kind: 'message', ...about, body, channels: [channel], refused: false, message };
}

function cancellation(sent: PlannedRequest, path: string, person: number): PlannedRequest {
  const { tenant, orderId, refused } = sent;
  const body = { action: 'cancel', reason: `Person ${person} has changed their mind` };
  const about = { tenant, orderId, key: `${sent.key}-CANCEL-${person}`, path: `${path}/resolve`, body };
  return { kind: 'cancel', ...about, channels: [], refused };
}

function declaring({ number, tenant }: PlannedOrder, bytes: Buffer, run: string): PlannedRequest {
  const key = `campaign-${run}-${number}-FILE`;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const body = { name: 'file.txt', contentType: 'text/plain', size: bytes.length, sha256 };
  const about = { tenant, orderId: derivedId('attachment', tenant, key), key, path: '/attachments' };
  return { kind: 'declare', ...about, body, channels: [], refused: false };
}

// ── Sending ──────────────────────────────────────────────────────────────────────────────────

type Request = { method: string; path: string; key?: string; body?: Record<string, unknown> };
type Reply = { status: number; text: string; replayed: boolean };

/** The endpoint of each tenant that receives invoices. */
export const BILLING = 'billing';

/** Sets each tenant's endpoint, as a tenant does whose receiver has moved: a start of the cloud gives it another port. */
export async function setEndpoints(outputs: Outputs): Promise<void> {
  const random = randomOf(0, 'endpoints');
  const send = requesterOf(() => outputs, new Map());
  for (const tenant of ['acme', 'globex']) {
    const url = inboxOf(outputs).hook(`${tenant}-${BILLING}`);
    const body = { endpoints: [{ endpointId: BILLING, url, eventTypes: [ORDER_CONFIRMED] }] };
    const { status, text } = await send(
      tenant,
      { method: 'PUT', path: '/settings/webhooks', key: randomUUID(), body },
      random,
    );
    if (status !== 200) throw new Error(`The endpoint of ${tenant} was answered ${status}: ${text}`);
  }
}

/** Sends a request until there is an answer that a repetition would not change. */
function requesterOf(outputs: () => Outputs, repeated: Map<string, number>) {
  const onRepeat = (problem: string): void => void repeated.set(problem, (repeated.get(problem) ?? 0) + 1);
  return async (tenant: string, request: Request, random: Random): Promise<Reply> => {
    const pauseMs = (tries: number): number => pauseOf(tries, random);
    const options = { patienceMs: PATIENCE_MS, pauseMs, onRepeat };
    const reply = await untilAnswered(() => tryOnce(outputs(), tenant, request), options);
    return reply ?? { status: 0, text: `no answer within ${PATIENCE_MS} ms`, replayed: false };
  };
}

const pauseOf = (tries: number, random: Random): number =>
  random.between(50, Math.min(LONGEST_PAUSE_MS, 200 * 2 ** tries));

/** @param declared the answer of POST /attachments. */
async function isUploaded(declared: string, bytes: Buffer): Promise<boolean> {
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
