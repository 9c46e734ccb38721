import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { derivedId } from '#shared/http/derived-id.ts';
import type { Channel } from '#shared/names.ts';
import { notificationIdOf } from '#shared/notification/notification-id.ts';
import { orderIdFor } from '#shared/order/order-id.ts';
import type { Outputs } from '#test/support/deployment.ts';
import { untilAnswered } from '#test/support/harness/answered.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import { BOUNCED, type PlannedMessage, type PlannedOrder, REFUSED } from './plan.ts';

/** One command that a client wants done under one key. */
export type Wish = {
  kind: 'place' | 'item' | 'too-much' | 'message' | 'cancel' | 'declare';
  tenant: 'acme' | 'globex';
  /** Id of what it is about: an order, a message in a client's own words, or an attachment. */
  orderId: string;
  /** Idempotency-Key, and correlation id: the logs can be searched for it. */
  key: string;
  path: string;
  body: Record<string, unknown>;
  /** Of an order or a message: through what somebody is to be told. */
  channels: Channel[];
  /** Of an order: its recipients are refused by the providers. */
  refused: boolean;
  /** Of a message: what has to arrive. */
  message?: Promised;
};

/** What the provider has to be given of a message in a client's own words. */
export type Promised = {
  text: string;
  /** Checksum of its file (SHA-256, hexadecimal). */
  sha256?: string;
  /** Epoch milliseconds before which it must not be sent. */
  sendAt?: number;
  bounced: boolean;
};

/** What a client was told about its wish, in one of its tries. Its other tries were not answered, or told to come again. */
export type Told = { wish: Wish; status: number; text: string; replayed: boolean };

/** What a read showed; `byStranger`: to the other tenant. */
export type Seen = { path: string; byStranger: boolean; status: number };

export type ClientsRecord = {
  wishes: Wish[];
  told: Told[];
  seen: Seen[];
  /** Tries that ended without an answer to keep: no connection, a reset, a timeout, 429, 5xx; by kind. */
  repeated: Map<string, number>;
};

export type Clients = {
  record: ClientsRecord;
  /** Orders that were answered for the first time. */
  placed(): number;
  /** Whether clients keep back orders that they have not begun. */
  hold(held: boolean): void;
  /** Has all these orders placed, with everything that their clients do beside. */
  place(orders: readonly PlannedOrder[]): Promise<void>;
};

export type ClientOptions = {
  seed: number;
  /** The running stage; asked before each try, for it may have been started again. */
  outputs: () => Outputs;
  /** Orders begun in a second at most. */
  ordersPerSecond: number;
  /** Orders that are under way at once. */
  concurrency: number;
};

const TRY_TIMEOUT_MS = 20_000;
/** A client that is not answered for so long says so; nothing in a campaign takes longer. */
const PATIENCE_MS = 180_000;
const LOOK_EVERY_MS = 50;
const LONGEST_PAUSE_MS = 1500;
const LOG_PAGE = '/notifications?limit=5';

/**
 * Clients as they are: they ask again under the same key until they know, some of them twice at once, some again
 * long after they were answered, and some send another body under a key that is taken.
 */
export function createClients({ seed, outputs, ordersPerSecond, concurrency }: ClientOptions): Clients {
  const record: ClientsRecord = { wishes: [], told: [], seen: [], repeated: new Map() };
  // Keys of this run only: the same seed on the same folder would otherwise meet its own answers.
  const run = randomUUID().slice(0, 8);
  const later = new Map<number, (() => Promise<void>)[]>();
  const asker = askerOf(outputs, record.repeated);
  let placed = 0;
  let held = false;

  const pursue = async (wish: Wish, random: Random): Promise<void> => {
    const { tenant, path, key, body } = wish;
    const { status, text, replayed } = await asker(tenant, { method: 'POST', path, key, body }, random);
    record.told.push({ wish, status, text, replayed });
  };
  const look = async (tenant: string, path: string, byStranger: boolean, random: Random): Promise<void> => {
    const { status } = await asker(tenant, { method: 'GET', path }, random);
    record.seen.push({ path, byStranger, status });
  };
  const wish = (one: Wish): Wish => {
    record.wishes.push(one);
    return one;
  };
  /** As the plan has it: once, twice at once, and again so many orders later. */
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

  /** The upload's address is the running cloud's, so that after a restart it has to be asked for again. */
  const upload = async (declaring: Wish, bytes: Buffer, random: Random): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (let tries = 0; Date.now() < deadline; tries += 1) {
      const { tenant, path, key, body } = declaring;
      const { status, text, replayed } = await asker(tenant, { method: 'POST', path, key, body }, random);
      record.told.push({ wish: declaring, status, text, replayed });
      if (status !== 201 || (await isUploaded(text, bytes))) return;
      await sleep(pauseOf(tries, random));
    }
  };
  /** Something in the client's own words, beside its order: with its file, and cancelled perhaps. */
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

  /** What the same tenant and those who run it look at now and then. */
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

/** Bought something else under the same key: one of the two is the order, the other one a conflict. */
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

/** More than a number can tell exactly: the order refuses it, and the refusal is the key's answer from then on. */
function tooMuch(placed: Wish, quantity: number): Wish {
  const body = { sku: 'GEM-1', description: 'Gem', quantity, unitPrice: Number.MAX_SAFE_INTEGER };
  return { ...addingItem(placed, 'GEM-1'), kind: 'too-much', body };
}

/** What the provider is to be given of it stands in it, so that the inbox can be compared with it. */
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

/** Asks until there is an answer that asking again would not change. */
function askerOf(outputs: () => Outputs, repeated: Map<string, number>) {
  const onRepeat = (problem: string): void => void repeated.set(problem, (repeated.get(problem) ?? 0) + 1);
  return async (tenant: string, request: Request, random: Random): Promise<Reply> => {
    const pauseMs = (tries: number): number => pauseOf(tries, random);
    const asking = { patienceMs: PATIENCE_MS, pauseMs, onRepeat };
    const reply = await untilAnswered(() => tryOnce(outputs(), tenant, request), asking);
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
    // The cloud is down, or was killed meanwhile: whether the bytes arrived does not matter, they come again.
    return false;
  }
}

type Upload = { url: string; method: string; headers: Record<string, string> };

/** @returns what the network did, in a word, if there was no whole answer. */
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
