import type { Outputs } from '../deployment.ts';
import { eventually } from '../eventually.ts';
import type { usersOf } from '../local.ts';

export type Patience = {
  /** How long nothing may change before it is the end. */
  quietMs: number;
  /** How long to wait for that. */
  patienceMs: number;
};

/**
 * Waits until the same was seen for `quietMs`.
 * @param look what there is to see, in a word; undefined while something is still to happen.
 */
export async function untilStill(
  what: string,
  look: () => Promise<string | undefined>,
  { quietMs, patienceMs }: Patience,
): Promise<void> {
  let last: { seen: string | undefined; since: number } = { seen: undefined, since: Date.now() };
  const isStill = async (): Promise<boolean> => {
    const seen = await look();
    if (seen === undefined || seen !== last.seen) last = { seen, since: Date.now() };
    return seen !== undefined && Date.now() - last.since >= quietMs;
  };
  await eventually(what, isStill, patienceMs);
}

export type QuietOptions = Patience & {
  /** A function that a schedule invokes, whether there is something to do or not. */
  scheduled: string | undefined;
};

/**
 * Waits until nothing is queued, nothing runs and, for a while, nothing was invoked and no mail arrived. What is in a
 * dead-letter queue waits for a person.
 */
export async function untilQuiet(
  { control, inbox, depthOf }: Pick<ReturnType<typeof usersOf>, 'control' | 'inbox' | 'depthOf'>,
  { queues }: Pick<Outputs, 'queues'>,
  { scheduled, ...patience }: QuietOptions,
): Promise<void> {
  const look = async (): Promise<string | undefined> => {
    const functions = (await control.invocations()).filter((one) => one.function !== scheduled);
    const depths = await Promise.all(Object.values(queues).map(({ url }) => depthOf(url)));
    if (functions.some(({ running }) => running > 0) || depths.some((depth) => depth > 0)) return undefined;
    const invoked = functions.reduce((sum, { count }) => sum + count, 0);
    return `${(await inbox.emails()).length} mails, ${invoked} invocations`;
  };
  await untilStill('quiet', look, patience);
}
