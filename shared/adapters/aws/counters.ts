import type { Counters } from '#shared/once/counters.ts';
import { printFigures } from './metrics.ts';

/**
 * Counts for CloudWatch.
 * @param service what stands in the dimension; the function's own name, if not given.
 */
export const cloudWatchCounters = (service?: string): Counters => ({
  count: async (name, times) => printFigures({ [name]: { value: times, unit: 'Count' } }, service),
});
