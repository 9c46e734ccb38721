import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Gauges } from '#shared/delivery/gauges.ts';

/** The namespace is the stage's own and comes from Powertools' environment variable. */
const metrics = new Metrics();

/** Figures as CloudWatch's embedded metric format: a log line, no call. */
export const cloudWatchGauges: Gauges = {
  put(figures) {
    for (const [name, { value, unit }] of Object.entries(figures)) metrics.addMetric(name, unit, value);
    metrics.publishStoredMetrics();
  },
};
