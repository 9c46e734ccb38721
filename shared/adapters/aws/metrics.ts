import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Gauges } from '#shared/delivery/gauges.ts';

const metrics = new Metrics({ namespace: 'Counterfoil' });

/** Figures as CloudWatch's embedded metric format: a log line, no call. */
export const cloudWatchGauges: Gauges = {
  put(figures) {
    for (const [name, { value, unit }] of Object.entries(figures)) metrics.addMetric(name, unit, value);
    metrics.publishStoredMetrics();
  },
};
