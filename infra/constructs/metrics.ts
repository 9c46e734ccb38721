import { Duration } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import {
  type Channel,
  CIRCUIT_GAUGE,
  COUNTER,
  FUNCTION,
  GAUGE,
  METRIC_DIMENSION,
  metricsNamespaceOf,
  OUTBOX_SERVICE,
  SUBSCRIBERS_SERVICE,
} from '#shared/names.ts';
import type { Mail } from './mail.ts';
import type { ServiceFunction } from './service-function.ts';
import type { Stage } from './stage.ts';
import type { Subscriber } from './subscriber.ts';
import type { CounterfoilTable } from './table.ts';
import type { TextMessages } from './text-messages.ts';

/** The parts that alarms and dashboard observe, in the order in which a message passes through them. */
export type Watched = {
  stage: Stage;
  api: IHttpApi;
  table: CounterfoilTable;
  relay: ServiceFunction;
  topic: ITopic;
  mail: Mail;
  emailSender: Subscriber;
  smsSender: Subscriber;
  release: Subscriber;
  statistics: Subscriber;
  feedback: Subscriber;
  texts: TextMessages;
  /** Absent if the gateway for text messages reports no events. */
  smsFeedback?: Subscriber;
  wakeDue: ServiceFunction;
  /** Every function of the stage. */
  functions: ServiceFunction[];
};

const minutes = (count: number): Duration => Duration.minutes(count);

/** `AWS/ApiGateway`, dimension `ApiId`: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
export function apiMetrics({ api: { apiId } }: Pick<Watched, 'api'>) {
  const metric = (metricName: string, statistic: string): Metric =>
    new Metric({
      namespace: 'AWS/ApiGateway',
      metricName,
      dimensionsMap: { ApiId: apiId },
      statistic,
      period: minutes(5),
    });
  const requests = metric('Count', Stats.SAMPLE_COUNT);
  const [serverErrors, clientErrors] = [metric('5xx', Stats.SUM), metric('4xx', Stats.SUM)];
  return {
    requests,
    serverErrorPercent: new MathExpression({
      expression: '100 * serverErrors / requests',
      usingMetrics: { serverErrors, requests },
      label: '5xx, percent of requests',
      period: minutes(5),
    }),
    clientErrorPercent: new MathExpression({
      // The percentage of a few requests says nothing about other callers.
      expression: 'IF(requests >= 20, 100 * clientErrors / requests, 0)',
      usingMetrics: { clientErrors, requests },
      label: '4xx, percent of at least 20 requests',
      period: minutes(5),
    }),
    latency: (statistic: string) => metric('Latency', statistic),
  };
}

/**
 * `AWS/DynamoDB`: throttling by table, and by table and index, because the table's metric does not include its indexes.
 * Faults of the service exist by table and operation only.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
export function tableMetrics({ table }: Pick<Watched, 'table'>) {
  const metric = (metricName: string, further: Record<string, string> = {}): Metric =>
    new Metric({
      namespace: 'AWS/DynamoDB',
      metricName,
      dimensionsMap: { TableName: table.tableName, ...further },
      statistic: Stats.SUM,
      period: minutes(1),
    });
  return {
    readThrottles: metric('ReadThrottleEvents'),
    writeThrottles: metric('WriteThrottleEvents'),
    indexWriteThrottles: (index: string) => metric('WriteThrottleEvents', { GlobalSecondaryIndexName: index }),
    commitFaults: metric('SystemErrors', { Operation: 'TransactWriteItems' }),
    conflicts: metric('TransactionConflict').with({ statistic: Stats.SAMPLE_COUNT }),
  };
}

/** `AWS/SNS`, dimension `TopicName`. */
export function topicMetrics({ topicName }: ITopic) {
  const metric = (metricName: string): Metric =>
    new Metric({
      namespace: 'AWS/SNS',
      metricName,
      dimensionsMap: { TopicName: topicName },
      statistic: Stats.SUM,
      period: minutes(5),
    });
  return {
    published: metric('NumberOfMessagesPublished'),
    delivered: metric('NumberOfNotificationsDelivered'),
    failed: metric('NumberOfNotificationsFailed'),
    setAside: metric('NumberOfNotificationsRedrivenToDlq'),
    lost: metric('NumberOfNotificationsFailedToRedriveToDlq'),
  };
}

export function queueMetrics(queue: IQueue) {
  const highest = { statistic: Stats.MAXIMUM, period: minutes(1) };
  return {
    oldestSeconds: queue.metricApproximateAgeOfOldestMessage(highest),
    waiting: queue.metricApproximateNumberOfMessagesVisible(highest),
  };
}

export function functionMetrics({ lambda }: ServiceFunction) {
  const period = minutes(5);
  return {
    errors: lambda.metricErrors({ period }),
    throttles: lambda.metricThrottles({ period }),
    invocations: lambda.metricInvocations({ period }),
    /** Age of the stream's records when the function reads them. */
    iteratorAgeMs: lambda.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: minutes(1) }),
    slowestMs: lambda.metricDuration({ statistic: Stats.MAXIMUM, period }),
  };
}

/**
 * `AWS/SES`, without a dimension: the rates of the account, because SES pauses accounts. The stage's own share has the
 * configuration set as its dimension.
 */
export function mailMetrics({ mail }: Pick<Watched, 'mail'>) {
  const metric = (metricName: string, dimensionsMap: Record<string, string> = {}): Metric =>
    new Metric({ namespace: 'AWS/SES', metricName, dimensionsMap, statistic: Stats.MAXIMUM, period: minutes(15) });
  const ownSet = { 'ses:configuration-set': mail.configurationSetName };
  return {
    bounceRate: metric('Reputation.BounceRate'),
    complaintRate: metric('Reputation.ComplaintRate'),
    ownBounceRate: metric('Reputation.BounceRate', ownSet),
    ownComplaintRate: metric('Reputation.ComplaintRate', ownSet),
  };
}

/** Metrics that the functions write with Powertools: namespace of the stage, dimension `service`. */
export function ownMetrics({ stage }: Pick<Watched, 'stage'>) {
  const metric = (metricName: string, service: string, statistic: string, period: Duration): Metric =>
    new Metric({
      namespace: metricsNamespaceOf(stage.name),
      metricName,
      dimensionsMap: { [METRIC_DIMENSION]: service },
      statistic,
      period,
    });
  const gauge = (name: string): Metric => metric(name, FUNCTION.wakeDue, Stats.MAXIMUM, minutes(1));
  const counter = (name: string, service: string): Metric => metric(name, service, Stats.SUM, minutes(5));
  return {
    count: (kind: keyof typeof GAUGE) => gauge(GAUGE[kind].count),
    oldestOverdueSeconds: (kind: keyof typeof GAUGE) => gauge(GAUGE[kind].oldestOverdueSeconds),
    outboxWoken: counter(COUNTER.outboxWoken, FUNCTION.wakeDue),
    dueUnreadable: counter(COUNTER.dueUnreadable, FUNCTION.wakeDue),
    publishFailed: counter(COUNTER.publishFailed, OUTBOX_SERVICE),
    doubled: counter(COUNTER.notificationDoubled, OUTBOX_SERVICE),
    failed: counter(COUNTER.notificationFailed, OUTBOX_SERVICE),
    undocumented: (feedback: Subscriber) => counter(COUNTER.feedbackUndocumented, feedback.function.name),
    unattributed: (feedback: Subscriber) => counter(COUNTER.feedbackUnattributed, feedback.function.name),
    returned: counter(COUNTER.messageReturned, SUBSCRIBERS_SERVICE),
    deferred: (sender: Subscriber) => counter(COUNTER.providerDeferred, sender.function.name),
    deferredForPermission: (sender: Subscriber) => counter(COUNTER.deferredForPermission, sender.function.name),
    circuitOpen: (channel: Channel) => gauge(CIRCUIT_GAUGE[channel]),
  };
}
