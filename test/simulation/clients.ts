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
import { PROCESS_TIMES, TENANTS, TIMES } from './settings.ts';
import type { World } from './world.ts';

/** One command that a client sends under one key, and all answers to it. */
export type PlannedRequest = {
  tenant: string;
  orderId: string;
  key: string;
  command: OrderCommand;
  /** Fingerprint of the body; another body under the same key has another one. */
  fingerprint: string;
  answers: Answer[];
  done: boolean;
  /** Epoch milliseconds, by true time: when the client got the first answer. */
  answeredAt?: number;
};
export type Answer = { text: string; accepted: boolean } | { conflict: true };

/** After this number of tries, a client gives up. An accepted command stays accepted. */
const MOST_TRIES = 40;

/**
 * Clients that behave like real ones: they repeat a request under the same key until they know the outcome, sometimes
 * twice at the same time, and some send another body under a used key.
 */
export function startClients(seed: number, orders: number, world: World): PlannedRequest[] {
  const requests: PlannedRequest[] = [];
  // All at the same time, or spread over a period in which the providers' feed is never idle.
  const spreadMs = randomOf(seed, 'clients').pick([5000, 30_000, 300_000]);
  for (let number = 1; number <= orders; number += 1) {
    const random = randomOf(seed, `client/${number}`);
    const place = placing(number, random);
    requests.push(place);
    world.scheduler.after(random.between(0, spreadMs), () => {
      sendUntilAnswered(place, world, random, () => {
        whenPlaced(place, random, world, requests);
        if (world.hasProcesses) takeSteps(place, seed, world, requests);
      });
      // The same request before the first is answered: a double click, or a proxy that repeats.
      if (random.chance(0.2)) send(place, world, () => undefined);
    });
  }
  return requests;
}

function placing(number: number, random: Random): PlannedRequest {
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

/** What a client does after its order is accepted. */
function whenPlaced(placed: PlannedRequest, random: Random, world: World, requests: PlannedRequest[]): void {
  if (random.chance(0.15)) {
    const other = { ...placed, fingerprint: `${placed.fingerprint}-changed`, answers: [], done: false };
    requests.push(other);
    sendUntilAnswered(other, world, random, () => undefined);
  }
  if (random.chance(0.15)) refusedTwice(placed, random, world, requests);
  const items = random.chance(0.3) ? random.between(1, 2) : 0;
  for (let item = 1; item <= items; item += 1) {
    const line = { sku: `sku-${item}`, description: 'An item', quantity: item, unitPrice: 100 };
    const adding: PlannedRequest = {
      ...placed,
      key: `${placed.key}-item-${item}`,
      command: { type: 'AddItem', data: { line } },
      fingerprint: `${placed.fingerprint}-item-${item}`,
      answers: [],
      done: false,
    };
    requests.push(adding);
    sendUntilAnswered(adding, world, random, () => undefined);
  }
}

/** Commands that end an order's life, one after the other, up to ten minutes apart: before, during and after its reminder. */
const LIVES: readonly (readonly OrderCommand[])[] = [
  [],
  [],
  [{ type: 'ConfirmOrder' }],
  [{ type: 'ConfirmOrder' }, { type: 'ApproveOrder' }],
  [{ type: 'ConfirmOrder' }, { type: 'CancelOrder', data: { reason: 'Ordered twice.' } }],
  [{ type: 'CancelOrder', data: { reason: 'Ordered twice.' } }],
];
const LONGEST_PAUSE_MS = 600_000;
/** From the due time of a reminder: `wake-due` looks for due rows every fifteen seconds. */
const DURING_REMINDER_MS = TIMES.wakeIntervalMs;

function pauseBefore(random: Random): number {
  const { reminderAfterMs } = PROCESS_TIMES;
  if (random.chance(0.4)) return reminderAfterMs + random.between(0, DURING_REMINDER_MS);
  return random.between(0, random.pick([5000, LONGEST_PAUSE_MS]));
}

function takeSteps(placed: PlannedRequest, seed: number, world: World, requests: PlannedRequest[]): void {
  const random = randomOf(seed, `steps/${placed.orderId}`);
  const steps = [...random.pick(LIVES)];
  const next = (): void => {
    const command = steps.shift();
    if (!command) return;
    const own = { key: `${placed.key}-${command.type}`, fingerprint: command.type, command };
    const request: PlannedRequest = { ...placed, ...own, answers: [], done: false };
    delete request.answeredAt;
    world.scheduler.after(pauseBefore(random), () => {
      requests.push(request);
      sendUntilAnswered(request, world, random, next);
      if (random.chance(0.2)) send(request, world, () => undefined);
    });
  };
  next();
}

/** Two bodies under one key at the same time; the order rejects both. */
function refusedTwice(placed: PlannedRequest, random: Random, world: World, requests: PlannedRequest[]): void {
  for (const quantity of [900_000, 800_000]) {
    const line = { sku: 'too-much', description: 'An item', quantity, unitPrice: Number.MAX_SAFE_INTEGER };
    const request: PlannedRequest = {
      ...placed,
      key: `${placed.key}-too-much`,
      command: { type: 'AddItem', data: { line } },
      fingerprint: `${placed.fingerprint}-too-much-${quantity}`,
      answers: [],
      done: false,
    };
    requests.push(request);
    sendUntilAnswered(request, world, random, () => undefined);
  }
}

/** Repeats a request until there is an answer. */
function sendUntilAnswered(request: PlannedRequest, world: World, random: Random, then: () => void): void {
  let tries = 0;
  const next = (): void => {
    tries += 1;
    if (tries > MOST_TRIES) return;
    let answered = false;
    send(request, world, () => {
      if (request.done) return;
      answered = true;
      request.done = true;
      then();
    });
    world.scheduler.after(TIMES.clientTimeoutMs + random.between(100, 5000), () => {
      if (!answered && !request.done) next();
    });
  };
  next();
}

/** Sends a request once. Its environment may crash, and then there is no answer. */
function send(request: PlannedRequest, world: World, answered: () => void): void {
  const { tenant, orderId, key, command, fingerprint } = request;
  const path = pathOf(command, orderId);
  const commandId = httpCommandId({ tenant, method: 'POST', path, idempotencyKey: key });
  const execution = {
    decider: orderDecider,
    key: { tenant, type: 'order', id: orderId },
    commandId,
    fingerprint,
    command,
    metadata: { correlationId: key, causationId: commandId },
    ...(command.type === 'PlaceOrder' && { assume: 'absent' as const }),
    terms: notificationTerms,
  };
  executeOnce(execution, commandPortsOf(world)).then(
    ({ outcome }) => reach(world.scheduler, request, { text: outcome.answer, accepted: outcome.accepted }, answered),
    (error) => {
      if (error instanceof IdempotencyConflict) return reach(world.scheduler, request, { conflict: true }, answered);
      // The client tries again, as the answer asks it to.
      if (error instanceof TemporarilyUnavailable || error instanceof NewerVersion) return;
      throw error;
    },
  );
}

function pathOf({ type }: OrderCommand, orderId: string): string {
  if (type === 'PlaceOrder') return '/orders';
  return `/orders/${orderId}/${type === 'AddItem' ? 'items' : type}`;
}

/** What a fresh environment of the command function executes with. */
export function commandPortsOf(world: World): ExecutorPorts {
  const ports = world.commandPorts();
  return world.keepsRecipientKeys ? ports : { ...ports, store: withoutRecipientKeys(ports.store) };
}

/** What commands pass to the deciders that ask for notifications. */
export const notificationTerms: NotificationTerms = { firstClaimMs: TIMES.firstClaimMs, recipientKey: keyOf };

/** Rows of older releases, whose notifications have no keys of their recipients. */
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

/** Delivers the answer to the client. */
function reach(scheduler: Scheduler, request: PlannedRequest, answer: Answer, answered: () => void): void {
  request.answers.push(answer);
  request.answeredAt ??= scheduler.now();
  scheduler.after(1, answered);
}
