import { setInterval as every } from 'node:timers/promises';
import { FUNCTION } from '#shared/names.ts';
import { type Answer, anOrder } from './api.ts';
import type { CallCount, InvocationCount } from './control.ts';
import { eventually } from './eventually.ts';
import { untilIdle } from './harness/until-idle.ts';
import type { Local } from './local.ts';

export type OrdersToMeasure = {
  orders: number;
  /** Slow enough that no sender has to hold messages back. */
  ordersPerSecond: number;
  /** Fields of each order that differ from `anOrder`'s. */
  more?: (index: number) => Record<string, unknown>;
};

/** What some requests caused until nothing happened any more. */
export type Measured = {
  calls: CallCount[];
  invocations: InvocationCount[];
  requests: number;
  /** Of the API's answers. */
  responseBytes: number;
};

export type MeasuredOrders = Measured & { orders: number; orderIds: string[] };

/** Two looks at the counts, this far apart, that show the same: nothing happens any more. */
const IDLE_MS = 1000;
/** On a busy machine, a message comes again after its visibility timeout. */
const PATIENCE_MS = 300_000;

/** Has the first order pay for what happens once: the secret, the feed's row, connections. */
export async function warmUp(here: Local): Promise<void> {
  const answer = await here.acme.place(anOrder());
  await here.acme.settled(placedId(answer));
  await quiet(here);
}

/** The functions with a schedule. */
export const SCHEDULED = [
  FUNCTION.wakeDue,
  FUNCTION.runReplay,
  FUNCTION.runRedrive,
  FUNCTION.watchLanes,
  FUNCTION.redriveOnAlarm,
] as const;

/** They loop for most of a minute, and lose nothing by dying: another minute would do the same. */
const LOOPING: readonly string[] = [FUNCTION.wakeDue, FUNCTION.watchLanes];

/** Keeps the scheduled functions from running: what they read, they read whether there are orders or not. */
export async function withoutSchedules({ control }: Pick<Local, 'control'>): Promise<void> {
  for (const name of SCHEDULED) await control.pause(name);
  const die = (name: string) => ({ function: name, service: '*', operation: '*', fault: 'kill-before' });
  await control.inject(...LOOPING.map(die));
  const haveEnded = async (): Promise<boolean> =>
    (await control.invocations()).every(({ function: name, running }) => running === 0 || !LOOPING.includes(name));
  await eventually('the scheduled functions to end', haveEnded, PATIENCE_MS);
  await control.heal();
}

/** Counts what orders cause, from the first request until nothing happens any more and all messages are SENT. */
export async function measureOrders(here: Local, { orders, ordersPerSecond, more }: OrdersToMeasure) {
  const orderIds: string[] = [];
  const counted = await measure(here, async () => {
    const place = (index: number) => here.acme.place(anOrder(more?.(index)));
    const answers = await steadily(place, { count: orders, perSecond: ordersPerSecond });
    orderIds.push(...answers.map(placedId));
    return answers;
  });
  // Looked at only now, for looking is counted too.
  for (const orderId of orderIds) await here.acme.settled(orderId);
  await quiet(here);
  return { ...counted, orders, orderIds } satisfies MeasuredOrders;
}

/** Counts what some requests cause, from the first of them until nothing happens any more. */
export async function measure(here: Local, work: () => Promise<Answer[]>): Promise<Measured> {
  await here.control.resetCalls();
  await here.control.resetInvocations();
  const answers = await work();
  await quiet(here);
  return {
    calls: await here.control.calls(),
    invocations: await here.control.invocations(),
    requests: answers.length,
    responseBytes: answers.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
  };
}

/** Makes requests at a steady rate, and waits for all of their answers. */
export async function steadily(
  request: (index: number) => Promise<Answer>,
  { count, perSecond }: { count: number; perSecond: number },
): Promise<Answer[]> {
  const answers: Promise<Answer>[] = [];
  for await (const _ of every(1000 / perSecond)) {
    answers.push(request(answers.length));
    if (answers.length >= count) break;
  }
  return Promise.all(answers);
}

/** The id of an order that was placed. @throws Error if it was refused */
export function placedId(answer: Answer): string {
  if (answer.status !== 201) throw new Error(`Not placed: ${answer.status} ${answer.text}`);
  return answer.json.orderId as string;
}

/** Waits until nothing happens any more. `wake-due` runs, whether there is something to do or not. */
export const quiet = (here: Local): Promise<void> =>
  untilIdle(here, here.cloud.outputs, { idleMs: IDLE_MS, patienceMs: PATIENCE_MS, scheduled: FUNCTION.wakeDue });
