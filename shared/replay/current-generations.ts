import type { Clock } from '#shared/messaging/system.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { type Cached, readThroughCache } from '#shared/once/read-through-cache.ts';
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
  const cache = readThroughCache<Known>({ maximumAgeMs: BELIEVED_MS, maximumEntries: 1, clock });
  const read = async (): Promise<Known> => {
    const stored = await states.read(generationsKey(projection));
    return stored
      ? { generations: stored.state, version: stored.version }
      : { generations: FIRST_GENERATIONS, version: 0 };
  };
  const current = (): Promise<Cached<Known>> => cache.get(projection, read);
  return {
    async during(work) {
      let { value, readAt } = await current();
      while (true) {
        const result = await work(value.generations);
        if (cache.isFresh(readAt)) return result;
        const { version } = value;
        ({ value, readAt } = await current());
        if (value.version === version) return result;
      }
    },
  };
}
