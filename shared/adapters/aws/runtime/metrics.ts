import type { Gauges } from '#shared/delivery/gauges.ts';
import { METRIC_DIMENSION } from '#shared/names.ts';
import { printLine } from './line.ts';
import { systemClock } from './system.ts';

type Figures = Parameters<Gauges['put']>[0];

/**
 * Reports figures in CloudWatch's embedded metric format: a log line instead of a call. The environment variables and
 * the format of the line are those of Powertools for AWS Lambda.
 * @param service value of the dimension; default: the function's own name.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function printFigures(figures: Figures, service = process.env.POWERTOOLS_SERVICE_NAME): void {
  const { POWERTOOLS_METRICS_NAMESPACE: Namespace, POWERTOOLS_METRICS_DISABLED: disabled } = process.env;
  if (disabled === 'true') return;
  const named = Object.entries(figures);
  const Metrics = named.map(([Name, { unit }]) => ({ Name, Unit: unit }));
  printLine({
    _aws: {
      Timestamp: systemClock.now(),
      CloudWatchMetrics: [{ Namespace, Dimensions: [[METRIC_DIMENSION]], Metrics }],
    },
    [METRIC_DIMENSION]: service,
    ...Object.fromEntries(named.map(([name, { value }]) => [name, value])),
  });
}

/** Gauges in CloudWatch. Their dimension is the function's own name. */
export const cloudWatchGauges: Gauges = { put: (figures) => printFigures(figures) };
