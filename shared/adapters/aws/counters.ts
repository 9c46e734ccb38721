import type { Counters } from '#shared/once/counters.ts';
import type { Log } from '#shared/ports.ts';

/**
 * Counts as CloudWatch's embedded metric format: a log line, no call. Nothing is counted while all is well,
 * so Powertools is imported by the first count and not by every cold start.
 * @param service what stands in the dimension; the function's own name, if not given.
 */
export function cloudWatchCounters(log: Log, service?: string): Counters {
  return {
    async count(name, times) {
      try {
        const { Metrics } = await import('@aws-lambda-powertools/metrics');
        const metrics = new Metrics(service === undefined ? {} : { serviceName: service });
        metrics.addMetric(name, 'Count', times);
        metrics.publishStoredMetrics();
      } catch (error) {
        log.error('Not counted', { name, times, error });
      }
    },
  };
}
