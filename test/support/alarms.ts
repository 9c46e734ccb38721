import { type Resource, resourcesOf, type Template } from './template.ts';

/** A metric as CloudWatch knows it, with resources by their logical ids. */
export type MetricId = { namespace: string; name: string; dimensions: Record<string, string> };
export type FoundAlarm = {
  logicalId: string;
  /** Its name without the stack's. */
  id: string;
  description: string;
  metrics: MetricId[];
  silence: string;
  properties: Record<string, unknown>;
  /** All of it on one line, for people to compare. */
  line: string;
};

type MetricProperties = {
  Namespace: string;
  MetricName: string;
  Dimensions?: { Name: string; Value: unknown }[];
};
type MetricQuery = { Expression?: string; MetricStat?: { Metric: MetricProperties; Period: number; Stat: string } };

/** Every alarm of a template, by its id. */
export function alarmsIn(template: Template): Map<string, FoundAlarm> {
  const found = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([logicalId, { Properties }]): FoundAlarm => {
    const id = String(Properties.AlarmName).replace(/^counterfoil-[a-z]+-/, '');
    return {
      logicalId,
      id,
      description: String(Properties.AlarmDescription),
      metrics: metricsOf(Properties),
      silence: String(Properties.TreatMissingData),
      properties: Properties,
      line: `${id}: ${figureOf(Properties, template)} ${conditionOf(Properties)}`,
    };
  });
  return new Map(found.map((alarm) => [alarm.id, alarm]));
}

const queriesOf = ({ Metrics }: Resource['Properties']): MetricQuery[] => (Metrics ?? []) as MetricQuery[];

function metricsOf(properties: Resource['Properties']): MetricId[] {
  const read = queriesOf(properties).flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : []));
  return [...(properties.MetricName === undefined ? [] : [properties as MetricProperties]), ...read].map(
    ({ Namespace, MetricName, Dimensions = [] }) => ({
      namespace: Namespace,
      name: MetricName,
      dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, referredTo(Value)])),
    }),
  );
}

/** The logical id of what a value refers to, or the value itself. */
export function referredTo(value: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute } = (value ?? {}) as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  return Ref ?? attribute?.[0] ?? String(value);
}

function figureOf(properties: Resource['Properties'], template: Template): string {
  const named = (metric: MetricProperties): string => {
    const dimensions = (metric.Dimensions ?? []).map(({ Name, Value }) => `${Name}=${joinedNameOf(template, Value)}`);
    return `${metric.Namespace} ${metric.MetricName}{${dimensions.join(', ')}}`;
  };
  const queries = queriesOf(properties);
  if (queries.length === 0) {
    const statistic = properties.Statistic ?? properties.ExtendedStatistic;
    return `${named(properties as MetricProperties)} ${statistic}/${properties.Period}s`;
  }
  const parts = queries.map(({ Expression, MetricStat }) =>
    MetricStat ? `${named(MetricStat.Metric)} ${MetricStat.Stat}/${MetricStat.Period}s` : Expression,
  );
  return parts.join(' of ');
}

const SIGNS: Record<string, string> = {
  GreaterThanThreshold: '>',
  GreaterThanOrEqualToThreshold: '>=',
  LessThanThreshold: '<',
};

function conditionOf(properties: Resource['Properties']): string {
  const { ComparisonOperator, Threshold, DatapointsToAlarm, EvaluationPeriods, TreatMissingData } = properties;
  const sign = SIGNS[String(ComparisonOperator)] ?? ComparisonOperator;
  return `${sign} ${Threshold}, ${DatapointsToAlarm} of ${EvaluationPeriods}, silence ${TreatMissingData}`;
}

/** The name of what a value refers to; of a text that is joined from several parts, all of them. */
function joinedNameOf(template: Template, value: unknown): string {
  const { 'Fn::Join': join } = (value ?? {}) as { 'Fn::Join'?: [string, unknown[]] };
  const parts = join?.[1] ?? [value];
  return parts.map((part) => nameOf(template, referredTo(part))).join('');
}

/** As the stack names it: `send-email-subscriber/queue`. */
function nameOf(template: Template, logicalId: string): string {
  const path = String(template.Resources[logicalId]?.Metadata?.['aws:cdk:path'] ?? logicalId);
  return path.replace(/^counterfoil-[a-z]+\//, '').replace(/\/(Resource|Default)$/, '');
}

/** A metric that needs an alarm, and why. */
export type Need = { of: string; namespace: string; name: string; dimension?: [name: string, logicalId: string] };

/** What the resources of a template ask to be watched for, whatever alarms there are. */
export function needsOf(template: Template): Need[] {
  const ids = (type: string): string[] => resourcesOf(template, type).map(([logicalId]) => logicalId);
  const need = (namespace: string, name: string, dimension: string) => (logicalId: string) => ({
    of: nameOf(template, logicalId),
    namespace,
    name,
    dimension: [dimension, logicalId] as [string, string],
  });
  const deadLetterQueues = new Set(
    [...resourcesOf(template, 'AWS::SQS::Queue'), ...resourcesOf(template, 'AWS::SNS::Subscription')].flatMap(
      ([, { Properties }]) => {
        const redrive = Properties.RedrivePolicy as { deadLetterTargetArn: unknown } | undefined;
        return redrive ? [referredTo(redrive.deadLetterTargetArn)] : [];
      },
    ),
  );
  // Nothing waits in a queue that forgets each message after a minute, SQS's shortest time.
  const forgetting = (id: string): boolean => template.Resources[id]?.Properties.MessageRetentionPeriod === 60;
  const queues = ids('AWS::SQS::Queue').filter((id) => !forgetting(id));
  const redriving = resourcesOf(template, 'AWS::SNS::Subscription')
    .filter(([, { Properties }]) => Properties.RedrivePolicy)
    .map(([, { Properties }]) => referredTo(Properties.TopicArn));
  const functions = ids('AWS::Lambda::Function');
  const scheduled = resourcesOf(template, 'AWS::Scheduler::Schedule').map(([, { Properties }]) =>
    referredTo((Properties.Target as { Arn: unknown }).Arn),
  );
  // A function that a schedule starts, too, does without the stream what a late record would start.
  const streamed = resourcesOf(template, 'AWS::Lambda::EventSourceMapping')
    .filter(([, { Properties }]) => Properties.StartingPosition)
    .map(([, { Properties }]) => referredTo(Properties.FunctionName))
    .filter((id) => !scheduled.includes(id));
  const indexes = resourcesOf(template, 'AWS::DynamoDB::GlobalTable').flatMap(([, { Properties }]) =>
    (Properties.GlobalSecondaryIndexes as { IndexName: string }[]).map(({ IndexName }) => IndexName),
  );
  return [
    ...queues
      .filter((id) => !deadLetterQueues.has(id))
      .map(need('AWS/SQS', 'ApproximateAgeOfOldestMessage', 'QueueName')),
    ...queues
      .filter((id) => deadLetterQueues.has(id))
      .map(need('AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName')),
    ...ids('AWS::SNS::Topic').map(need('AWS/SNS', 'NumberOfNotificationsFailed', 'TopicName')),
    ...[...new Set(redriving)].map(need('AWS/SNS', 'NumberOfNotificationsFailedToRedriveToDlq', 'TopicName')),
    ...functions.map(need('AWS/Lambda', 'Errors', 'FunctionName')),
    ...functions.map(need('AWS/Lambda', 'Throttles', 'FunctionName')),
    ...streamed.map(need('AWS/Lambda', 'IteratorAge', 'FunctionName')),
    ...scheduled.map(need('AWS/Lambda', 'Invocations', 'FunctionName')),
    ...ids('AWS::ApiGatewayV2::Api').flatMap((id) =>
      ['5xx', '4xx', 'Latency'].map((name) => need('AWS/ApiGateway', name, 'ApiId')(id)),
    ),
    ...ids('AWS::DynamoDB::GlobalTable').flatMap((id) =>
      ['ReadThrottleEvents', 'WriteThrottleEvents', 'SystemErrors'].map((name) =>
        need('AWS/DynamoDB', name, 'TableName')(id),
      ),
    ),
    ...indexes.map((index) => need('AWS/DynamoDB', 'WriteThrottleEvents', 'GlobalSecondaryIndexName')(index)),
    ...ids('AWS::SES::ConfigurationSet').flatMap((id) =>
      ['Reputation.BounceRate', 'Reputation.ComplaintRate'].map((name) => ({
        of: nameOf(template, id),
        namespace: 'AWS/SES',
        name,
      })),
    ),
  ];
}

/** Needs that no alarm meets, as `send-email-subscriber/queue: AWS/SQS ApproximateAgeOfOldestMessage`. */
export function unwatchedIn(template: Template): string[] {
  const watched = [...alarmsIn(template).values()].flatMap(({ metrics }) => metrics);
  const meets = ({ namespace, name, dimension }: Need, metric: MetricId): boolean =>
    metric.namespace === namespace &&
    metric.name === name &&
    (dimension === undefined || metric.dimensions[dimension[0]] === dimension[1]);
  return needsOf(template)
    .filter((need) => !watched.some((metric) => meets(need, metric)))
    .map(({ of, namespace, name }) => `${of}: ${namespace} ${name}`);
}
