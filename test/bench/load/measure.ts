import { FUNCTION } from '#shared/names.ts';
import { anOrder, type Email } from '#test/support/api.ts';
import type { CallCount, InvocationCount } from '#test/support/control.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import { untilIdle } from '#test/support/harness/until-idle.ts';
import { usersOf } from '#test/support/local.ts';
import { steadily, withoutSchedules } from '#test/support/measured-orders.ts';
import { startSystem } from '../start-system.ts';
import type { LoadedSystem } from './systems.ts';

export type LoadOptions = {
  /** Orders with an e-mail, placed as fast as the clients can. */
  orders: number;
  clients: number;
  print: (line: string) => void;
};

/** What one order takes of DynamoDB. */
export type Taken = { calls: number; writeUnits: number; readUnits: number };

export type LoadFigures = {
  acceptedPerSecond: number;
  deliveredPerSecond: number;
  /** From the answer to the client until the provider is called, one order after the other. */
  idleMedianMs: number;
  /** The same under load. */
  p99Ms: number;
  cpuMsPerOrder: number;
  /** Of an order with an e-mail. */
  taken: Taken;
  /** Of an order with an e-mail and a text message. Absent: the system sends no text messages. */
  takenWithBoth?: Taken;
  cpuMsByFunction: Readonly<Record<string, number>>;
};

const WARM_UP = 64;
const ONE_BY_ONE = 20;
const WITH_BOTH = 20;
const IDLE_MS = 3000;
const PATIENCE_MS = 900_000;

/** Measures a system on a local cloud of its own. */
export async function measureLoad(system: LoadedSystem, options: LoadOptions): Promise<LoadFigures> {
  const dataDir = temporaryFolder();
  try {
    const cloud = await startSystem(system, dataDir, options.print);
    try {
      return await measureIn(system, options, { users: usersOf(cloud), outputs: cloud.outputs });
    } finally {
      await cloud.stop();
    }
  } finally {
    removeFolder(dataDir);
  }
}

type Here = { users: ReturnType<typeof usersOf>; outputs: Parameters<typeof untilIdle>[1] };

async function measureIn(system: LoadedSystem, { orders, clients }: LoadOptions, here: Here): Promise<LoadFigures> {
  const { control, acme } = here.users;
  const idle = () =>
    untilIdle(here.users, here.outputs, { idleMs: IDLE_MS, patienceMs: PATIENCE_MS, scheduled: system.scheduled });
  await placeAll(here, WARM_UP, clients);
  await idle();
  if (system.scheduled) await withoutSchedules(here.users);
  const oneByOne = await placeOneByOne(here);
  await idle();
  await control.resetCalls();
  await control.resetInvocations();
  const load = await placeAll(here, orders, clients);
  await idle();
  const delays = await delaysOf(here, load.placed);
  const [calls, invocations] = [await control.calls(), functionsIn(await control.invocations())];
  const figures = {
    acceptedPerSecond: (orders * 1000) / (load.acceptedAtMs - load.beganAtMs),
    deliveredPerSecond: (orders * 1000) / (delays.lastAtMs - load.beganAtMs),
    idleMedianMs: quantile(oneByOne, 0.5),
    p99Ms: quantile(delays.delaysMs, 0.99),
    cpuMsPerOrder: sum(invocations.map(({ cpuMs }) => cpuMs)) / orders,
    taken: takenBy(calls, orders),
    cpuMsByFunction: Object.fromEntries(invocations.map(({ function: name, cpuMs }) => [name, cpuMs / orders])),
  };
  if (system.name !== 'counterfoil') return figures;
  await control.resetCalls();
  await steadily(() => acme.place(anOrder()), { count: WITH_BOTH, perSecond: 5 });
  await idle();
  return { ...figures, takenWithBoth: takenBy(await control.calls(), WITH_BOTH) };
}

/** The schedules are paused, so what they would use without orders does not count. */
const functionsIn = (invocations: readonly InvocationCount[]): InvocationCount[] =>
  invocations.filter(({ function: name }) => name !== FUNCTION.wakeDue && name !== FUNCTION.watchLanes);

type Placed = { email: string; acceptedAtMs: number };

/** An order with an e-mail alone: the alternatives send no text messages. */
function anOrderByMail(number: number): { order: Parameters<Here['users']['acme']['place']>[0]; email: string } {
  const email = `${process.pid}-${Date.now()}-${number}@example.com`;
  const { contact, ...order } = anOrder();
  return { order: { ...order, contact: { name: contact.name, email } }, email };
}

async function placeOne({ users }: Here, number: number): Promise<Placed> {
  const { order, email } = anOrderByMail(number);
  const answer = await users.acme.place(order);
  if (answer.status !== 201) throw new Error(`Not placed: ${answer.status} ${answer.text}`);
  return { email, acceptedAtMs: Date.now() };
}

async function placeAll(here: Here, orders: number, clients: number) {
  const beganAtMs = Date.now();
  const placed: Placed[] = [];
  const numbers = Array.from({ length: orders }, (_, number) => number).values();
  const client = async (): Promise<void> => {
    for (const number of numbers) placed.push(await placeOne(here, number));
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { placed, beganAtMs, acceptedAtMs: Date.now() };
}

/** @returns milliseconds from the answer until the provider has the e-mail. */
async function placeOneByOne(here: Here): Promise<number[]> {
  const placed: Placed[] = [];
  for (let number = 0; number < ONE_BY_ONE; number += 1) {
    const one = await placeOne(here, number);
    placed.push(one);
    await eventually('the e-mail', async () => (await mailsTo(here, [one])).length > 0, PATIENCE_MS);
  }
  return (await delaysOf(here, placed)).delaysMs;
}

async function delaysOf(here: Here, placed: readonly Placed[]) {
  const mails = await mailsTo(here, placed);
  const sentAt = new Map(mails.flatMap(({ to, at }) => to.map((address) => [address, Date.parse(at)] as const)));
  if (sentAt.size !== placed.length || mails.length !== placed.length)
    throw new Error(`${placed.length} orders led to ${mails.length} e-mails to ${sentAt.size} addresses.`);
  const delaysMs = placed.map(({ email, acceptedAtMs }) => (sentAt.get(email) ?? 0) - acceptedAtMs);
  return { delaysMs, lastAtMs: Math.max(...sentAt.values()) };
}

async function mailsTo({ users }: Here, placed: readonly Placed[]): Promise<Email[]> {
  const addresses = new Set(placed.map(({ email }) => email));
  return (await users.inbox.emails()).filter(({ to }) => to.some((address) => addresses.has(address)));
}

function takenBy(calls: readonly CallCount[], orders: number): Taken {
  const ofTables = calls.filter(({ service }) => service === 'dynamodb');
  const each = (field: 'count' | 'writeUnits' | 'readUnits'): number =>
    sum(ofTables.map((call) => call[field])) / orders;
  return { calls: each('count'), writeUnits: each('writeUnits'), readUnits: each('readUnits') };
}

const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);

/** @param share 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
