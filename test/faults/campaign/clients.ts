import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { derivedId } from '#shared/http/derived-id.ts';
import type { Channel } from '#shared/names.ts';
import { notificationIdOf } from '#shared/notification/notification-id.ts';
import { orderIdFor } from '#shared/order/order-id.ts';
import { type Random, randomOf } from '#test/simulation/random.ts';
import type { Outputs } from '#test/support/deployment.ts';
import { BOUNCED, type PlannedMessage, type PlannedOrder, REFUSED } from './plan.ts';

/** One command of a client with one key. */
export type Wish = {
  kind: 'place' | 'item' | 'too-much' | 'message' | 'cancel' | 'declare';
  tenant: 'acme' | 'globex';
  /** Id of its subject: an order, a direct notification, or an attachment. */
  orderId: string;
  /** Idempotency-Key and correlation id, so that logs can be searched for it. */
  key: string;
  path: string;
  body: Record<string, unknown>;
  /** The channels of an order or a message. */
  channels: Channel[];
  /** For an order: the providers refuse its recipients. */
  refused: boolean;
  /** For a message: its expected content. */
  message?: Promised;
};

/** What the provider must receive of a direct notification. */
export type Promised = {
  text: string;
  /** Checksum of its file (SHA-256, hexadecimal). */
  sha256?: string;
  /** Epoch milliseconds. It must not be sent earlier. */
  sendAt?: number;
  bounced: boolean;
};

/** An answer to one of a client's tries. Its other tries had no answer, or a temporary one. */
export type ReceivedAnswer = { wish: Wish; status: number; text: string; replayed: boolean };

/** The answer to a read; `byStranger`: to the other tenant. */
export type Seen = { path: string; byStranger: boolean; status: number };

export type ClientsRecord = {
  wishes: Wish[];
  received: ReceivedAnswer[];
  seen: Seen[];
  /** Tries without a final answer, by kind: no connection, a reset, a timeout, 429, 5xx. */
  repeated: Map<string, number>;
};

export type Clients = {
  record: ClientsRecord;
  /** Orders that were answered for the first time. */
  placed(): number;
  /** Whether clients start no new orders for now. */
  hold(held: boolean): void;
  /** Places all these orders, with all other requests of their clients. */
  place(orders: readonly PlannedOrder[]): Promise<void>;
};

export type ClientOptions = {
  seed: number;
  /** The running stage, read before each try, because it may have been restarted. */
  outputs: () => Outputs;
  /** Maximum number of orders that are started per second. */
  ordersPerSecond: number;
  /** Number of concurrent orders. */
  concurrency: number;
};

const TRY_TIMEOUT_MS = 20_000;
/** A client without an answer for this long fails. Nothing in a campaign takes longer. */
const PATIENCE_MS = 180_000;
const LOOK_EVERY_MS = 50;
const LONGEST_PAUSE_MS = 1500;
const LOG_PAGE = '/notifications?limit=5';

/**
 * Realistic clients: they repeat a request with the same key until they have an answer. Some send it twice at once, some
 * repeat it long after the answer, and some send another body with a used key.
 */
export function createClients({ seed, outputs, ordersPerSecond, concurrency }: ClientOptions): Clients {
  const record: ClientsRecord = { wishes: [], received: [], seen: [], repeated: new Map() };
  // Keys of this run only. Otherwise the same seed on the same folder would get stored answers.
  const run = randomUUID().slice(0, 8);
  const later = new Map<number, (() => Promise<void>)[]>();
  const asker = askerOf(outputs, record.repeated);
  let placed = 0;
  let held = false;

  const pursue = async (wish: Wish, random: Random): Promise<void> => {
    const { tenant, path, key, body } = wish;
    const { status, text, replayed } = await asker(tenant, { method: 'POST', path, key, body }, random);
    record.received.push({ wish, status, text, replayed });
  };
  const look = async (tenant: string, path: string, byStranger: boolean, random: Random): Promise<void> => {
    const { status } = await asker(tenant, { method: 'GET', path }, random);
    record.seen.push({ path, byStranger, status });
  };
  const wish = (one: Wish): Wish => {
    record.wishes.push(one);
    return one;
  };
  /** Follows the plan: once, twice at once, and again some orders later. */
  const pursueAsPlanned = async (
    one: Wish,
    { twice, againAfter }: { twice: boolean; againAfter: number },
    number: number,
    random: Random,
  ): Promise<void> => {
    if (againAfter > 0) {
      const at = number + againAfter;
      later.set(at, [...(later.get(at) ?? []), () => pursue(one, random)]);
    }
    await Promise.all([pursue(one, random), ...(twice ? [pursue(one, random)] : [])]);
  };

  /** The upload address belongs to the running cloud, so it is requested again after a restart. */
  const upload = async (declaring: Wish, bytes: Buffer, random: Random): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (let tries = 0; Date.now() < deadline; tries += 1) {
      const { tenant, path, key, body } = declaring;
      const { status, text, replayed } = await asker(tenant, { method: 'POST', path, key, body }, random);
      record.received.push({ wish: declaring, status, text, replayed });
      if (status !== 201 || (await isUploaded(text, bytes))) return;
      await pause(tries, random);
    }
  };
  /** A direct notification of the same client, with its file, and possibly its cancellation. */
  const correspond = async (order: PlannedOrder, planned: PlannedMessage, random: Random): Promise<void> => {
    const bytes = Buffer.from(`The file of message ${order.number}`);
    const file = planned.attached ? wish(declaring(order, bytes, run)) : undefined;
    if (file) await upload(file, bytes, random);
    const one = wish(sending(order, planned, run, file));
    await pursueAsPlanned(one, planned, order.number, random);
    const path = `/notifications/${notificationIdOf({ tenant: one.tenant, type: 'message', id: one.orderId }, 1, 1)}`;
    const cancelling = [1, 2].map((person) => cancellation(one, path, person));
    await Promise.all([
      look(one.tenant, path, false, random),
      ...(order.snooped ? [look(order.stranger, path, true, random)] : []),
      ...(planned.cancelled ? cancelling.map((cancel) => pursue(wish(cancel), random)) : []),
    ]);
  };

  /** Occasional reads of the tenant and of operators. */
  const inPassing = ({ number, tenant }: PlannedOrder, random: Random): Promise<unknown>[] => [
    ...(number % 10 === 0 ? [look(tenant, LOG_PAGE, false, random)] : []),
    ...(number % 50 === 0 ? [asker('operator', { method: 'GET', path: '/dead-letters' }, random)] : []),
  ];

  const serve = async (order: PlannedOrder): Promise<void> => {
    const random = randomOf(seed, `client ${order.number}`);
    const first = wish(placing(order, run));
    const changed = order.changed === 'never' ? undefined : wish(withAnotherBody(first));
    const atOnce = changed && order.changed === 'at-once' ? [pursue(changed, random)] : [];
    await Promise.all([pursueAsPlanned(first, order, order.number, random), ...atOnce]);
    placed += 1;
    const items = order.items.map((item, index) => ({ item, adding: wish(addingItem(first, `ADD-${index + 1}`)) }));
    await Promise.all([
      look(order.tenant, `/orders/${first.orderId}`, false, random),
      ...(order.snooped ? [look(order.stranger, `/orders/${first.orderId}`, true, random)] : []),
      ...(order.message ? [correspond(order, order.message, random)] : []),
      ...(changed && order.changed === 'later' ? [pursue(changed, random)] : []),
      ...items.map(({ item, adding }) => pursueAsPlanned(adding, item, order.number, random)),
      ...(order.tooMuch ? [900_000, 800_000].map((quantity) => pursue(wish(tooMuch(first, quantity)), random)) : []),
      ...inPassing(order, random),
      ...(later.get(order.number) ?? []).map((again) => again()),
    ]);
    later.delete(order.number);
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
      const left = [...later.values()].flat();
      later.clear();
      await Promise.all(left.map((again) => again()));
    },
  };
}

// ── What they want ────────────────────────────────────────────────────────────────────────────────

function placing({ number, tenant, channels, refused }: PlannedOrder, run: string): Wish {
  const key = `campaign-${run}-${number}`;
  const digits = String(number).padStart(6, '0');
  const contact = {
    name: `Customer ${number}`,
    ...(channels.includes('email') && { email: `c${number}.${run}${refused ? REFUSED.email : '@example.com'}` }),
    ...(channels.includes('sms') && { phone: `+43${digits}${refused ? REFUSED.sms : '1111'}` }),
  };
  const lines = [{ sku: 'FIRST-1', description: 'Green tea', quantity: 2, unitPrice: 1250 }];
  const orderId = orderIdFor(tenant, key);
  const body = { contact, currency: 'EUR', lines };
  return { kind: 'place', tenant, orderId, key, path: '/orders', body, channels, refused };
}

/** Another order with the same key: one of the two is accepted, the other is a conflict. */
function withAnotherBody(first: Wish): Wish {
  const lines = [{ sku: 'OTHER-1', description: 'Black tea', quantity: 1, unitPrice: 990 }];
  return { ...first, body: { ...first.body, lines } };
}

function addingItem(placed: Wish, sku: string): Wish {
  return {
    ...placed,
    kind: 'item',
    key: `${placed.key}-${sku}`,
    path: `/orders/${placed.orderId}/items`,
    body: { sku, description: 'Biscuits', quantity: 1, unitPrice: 350 },
    channels: [],
  };
}

/** An amount beyond the limit: the order rejects it, and the rejection becomes the stored answer of the key. */
function tooMuch(placed: Wish, quantity: number): Wish {
  const body = { sku: 'GEM-1', description: 'Gem', quantity, unitPrice: Number.MAX_SAFE_INTEGER };
  return { ...addingItem(placed, 'GEM-1'), kind: 'too-much', body };
}

/** Contains the expected content, so that the inbox can be compared with it. */
function sending({ number, tenant }: PlannedOrder, planned: PlannedMessage, run: string, file?: Wish): Wish {
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

function cancellation(sent: Wish, path: string, person: number): Wish {
  const { tenant, orderId, refused } = sent;
  const body = { action: 'cancel', reason: `Person ${person} has changed their mind` };
  const asked = { tenant, orderId, key: `${sent.key}-CANCEL-${person}`, path: `${path}/resolve`, body };
  return { kind: 'cancel', ...asked, channels: [], refused };
}

function declaring({ number, tenant }: PlannedOrder, bytes: Buffer, run: string): Wish {
  const key = `campaign-${run}-${number}-FILE`;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const body = { name: 'file.txt', contentType: 'text/plain', size: bytes.length, sha256 };
  const about = { tenant, orderId: derivedId('attachment', tenant, key), key, path: '/attachments' };
  return { kind: 'declare', ...about, body, channels: [], refused: false };
}

// ── How they ask ──────────────────────────────────────────────────────────────────────────────────

type Request = { method: string; path: string; key?: string; body?: Record<string, unknown> };
type Reply = { status: number; text: string; replayed: boolean };

/** Repeats the request until there is a final answer. */
function askerOf(outputs: () => Outputs, repeated: Map<string, number>) {
  return async (tenant: string, request: Request, random: Random): Promise<Reply> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (let tries = 0; Date.now() < deadline; tries += 1) {
      const reply = await tryOnce(outputs(), tenant, request);
      if (typeof reply !== 'string' && isFinal(reply.status)) return reply;
      const problem = typeof reply === 'string' ? reply : String(reply.status);
      repeated.set(problem, (repeated.get(problem) ?? 0) + 1);
      await pause(tries, random);
    }
    return { status: 0, text: `no answer within ${PATIENCE_MS} ms`, replayed: false };
  };
}

const pause = (tries: number, random: Random): Promise<void> =>
  sleep(random.between(50, Math.min(LONGEST_PAUSE_MS, 200 * 2 ** tries)));

/** @param declared the answer of POST /attachments. */
async function isUploaded(declared: string, bytes: Buffer): Promise<boolean> {
  const { url, method, headers } = (JSON.parse(declared) as { upload: Upload }).upload;
  try {
    const signal = AbortSignal.timeout(TRY_TIMEOUT_MS);
    return (await fetch(url, { method, headers, signal, body: new Uint8Array(bytes) })).ok;
  } catch {
    // The cloud is down, or was killed in the meantime. The bytes are sent again in any case.
    return false;
  }
}

type Upload = { url: string; method: string; headers: Record<string, string> };

const isFinal = (status: number): boolean => status !== 429 && status < 500;

/** @returns the kind of network failure, if there was no complete answer. */
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
