import type { Outputs } from '#test/support/deployment.ts';
import { eventually } from '#test/support/eventually.ts';
import type { usersOf } from '#test/support/local.ts';

type Users = ReturnType<typeof usersOf>;

/** A message that is received five times comes back after each 42 s, and waits for others before it. */
const PATIENCE_MS = 900_000;

/**
 * Waits until, for this long, no mail has arrived, no function was invoked but the scheduled one, and nothing
 * waits in a queue. What lies in a dead-letter queue waits for a person.
 */
export async function untilQuiet(
  { control, inbox, depthOf }: Users,
  { queues }: Outputs,
  { quietMs, scheduled }: { quietMs: number; scheduled: string | undefined },
): Promise<void> {
  let last = { state: '', since: Date.now() };
  await eventually(
    'quiet',
    async () => {
      const functions = (await control.invocations()).filter((one) => one.function !== scheduled);
      const waiting = await Promise.all(Object.values(queues).map(({ url }) => depthOf(url)));
      const mails = (await inbox.emails()).length;
      const invoked = functions.reduce((sum, { count }) => sum + count, 0);
      const idle = functions.every(({ running }) => running === 0) && waiting.every((depth) => depth === 0);
      const state = `${mails} mails, ${invoked} invocations`;
      if (!idle || state !== last.state) last = { state, since: Date.now() };
      return Date.now() - last.since >= quietMs;
    },
    PATIENCE_MS,
  );
}
