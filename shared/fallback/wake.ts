import type { Log } from '#shared/messaging/system.ts';
import type { DueState } from '#shared/once/due.ts';
import { addLogFields } from '#shared/once/log-context.ts';
import type { DueStore, StateStore } from '#shared/once/ports.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { stateWaker, type Waker } from '#shared/once/wake.ts';
import { fallbackDecider } from './decider.ts';
import type { FallbackKey, FallbackProcess } from './fallback.ts';
import { type SituationPorts, situationOf } from './situation.ts';

export type WakeFallbackPorts = SituationPorts & {
  fallbacks: Pick<StateStore<FallbackProcess>, 'read'>;
  due: Pick<DueStore, 'postponeDue'>;
  log: Log;
};

/** Id under which the transition at the due time is recorded. */
const SUBSCRIBER = 'fallback-due';

/** Processes fallbacks that are due: the notification was not delivered in time. */
export const fallbackWaker = (ports: WakeFallbackPorts): Waker<DueState<FallbackKey>> =>
  stateWaker('Fallback', (key) => wake(key, ports), ports);

async function wake(key: FallbackKey, ports: WakeFallbackPorts): Promise<void> {
  const stored = await ports.fallbacks.read(key);
  // The index may be stale: only the row counts.
  if (stored?.state.status !== 'waiting' || stored.state.dueAt > ports.clock.now()) return;
  const { causationId, correlationId, dueAt, notificationId } = stored.state;
  addLogFields({ correlationId, notificationId });
  await executeTransition(
    {
      decider: fallbackDecider,
      key,
      assume: stored,
      ...(await situationOf(key, new Date(dueAt).toISOString(), ports)),
    },
    // A fallback is due once, so its cause identifies the transition.
    { subscriber: SUBSCRIBER, transitionId: causationId, metadata: { correlationId, causationId } },
    ports,
  );
}
