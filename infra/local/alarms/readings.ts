import type { MetricPlan } from '../template/alarms.ts';

/** One value of a metric. @property at epoch milliseconds. */
type Reading = { at: number; value: number };

/** The values of the metrics that alarms read. */
export type Readings = ReturnType<typeof openReadings>;

/** @param keepMs how long a value is kept: the longest time that an alarm looks back. */
export function openReadings(metrics: readonly MetricPlan[], keepMs: number) {
  const kept = new Map<string, Reading[]>(metrics.map((metric) => [keyOf(metric), []]));
  return {
    /** Stores a value. Metrics that no alarm reads are ignored. */
    put(metric: MetricPlan, reading: Reading): void {
      kept.get(keyOf(metric))?.push(reading);
    },
    /** The values from a time up to before another one. */
    between: (metric: MetricPlan, from: number, to: number): number[] =>
      (kept.get(keyOf(metric)) ?? []).filter(({ at }) => at >= from && at < to).map(({ value }) => value),
    forgetBefore(now: number): void {
      for (const [key, readings] of kept)
        kept.set(
          key,
          readings.filter(({ at }) => at >= now - keepMs),
        );
    },
  };
}

const keyOf = ({ namespace, name, dimensions }: MetricPlan): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);
