import type { Outputs } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import type { usersOf } from '#test/support/local.ts';

type Users = ReturnType<typeof usersOf>;

/** A message can be received five times, each after 42 s, and waits behind others. */
const PATIENCE_MS = 900_000;

/**
 * Waits until, for this long, no e-mail has arrived, no function except the scheduled one was invoked, and all queues are
 * empty. Messages in a dead-letter queue wait for a person.
 */
export async function untilIdle(
  { control, inbox, depthOf }: Users,
  { queues }: Outputs,
  { idleMs, scheduled }: { idleMs: number; scheduled: string | undefined },
): Promise<void> {
  let last = { state: '', since: Date.now() };
  await eventually(
    'an idle system',
    async () => {
      const functions = (await control.invocations()).filter((one) => one.function !== scheduled);
      const waiting = await Promise.all(Object.values(queues).map(({ url }) => depthOf(url)));
      const mails = (await inbox.emails()).length;
      const invoked = functions.reduce((sum, { count }) => sum + count, 0);
      const idle = functions.every(({ running }) => running === 0) && waiting.every((depth) => depth === 0);
      const state = `${mails} mails, ${invoked} invocations`;
      if (!idle || state !== last.state) last = { state, since: Date.now() };
      return Date.now() - last.since >= idleMs;
    },
    PATIENCE_MS,
  );
}
