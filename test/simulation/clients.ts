import { NewerVersion } from '#shared/messaging/newer-version.ts';
import type { NewRow } from '#shared/messaging/rows.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { NotificationTerms } from '#shared/notification/request.ts';
import { httpCommandId } from '#shared/once/command-id.ts';
import { IdempotencyConflict, TemporarilyUnavailable } from '#shared/once/errors.ts';
import { type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import type { OnceStore } from '#shared/once/ports.ts';
import { orderDecider } from '#shared/order/decider.ts';
import type { OrderCommand } from '#shared/order/order.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import { keyOf } from './recipients.ts';
import type { Scheduler } from './scheduler.ts';
import { TIMES } from './settings.ts';
import type { World } from './world.ts';

/** One command that a client wants done, under one key, and everything that it was told. */
export type Wish = {
  tenant: string;
  orderId: string;
  key: string;
  command: OrderCommand;
  /** Of the body; a second body under the same key has another one. */
  fingerprint: string;
  answers: Answer[];
  done: boolean;
};
export type Answer = { text: string; accepted: boolean } | { conflict: true };

const TENANTS = ['acme', 'globex'];
/** Then a client gives up asking; a command that was accepted stays accepted. */
const MOST_TRIES = 40;

/**
 * Clients as they are: they ask again under the same key until they know, sometimes twice at once, and one in
 * a while sends another body under a key that is taken.
 */
export function startClients(seed: number, orders: number, world: World): Wish[] {
  const wishes: Wish[] = [];
  // All at once, or over a while, in which the providers' feed is never idle.
  const spreadMs = randomOf(seed, 'clients').pick([5000, 30_000, 300_000]);
  for (let number = 1; number <= orders; number += 1) {
    const random = randomOf(seed, `client/${number}`);
    const place = placing(number, random);
    wishes.push(place);
    world.scheduler.after(random.between(0, spreadMs), () => {
      pursue(place, world, random, () => whenPlaced(place, random, world, wishes));
      // The same again before the first is answered: a double click, a proxy that repeats.
      if (random.chance(0.2)) ask(place, world, () => undefined);
    });
  }
  return wishes;
}

function placing(number: number, random: Random): Wish {
  const channel = random.fraction();
  const contact = {
    name: `Customer ${number}`,
    ...(channel < 0.85 && { email: `customer${number}@example.com` }),
    ...(channel > 0.7 && { phone: `+43660${1_000_000 + number}` }),
  };
  return {
    tenant: random.pick(TENANTS),
    orderId: `o${number}`,
    key: `key-${number}`,
    command: { type: 'PlaceOrder', data: { contact, customerId: `customer-${number}`, currency: 'EUR', lines: [] } },
    fingerprint: `body-${number}`,
    answers: [],
    done: false,
  };
}

/** What a client does once it knows that its order stands. */
function whenPlaced(placed: Wish, random: Random, world: World, wishes: Wish[]): void {
  if (random.chance(0.15)) {
    const other = { ...placed, fingerprint: `${placed.fingerprint}-changed`, answers: [], done: false };
    wishes.push(other);
    pursue(other, world, random, () => undefined);
  }
  if (random.chance(0.15)) refusedTwice(placed, random, world, wishes);
  const items = random.chance(0.3) ? random.between(1, 2) : 0;
  for (let item = 1; item <= items; item += 1) {
    const line = { sku: `sku-${item}`, description: 'An item', quantity: item, unitPrice: 100 };
    const adding: Wish = {
      ...placed,
      key: `${placed.key}-item-${item}`,
      command: { type: 'AddItem', data: { line } },
      fingerprint: `${placed.fingerprint}-item-${item}`,
      answers: [],
      done: false,
    };
    wishes.push(adding);
    pursue(adding, world, random, () => undefined);
  }
}

/** Two bodies under one key at the same time, both of which the order refuses. */
function refusedTwice(placed: Wish, random: Random, world: World, wishes: Wish[]): void {
  for (const quantity of [900_000, 800_000]) {
    const line = { sku: 'too-much', description: 'An item', quantity, unitPrice: Number.MAX_SAFE_INTEGER };
    const wish: Wish = {
      ...placed,
      key: `${placed.key}-too-much`,
      command: { type: 'AddItem', data: { line } },
      fingerprint: `${placed.fingerprint}-too-much-${quantity}`,
      answers: [],
      done: false,
    };
    wishes.push(wish);
    pursue(wish, world, random, () => undefined);
  }
}

/** Asks again and again until there is an answer. */
function pursue(wish: Wish, world: World, random: Random, then: () => void): void {
  let tries = 0;
  const next = (): void => {
    tries += 1;
    if (tries > MOST_TRIES) return;
    let answered = false;
    ask(wish, world, () => {
      if (wish.done) return;
      answered = true;
      wish.done = true;
      then();
    });
    world.scheduler.after(TIMES.clientTimeoutMs + random.between(100, 5000), () => {
      if (!answered && !wish.done) next();
    });
  };
  next();
}

/** One request. The environment that takes it may die, and nobody is answered. */
function ask(wish: Wish, world: World, answered: () => void): void {
  const { tenant, orderId, key, command, fingerprint } = wish;
  const path = command.type === 'PlaceOrder' ? '/orders' : `/orders/${orderId}/items`;
  const commandId = httpCommandId({ tenant, method: 'POST', path, idempotencyKey: key });
  const request = {
    decider: orderDecider,
    key: { tenant, type: 'order', id: orderId },
    commandId,
    fingerprint,
    command,
    metadata: { correlationId: key, causationId: commandId },
    ...(command.type === 'PlaceOrder' && { assume: 'absent' as const }),
    terms: notificationTerms,
  };
  executeOnce(request, commandPortsOf(world)).then(
    ({ outcome }) => reach(world.scheduler, wish, { text: outcome.answer, accepted: outcome.accepted }, answered),
    (error) => {
      if (error instanceof IdempotencyConflict) return reach(world.scheduler, wish, { conflict: true }, answered);
      // The client is told to come again, and does.
      if (error instanceof TemporarilyUnavailable || error instanceof NewerVersion) return;
      throw error;
    },
  );
}

/** What a fresh environment of the command function executes with. */
export function commandPortsOf(world: World): ExecutorPorts {
  const ports = world.commandPorts();
  return world.keepsRecipientKeys ? ports : { ...ports, store: withoutRecipientKeys(ports.store) };
}

/** What commands pass to the deciders that ask for notifications. */
export const notificationTerms: NotificationTerms = { firstClaimMs: TIMES.firstClaimMs, recipientKey: keyOf };

/** Rows as they were before notifications kept the keys of their recipients. */
function withoutRecipientKeys(store: OnceStore): OnceStore {
  const bare = (row: NewRow): NewRow => {
    if (row.kind !== 'state') return row;
    const { recipients: _recipients, ...state } = row.stored.state as Notification;
    return { ...row, stored: { ...row.stored, state } };
  };
  return {
    load: (key, commandId, shape) => store.load(key, commandId, shape),
    commit: (commit) => store.commit({ ...commit, rows: commit.rows.map(bare) }),
  };
}

/** The answer on its way to the client. */
function reach(scheduler: Scheduler, wish: Wish, answer: Answer, answered: () => void): void {
  wish.answers.push(answer);
  scheduler.after(1, answered);
}
