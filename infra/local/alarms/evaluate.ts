import type { AlarmPlan, Comparison, MissingData } from '../template/alarms.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** The figure of one period; undefined: nothing was reported in it. */
export type Datapoint = number | undefined;

type Definition = Pick<AlarmPlan, 'comparison' | 'threshold' | 'datapointsToAlarm' | 'missingData'>;

/**
 * The state that CloudWatch would give to an alarm. One thing is simpler here: CloudWatch looks at a few more periods if
 * some of the last ones have no figure.
 * @param datapoints of the last periods, oldest first. Fewer than the evaluation periods: no more have passed yet.
 */
export function stateAfter(
  { comparison, threshold, datapointsToAlarm, missingData }: Definition,
  datapoints: readonly Datapoint[],
  before: AlarmState,
): AlarmState {
  const judged = datapoints.map((value) =>
    value === undefined ? MISSING[missingData] : COMPARE[comparison](value, threshold),
  );
  const count = (verdict: boolean | undefined) => judged.filter((one) => one === verdict).length;
  if (count(true) >= datapointsToAlarm) return 'ALARM';
  if (judged.length < datapointsToAlarm) return before;
  if (count(undefined) < judged.length) return 'OK';
  return missingData === 'ignore' ? before : 'INSUFFICIENT_DATA';
}

/** Whether a period without a figure breaches; undefined: it says nothing. */
const MISSING: Record<MissingData, boolean | undefined> = {
  breaching: true,
  notBreaching: false,
  ignore: undefined,
  missing: undefined,
};

const COMPARE: Record<Comparison, (value: number, threshold: number) => boolean> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

const FIGURES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  Sum: sumOf,
  Average: (values) => sumOf(values) / values.length,
  SampleCount: (values) => values.length,
  Maximum: (values) => Math.max(...values),
  Minimum: (values) => Math.min(...values),
};

/** The statistics of CloudWatch that are computed here. */
export const STATISTICS: readonly string[] = Object.keys(FIGURES);

function sumOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The figure of the values that were reported in one period. @param statistic one of `STATISTICS`. */
export function figureOf(statistic: string, values: readonly number[]): Datapoint {
  if (values.length === 0) return undefined;
  const figure = FIGURES[statistic];
  if (!figure) throw new RangeError(`The statistic ${statistic} is not evaluated here.`);
  return figure(values);
}
