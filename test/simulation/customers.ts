import { CUSTOMER, customerKey } from '#shared/customer/customer.ts';
import { customerDecider } from '#shared/customer/decider.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { httpCommandId } from '#shared/once/command-id.ts';
import { TemporarilyUnavailable } from '#shared/once/errors.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { ORDER, type Order } from '#shared/order/order.ts';
import type { Contact } from '#shared/recipient/contact.ts';
import { randomOf } from '#test/support/harness/random.ts';
import type { PlannedRequest } from './clients.ts';
import type { Check } from './invariants.ts';
import { keyOf } from './recipients.ts';
import { notificationsOf } from './rows.ts';
import { TIMES } from './settings.ts';
import type { World } from './world.ts';

/** A customer who registers before, while or after an order names it. */
export type Registration = { tenant: string; customerId: string; contact: Contact };

/** After this number of tries, a client gives up. */
const MOST_TRIES = 40;
const LATEST_MS = [5000, 600_000];

/** Registers seven of ten customers of the planned orders. Some requests are sent twice at the same time. */
export function startCustomers(seed: number, placing: readonly PlannedRequest[], world: World): Registration[] {
  if (!world.hasProcesses) return [];
  return placing.flatMap(({ tenant, orderId, command }) => {
    const random = randomOf(seed, `registration/${orderId}`);
    const customerId = command.type === 'PlaceOrder' ? command.data.customerId : undefined;
    if (customerId === undefined || !random.chance(0.7)) return [];
    const phone = random.chance(0.8) && { phone: `+43670${1_000_000 + Number(orderId.slice(1))}` };
    const registration = { tenant, customerId, contact: { name: customerId, ...phone } };
    const copies = random.chance(0.3) ? 2 : 1;
    world.scheduler.after(random.between(0, random.pick(LATEST_MS)), () => {
      for (let copy = 0; copy < copies; copy += 1) registerUntilAnswered(registration, world, MOST_TRIES);
    });
    return [registration];
  });
}

function registerUntilAnswered(registration: Registration, world: World, tries: number): void {
  const { tenant, customerId, contact } = registration;
  const commandId = httpCommandId({ tenant, method: 'POST', path: '/customers', idempotencyKey: customerId });
  let isAnswered = false;
  const execution = {
    decider: customerDecider,
    key: customerKey(tenant, customerId),
    commandId,
    fingerprint: customerId,
    command: { type: 'RegisterCustomer' as const, data: { contact } },
    metadata: { correlationId: customerId, causationId: commandId },
    assume: 'absent' as const,
    terms: { recipientKey: keyOf },
  };
  executeOnce(execution, world.commandPorts()).then(
    () => {
      isAnswered = true;
    },
    (error) => {
      // The client tries again, as the answer asks it to.
      if (!(error instanceof TemporarilyUnavailable || error instanceof NewerVersion)) throw error;
    },
  );
  world.scheduler.after(TIMES.clientTimeoutMs + 1000, () => {
    if (!isAnswered && tries > 1) registerUntilAnswered(registration, world, tries - 1);
  });
}

/** One greeting for each registered customer with a phone number and an order, and no other. */
export function checkGreetings(world: World, registrations: readonly Registration[], check: Check): void {
  const name = (tenant: string, id: string): string => `${tenant} ${id}`;
  const states = [...world.store.states.values()].filter(({ key }) => key.part === undefined);
  const registered = new Set(
    states.filter(({ key }) => key.type === CUSTOMER.name).map(({ key }) => name(key.tenant, key.id)),
  );
  const ordered = new Set(
    states
      .filter(({ key }) => key.type === ORDER.name)
      .map(({ key, stored }) => name(key.tenant, (stored.state as Order).customerId ?? '')),
  );
  const reachable = new Set(
    registrations
      .filter(({ contact }) => contact.phone !== undefined)
      .map(({ tenant, customerId }) => name(tenant, customerId)),
  );
  const greetings = Map.groupBy(
    notificationsOf(world).filter(({ notification }) => notification.purpose === 'greeting'),
    ({ key }) => name(key.tenant, key.id),
  );
  for (const about of new Set([...registered, ...greetings.keys()])) {
    const found = greetings.get(about)?.length ?? 0;
    const expected = registered.has(about) && ordered.has(about) && reachable.has(about) ? 1 : 0;
    check(found === expected, 'a new customer is greeted once', () => `${about}: ${found} greetings`);
  }
}
