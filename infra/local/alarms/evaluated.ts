import type { AlarmPlan, FigurePlan, MetricPlan } from '../template/alarms.ts';
import { STATISTICS } from './evaluate.ts';

/** An alarm whose figure exists here. */
export type EvaluatedAlarm = AlarmPlan & { figure: FigurePlan };

/** The metrics of AWS's services that the runner reports. All other metrics come from the functions' logs. */
export const OF_FUNCTIONS = { namespace: 'AWS/Lambda', names: ['Errors', 'Invocations'] };

export const isEvaluated = (alarm: AlarmPlan): alarm is EvaluatedAlarm => whyNotEvaluated(alarm) === undefined;

/** Why an alarm is not evaluated here; undefined: it is. */
export function whyNotEvaluated({
  figure,
  computedFrom,
}: Pick<AlarmPlan, 'figure' | 'computedFrom'>): string | undefined {
  if (!figure) return `it computes its figure from ${computedFrom.join(' and ')}, and nothing here computes figures`;
  const { metric, statistic } = figure;
  const name = `${metric.namespace} ${metric.name}`;
  if (!isReported(metric)) return `nothing here reports ${name}`;
  if (!isOfWholeFunction(metric)) return `nothing here reports ${name} of one alias`;
  if (!STATISTICS.includes(statistic)) return `nothing here computes the statistic ${statistic}`;
  return undefined;
}

const isReported = ({ namespace, name }: MetricPlan): boolean =>
  namespace === OF_FUNCTIONS.namespace ? OF_FUNCTIONS.names.includes(name) : !namespace.startsWith('AWS/');

const isOfWholeFunction = ({ namespace, dimensions }: MetricPlan): boolean =>
  namespace !== OF_FUNCTIONS.namespace || Object.keys(dimensions).join() === 'FunctionName';
