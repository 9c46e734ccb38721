import type { CurrentGenerations } from '#shared/replay/current-generations.ts';
import { FIRST_GENERATIONS } from '#shared/replay/generations.ts';

/** The generations of a read model that was never rebuilt. */
export const firstGenerations = (): CurrentGenerations => ({ during: (work) => work(FIRST_GENERATIONS) });
