import type { Counters } from '#shared/once/counters.ts';
import { printFigures } from './metrics.ts';

/**
 * Counters in CloudWatch.
 * @param service value of the dimension; default: the function's own name.
 */
export const cloudWatchCounters = (service?: string): Counters => ({
  count: async (name, times) => printFigures({ [name]: { value: times, unit: 'Count' } }, service),
});
