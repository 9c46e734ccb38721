import type { Outputs } from '../deployment.ts';
import { eventually } from '../eventually.ts';
import type { usersOf } from '../local.ts';

export type Patience = {
  /** How long nothing may change until the system counts as idle. */
  idleMs: number;
  /** Longest wait for this. */
  patienceMs: number;
};

/**
 * Waits until the observed state stays the same for `idleMs`.
 * @param observe the state as a text; undefined while work is left.
 */
export async function untilUnchanged(
  what: string,
  observe: () => Promise<string | undefined>,
  { idleMs, patienceMs }: Patience,
): Promise<void> {
  let last: { seen: string | undefined; since: number } = { seen: undefined, since: Date.now() };
  const isUnchanged = async (): Promise<boolean> => {
    const seen = await observe();
    if (seen === undefined || seen !== last.seen) last = { seen, since: Date.now() };
    return seen !== undefined && Date.now() - last.since >= idleMs;
  };
  await eventually(what, isUnchanged, patienceMs);
}

export type IdleOptions = Patience & {
  /** A function that a schedule invokes, whether there is work or not. */
  scheduled: string | undefined;
};

/**
 * Waits until no message is queued, no function runs and, for a while, no function was invoked and no e-mail arrived.
 * Messages in dead-letter queues do not count, because they wait for a person.
 */
export async function untilIdle(
  { control, inbox, depthOf }: Pick<ReturnType<typeof usersOf>, 'control' | 'inbox' | 'depthOf'>,
  { queues }: Pick<Outputs, 'queues'>,
  { scheduled, ...patience }: IdleOptions,
): Promise<void> {
  const observe = async (): Promise<string | undefined> => {
    const functions = (await control.invocations()).filter((one) => one.function !== scheduled);
    const depths = await Promise.all(Object.values(queues).map(({ url }) => depthOf(url)));
    if (functions.some(({ running }) => running > 0) || depths.some((depth) => depth > 0)) return undefined;
    const invoked = functions.reduce((sum, { count }) => sum + count, 0);
    return `${(await inbox.emails()).length} mails, ${invoked} invocations`;
  };
  await untilUnchanged('idle', observe, patience);
}
