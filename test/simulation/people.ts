import { messageDecider } from '#shared/direct-notification/direct-notification.ts';
import { erasureDecider } from '#shared/erasure/decider.ts';
import type { ErasureScope } from '#shared/erasure/erasure.ts';
import { erasureKeyOf } from '#shared/erasure/erasure-key.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { notificationDecider } from '#shared/notification/decider.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import { httpCommandId } from '#shared/once/command-id.ts';
import { TemporarilyUnavailable } from '#shared/once/errors.ts';
import { type Executed, type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import { type Random, randomOf } from '#test/support/harness/random.ts';
import { commandPortsOf, notificationTerms, type PlannedRequest } from './clients.ts';
import { keyOf, REGULARS } from './recipients.ts';
import { TIMES } from './settings.ts';
import type { World } from './world.ts';

/** An erasure that is requested once or several times. */
export type Erasing = {
  tenant: string;
  erasureId: string;
  scope: ErasureScope;
  /** Epoch milliseconds of the last accepted request, by true time. */
  askedAt?: number;
};

/** What people do in addition to orders. */
export type People = { erasing: Erasing[] };

const MINUTE = 60_000;
const TENANTS = ['acme', 'globex'];
/** After this number of tries, a person gives up. */
const MOST_TRIES = 40;

/** People send direct notifications, cancel notifications, and request erasures. */
export function startPeople(seed: number, requests: readonly PlannedRequest[], world: World): People {
  const people: People = { erasing: [] };
  const placed = requests.filter(({ command }) => command.type === 'PlaceOrder');
  for (const number of placed.keys()) {
    const random = randomOf(seed, `person/${number}`);
    for (let message = random.pick([0, 1, 2]); message > 0; message -= 1)
      schedule(random, 6 * MINUTE, world, () => sendMessage(`m${number}-${message}`, random, world));
  }
  cancelSome(seed, world);
  const random = randomOf(seed, 'erasures');
  for (let number = random.between(1, 3); number > 0; number -= 1) {
    const erasing = erasureOf(placed, random);
    people.erasing.push(erasing);
    let at = random.between(0, 4 * MINUTE);
    for (let times = random.pick([1, 1, 2, 4]); times > 0; times -= 1) {
      world.scheduler.after(at, () => erase(erasing, random, world));
      at += random.pick([random.between(0, 5000), random.between(0, 3 * MINUTE)]);
    }
  }
  return people;
}

const schedule = (random: Random, mostMs: number, { scheduler }: World, action: () => void): void =>
  scheduler.after(random.between(0, mostMs), action);

function erasureOf(placed: readonly PlannedRequest[], random: Random): Erasing {
  const { tenant, command } = random.pick(placed);
  const { contact, customerId = '' } = command.type === 'PlaceOrder' ? command.data : { contact: undefined };
  const recipients = [random.pick(REGULARS), contact?.email ?? random.pick(REGULARS)];
  const scope = random.chance(0.4) ? { customerId } : { recipient: keyOf(tenant, 'email', random.pick(recipients)) };
  return { tenant, erasureId: erasureKeyOf(tenant, scope).id, scope };
}

/** One direct notification to a few of the regulars, immediately or later; some are cancelled. */
function sendMessage(id: string, random: Random, world: World): void {
  const tenant = random.pick(TENANTS);
  const first = random.between(0, REGULARS.length - 1);
  const to = Array.from(
    { length: random.pick([1, 1, 2, 3]) },
    (_, index) => REGULARS[(first + index) % REGULARS.length] ?? '',
  );
  const sendAt =
    random.chance(0.4) && new Date(world.scheduler.now() + random.between(MINUTE, 4 * MINUTE)).toISOString();
  askForMessage({ tenant, id, to, ...(sendAt && { sendAt }) }, random, world);
}

/** A direct notification that a caller asks for until there is an answer. */
export function askForMessage(
  { tenant, id, to, sendAt }: { tenant: string; id: string; to: readonly string[]; sendAt?: string },
  random: Random,
  world: World,
): void {
  const commandId = httpCommandId({ tenant, method: 'POST', path: '/notifications', idempotencyKey: id });
  const message = { channel: 'email' as const, subject: `Message ${id}`, text: 'In words of our own' };
  const request = (ports: ExecutorPorts): Promise<Executed> =>
    executeOnce(
      {
        decider: messageDecider,
        key: { tenant, type: 'message', id },
        commandId,
        fingerprint: id,
        command: { type: 'SendMessage', to: [...to], message, ...(sendAt && { sendAt }) },
        metadata: { correlationId: id, causationId: commandId },
        assume: 'absent',
        terms: notificationTerms,
      },
      ports,
    );
  sendUntilAnswered(request, random, world, () => undefined);
}

/** Cancels some accepted notifications, most often while they wait in a sender's queue or are being sent. */
function cancelSome(seed: number, world: World): void {
  world.store.onOutbox(({ subject: { tenant }, outcome }) => {
    const { notifications = [] } = JSON.parse(outcome.answer) as { notifications?: { notificationId: string }[] };
    for (const { notificationId } of notifications) {
      const random = randomOf(seed, `cancel/${tenant}/${notificationId}`);
      if (!random.chance(0.25)) continue;
      schedule(random, random.pick([1500, 1500, 3 * MINUTE]), world, () =>
        cancel(tenant, notificationId, random, world),
      );
    }
  });
}

/** Cancels a notification; a refusal means that it is too late. */
function cancel(tenant: string, notificationId: string, random: Random, world: World): void {
  const key = notificationKey(tenant, notificationId);
  if (!key) return;
  const path = `/notifications/${notificationId}/resolve`;
  const commandId = httpCommandId({ tenant, method: 'POST', path, idempotencyKey: `cancel ${notificationId}` });
  const resolve = (ports: ExecutorPorts): Promise<Executed> =>
    executeOnce(
      {
        decider: notificationDecider,
        key,
        commandId,
        fingerprint: commandId,
        command: { type: 'Resolve', action: 'cancel', by: 'eve', reason: 'Not wanted', dueAt: ports.clock.now() },
        metadata: { correlationId: notificationId, causationId: commandId },
      },
      ports,
    );
  sendUntilAnswered(resolve, random, world, () => undefined);
}

function erase(erasing: Erasing, random: Random, world: World): void {
  const { tenant, erasureId, scope } = erasing;
  let askedAt = 0;
  const start = (ports: ExecutorPorts): Promise<Executed> => {
    askedAt = world.scheduler.now();
    const idempotencyKey = ports.random.nonce();
    const commandId = httpCommandId({ tenant, method: 'DELETE', path: '/personal-data', idempotencyKey });
    return executeOnce(
      {
        decider: erasureDecider,
        key: { tenant, type: 'erasure', id: erasureId },
        commandId,
        fingerprint: commandId,
        command: { type: 'StartErasure', scope, correlationId: erasureId },
        metadata: { correlationId: erasureId, causationId: commandId },
      },
      ports,
    );
  };
  sendUntilAnswered(start, random, world, () => {
    erasing.askedAt = Math.max(erasing.askedAt ?? 0, askedAt);
  });
}

/** Repeats a request until there is an answer. `then` is called if the answered request is the latest one. */
function sendUntilAnswered(
  send: (ports: ExecutorPorts) => Promise<Executed>,
  random: Random,
  world: World,
  then: (executed: Executed) => void,
): void {
  let tries = 0;
  let isDone = false;
  const next = (): void => {
    tries += 1;
    if (isDone || tries > MOST_TRIES) return;
    const own = tries;
    send(commandPortsOf(world)).then(
      (executed) => {
        if (isDone || own !== tries) return;
        isDone = true;
        then(executed);
      },
      (error) => {
        // The person tries again, as the answer asks them to.
        if (!(error instanceof TemporarilyUnavailable || error instanceof NewerVersion)) throw error;
      },
    );
    world.scheduler.after(TIMES.clientTimeoutMs + random.between(100, 5000), next);
  };
  next();
}
