import * as v from 'valibot';
import { type Json, parseJson } from '../base/json.ts';
import type { MetricPlan } from '../template/alarms.ts';

/** A value of a metric in a log line. @property at epoch milliseconds. */
export type EmbeddedMetric = { metric: MetricPlan; at: number; value: number };

/** CloudWatch's embedded metric format, as far as our functions use it: one value for each metric. */
const LINE = v.looseObject({
  _aws: v.object({
    Timestamp: v.number(),
    CloudWatchMetrics: v.array(
      v.object({
        Namespace: v.string(),
        Dimensions: v.array(v.array(v.string())),
        Metrics: v.array(v.object({ Name: v.string() })),
      }),
    ),
  }),
});

/** The metrics in a line of a function's log. Most lines have none. */
export function embeddedMetricsIn(line: string): EmbeddedMetric[] {
  if (!line.includes('"_aws"')) return [];
  const read = v.safeParse(LINE, jsonIn(line));
  if (!read.success) return [];
  const { _aws, ...fields } = read.output;
  return _aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.flatMap(({ Name }) => {
        const value = fields[Name];
        const dimensions = Object.fromEntries(names.map((name) => [name, String(fields[name])]));
        const metric = { namespace: Namespace, name: Name, dimensions };
        return typeof value === 'number' ? [{ metric, at: _aws.Timestamp, value }] : [];
      }),
    ),
  );
}

function jsonIn(line: string): Json | undefined {
  try {
    return parseJson(line);
  } catch {
    // A line is incomplete if its function was killed while it wrote.
    return undefined;
  }
}
