import type { Clock } from '#shared/messaging/system.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { FIRST_GENERATIONS, type Generations, generationsKey } from './generations.ts';

/** How long a function uses generations that it has read. So they cost no read for most messages and requests. */
export const BELIEVED_MS = 5000;

export type CurrentGenerations = {
  /**
   * Calls `work` with the generations of the read model. If `work` ends when they may be out of date, they are read
   * again, and if they have changed, `work` is called again. So when a change is older than `BELIEVED_MS`, everything
   * that ends has used it.
   */
  during<Result>(work: (generations: Generations) => Promise<Result>): Promise<Result>;
};

type Known = { generations: Generations; version: number };

/** The generations of one read model, as one environment of a function knows them. */
export function currentGenerations(
  projection: string,
  { states, clock }: { states: Pick<StateStore<Generations>, 'read'>; clock: Clock },
): CurrentGenerations {
  let latest: { since: number; known: Promise<Known> } | undefined;
  const isBelieved = (since: number): boolean => clock.now() - since <= BELIEVED_MS;
  const read = async (): Promise<Known> => {
    const stored = await states.read(generationsKey(projection));
    return stored
      ? { generations: stored.state, version: stored.version }
      : { generations: FIRST_GENERATIONS, version: 0 };
  };
  const current = async (): Promise<Known & { since: number }> => {
    // The time before the read counts: a change during the read may be missing in it.
    if (!latest || !isBelieved(latest.since)) latest = { since: clock.now(), known: read() };
    const { since, known } = latest;
    try {
      return { since, ...(await known) };
    } catch (error) {
      if (latest?.known === known) latest = undefined;
      throw error;
    }
  };
  return {
    async during(work) {
      let used = await current();
      while (true) {
        const result = await work(used.generations);
        if (isBelieved(used.since)) return result;
        const now = await current();
        if (now.version === used.version) return result;
        used = now;
      }
    },
  };
}
