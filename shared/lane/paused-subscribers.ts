import type { StateStore } from '#shared/once/ports.ts';
import { PAUSES_KEY, type Pauses } from './pauses.ts';
import { READINGS_KEY, type Readings } from './readings.ts';

/** A pause, as others see it. @property since ISO 8601. */
export type SubscriberPause = { since: string; actor: string; reason?: string; owner?: string };

/** The subscribers that an operator has paused, by their names in dead letters. */
export type PausedSubscribers = () => Promise<ReadonlyMap<string, SubscriberPause>>;

type Rows = {
  pauses: Pick<StateStore<Pauses>, 'read'>;
  readings: Pick<StateStore<Readings>, 'read'>;
};

/** Also those whose mappings are not disabled yet. It reads two rows, and one while nothing is paused. */
export function pausedSubscribers({ pauses, readings }: Rows): PausedSubscribers {
  return async () => {
    const stored = await pauses.read(PAUSES_KEY);
    const paused = Object.entries(stored?.state.subscribers ?? {}).filter(([, { wanted }]) => wanted === 'paused');
    if (paused.length === 0) return new Map();
    const measured = await readings.read(READINGS_KEY);
    return new Map(
      paused.map(([name, { at: since, actor, reason, owner }]) => [
        measured?.state.subscribers[name]?.subscriberId ?? name,
        { since, actor, ...(reason !== undefined && { reason }), ...(owner !== undefined && { owner }) },
      ]),
    );
  };
}
