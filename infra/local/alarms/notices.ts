import type { AlarmPlan, FigurePlan } from '../template/alarms.ts';
import { ACCOUNT_ID } from '../template/physical.ts';
import type { AlarmState } from './evaluate.ts';

/** An alarm that has got another state. Times are ISO 8601. */
export type StateChange = {
  alarm: AlarmPlan & { figure: FigurePlan };
  region: string;
  state: { value: AlarmState; reason: string; at: string };
  previous: { value: AlarmState; reason: string; at: string };
};

/** CloudWatch's form of a time: `2023-08-04T12:36:15.490+0000`. */
const timeOf = (iso: string): string => iso.replace('Z', '+0000');

/**
 * The event of a Lambda action.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
 */
export function lambdaEventOf({ alarm, region, state, previous }: StateChange): Record<string, unknown> {
  const { name, arn, description, figure } = alarm;
  const stateOf = ({ value, reason, at }: StateChange['state']) => ({ value, reason, timestamp: timeOf(at) });
  return {
    source: 'aws.cloudwatch',
    alarmArn: arn,
    accountId: ACCOUNT_ID,
    time: timeOf(state.at),
    region,
    alarmData: {
      alarmName: name,
      state: stateOf(state),
      previousState: stateOf(previous),
      configuration: {
        description,
        metrics: [
          {
            id: 'm1',
            metricStat: { metric: figure.metric, period: figure.periodSeconds, stat: figure.statistic },
            returnData: true,
          },
        ],
      },
    },
  };
}

/** The message of an action of SNS. */
export function topicMessageOf({ alarm, region, state, previous }: StateChange): string {
  const { name, arn, description, figure, threshold, evaluationPeriods, datapointsToAlarm } = alarm;
  return JSON.stringify({
    AlarmName: name,
    AlarmDescription: description,
    AWSAccountId: ACCOUNT_ID,
    NewStateValue: state.value,
    NewStateReason: state.reason,
    StateChangeTime: timeOf(state.at),
    Region: region,
    AlarmArn: arn,
    OldStateValue: previous.value,
    Trigger: {
      MetricName: figure.metric.name,
      Namespace: figure.metric.namespace,
      StatisticType: 'Statistic',
      Statistic: figure.statistic.toUpperCase(),
      Dimensions: Object.entries(figure.metric.dimensions).map(([dimension, value]) => ({ name: dimension, value })),
      Period: figure.periodSeconds,
      EvaluationPeriods: evaluationPeriods,
      DatapointsToAlarm: datapointsToAlarm,
      ComparisonOperator: alarm.comparison,
      Threshold: threshold,
      TreatMissingData: alarm.missingData,
    },
  });
}
