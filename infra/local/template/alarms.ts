import type { Resources, TypedResource } from './resources.ts';

/** A metric as CloudWatch identifies it. */
export type MetricPlan = { namespace: string; name: string; dimensions: Record<string, string> };

/** One figure per period: a metric, its statistic (`Sum`, `p99`, …) and its period. */
export type FigurePlan = { metric: MetricPlan; statistic: string; periodSeconds: number };

export type Comparison = 'GreaterThanOrEqualToThreshold' | 'GreaterThanThreshold' | 'LessThanThreshold';
export type MissingData = 'breaching' | 'notBreaching' | 'ignore' | 'missing';

export type AlarmPlan = {
  name: string;
  arn: string;
  description: string;
  /** Absent: the alarm computes its figure from several metrics. */
  figure?: FigurePlan;
  /** These metrics, with their namespaces. Empty if there is a `figure`. */
  computedFrom: string[];
  comparison: Comparison;
  threshold: number;
  /** The alarm fires when this many of the last periods breach. */
  datapointsToAlarm: number;
  evaluationPeriods: number;
  missingData: MissingData;
  /** ARNs of topics and functions: what happens when the alarm gets this state. */
  actions: { ALARM: string[]; OK: string[] };
};

type Alarm = TypedResource<'AWS::CloudWatch::Alarm'>;

/** The alarms of the template, as they are defined there. */
export const planAlarms = (read: Resources): AlarmPlan[] => read('AWS::CloudWatch::Alarm').map(planAlarm);

function planAlarm({ attributes, properties }: Alarm): AlarmPlan {
  const { AlarmName, AlarmDescription, EvaluationPeriods, DatapointsToAlarm, Metrics } = properties;
  return {
    name: AlarmName,
    arn: attributes.Arn ?? '',
    description: AlarmDescription,
    ...(Metrics === undefined && { figure: figureOf(properties) }),
    computedFrom: (Metrics ?? []).flatMap(({ MetricStat }) =>
      MetricStat ? [`${MetricStat.Metric.Namespace} ${MetricStat.Metric.MetricName}`] : [],
    ),
    comparison: properties.ComparisonOperator,
    threshold: properties.Threshold,
    datapointsToAlarm: DatapointsToAlarm ?? EvaluationPeriods,
    evaluationPeriods: EvaluationPeriods,
    missingData: properties.TreatMissingData,
    actions: { ALARM: properties.AlarmActions, OK: properties.OKActions },
  };
}

function figureOf(properties: Alarm['properties']): FigurePlan {
  const { Namespace = '', MetricName = '', Dimensions, Statistic, ExtendedStatistic, Period = 60 } = properties;
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  const statistic = Statistic ?? ExtendedStatistic ?? '';
  return { metric: { namespace: Namespace, name: MetricName, dimensions }, statistic, periodSeconds: Period };
}
