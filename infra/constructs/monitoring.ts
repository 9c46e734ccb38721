import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type IMetric,
  type MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { type CounterName, FUNCTION, METRIC_DIMENSION, metricsNamespaceOf } from '#shared/names.ts';
import type { Stage } from './stage.ts';

/**
 * The way of a message through a stage: one section of the dashboard each, with the values that are expected. Alarms
 * and graphs are in the order of these steps.
 */
export const SECTIONS = [
  {
    steps: ['api'],
    heading: '1. The API accepts it',
    good: 'No 5xx. 4xx are mistakes of clients: few, and not from all clients at once. p99 is below a second, except for cold starts.',
  },
  {
    steps: ['commit'],
    heading: '2. It is committed',
    good: 'No throttling, no faults. A conflict means two commands for one order at the same time; the executor decides again.',
  },
  {
    steps: ['relay', 'topic'],
    heading: '3. It is relayed',
    good: 'The stream is read within a second or two. The slow lane has nothing to publish, and SNS delivers every published message.',
  },
  {
    steps: ['queue', 'return'],
    heading: '4. It waits in a queue',
    good: "Messages wait for seconds. After a burst, a sender's queue drains at the account's rate, and the age of the oldest message grows until then.",
  },
  {
    steps: ['deferral', 'permission', 'circuit', 'outcome', 'reputation'],
    heading: '5. It is sent',
    good: 'Nothing is deferred, hardly anything is rejected, nothing is doubled. Bounces are below 5 %, complaints below 0.1 %.',
  },
  {
    steps: ['feedback'],
    heading: '6. Its provider reports the outcome',
    good: 'There are as many events as e-mails, and they are delivered immediately. Unknown outcomes are few, and are settled within an hour.',
  },
  {
    steps: ['wake'],
    heading: '7. Due rows are woken',
    good: 'Nothing is overdue for longer than a minute. A gap in these lines is a fault: wake-due reported no metrics.',
  },
  {
    steps: ['set-aside'],
    heading: '8. Dead letters',
    good: 'None. Each of them may be a message to a customer, and waits until a person deals with it.',
  },
  {
    steps: ['function'],
    heading: '9. The functions',
    good: 'No errors, no throttling. wake-due runs for most of its minute. Senders wait for the rate limit; all other functions run for less than a second.',
  },
] as const satisfies { steps: string[]; heading: string; good: string }[];

/** A step of the way of a message. */
export type Step = (typeof SECTIONS)[number]['steps'][number];

/** One alarm. A person reads its description first, so the description contains `means`, `first` and `runbook`. */
export type AlarmRow = {
  id: string;
  step: Step;
  metric: IMetric;
  /** Default: at least the threshold. */
  comparison?: ComparisonOperator;
  /** Default: 1. */
  threshold?: number;
  /** The alarm fires when this many of the last readings breach. A reading is one period of the metric. */
  readings: [breaching: number, of: number];
  /** How missing readings are treated. Default: `QUIET`. */
  silence?: TreatMissingData;
  /** What the alarm means to customers. */
  means: string;
  /** What to do first. */
  first: string;
  /** Heading in docs/how-to/runbooks.md. */
  runbook: string;
  /** A function that the alarm invokes when it fires and when it ends, in addition to the mails. */
  invokes?: LambdaFunction;
};

/** A graph of the dashboard. Graphs with the same title in one section are one graph with the lines of all. */
export type Graph = { step: Step; title: string; metrics: IMetric[]; unit?: string };

/**
 * A part of a stage that defines its own alarms and graphs. `Alarms` and `StageDashboard` find every part in the tree
 * of constructs, so no list has to be changed for a new one. No metric has the tenant as a dimension: it would cost per
 * tenant, and show tenants' names where they do not belong.
 */
export interface Monitored {
  alarms(): AlarmRow[];
  panel(): Graph[];
}

/** All monitored parts below a construct, in the order in which they were created. */
export const monitoredIn = (scope: IConstruct): Monitored[] => scope.node.findAll().filter(isMonitored);

const isMonitored = (construct: IConstruct): construct is IConstruct & Monitored =>
  'alarms' in construct && 'panel' in construct;

const STEPS: readonly Step[] = SECTIONS.flatMap(({ steps }) => steps);

/** Sorts by step. Within one step, the order stays. */
export const inOrder = <Placed extends { step: Step }>(placed: Placed[]): Placed[] =>
  placed.toSorted((one, other) => STEPS.indexOf(one.step) - STEPS.indexOf(other.step));

export const { GREATER_THAN_THRESHOLD: ABOVE, LESS_THAN_THRESHOLD: BELOW } = ComparisonOperator;

/** A missing figure is a fault by itself, because the measurement has stopped. */
export const FAULT = TreatMissingData.BREACHING;
/** A missing figure is normal: a service reports nothing when nothing happens. */
export const QUIET = TreatMissingData.NOT_BREACHING;
/** The last figure is valid until the next one. */
export const AS_BEFORE = TreatMissingData.IGNORE;

/** Three of five minutes. This tolerates a tick that is late and one that falls into the minute of its neighbour. */
export const MOST_OF_FIVE: [number, number] = [3, 5];
/** Two of three readings, so that a single accident raises no alarm. */
export const REPEATED: [number, number] = [2, 3];
/** For failures of work that is retried at least every five minutes, plus a jitter per row. */
export const KEEPS_FAILING: [number, number] = [3, 4];
export const AT_ONCE: [number, number] = [1, 1];

export const minutes = (count: number): Duration => Duration.minutes(count);

/** The metric under a name for the legend of a graph. */
export const labelled = (metric: Metric | MathExpression, label: string): IMetric => metric.with({ label });

/** A metric that the functions write with Powertools: namespace of the stage, dimension `service`. */
const ownMetric = (stage: Stage, metricName: string, service: string, statistic: string, period: Duration): Metric =>
  new Metric({
    namespace: metricsNamespaceOf(stage.name),
    metricName,
    dimensionsMap: { [METRIC_DIMENSION]: service },
    statistic,
    period,
  });

/** A figure that is reported every minute. @param service the function that reports it. */
export const gauge = (stage: Stage, name: string, service: string = FUNCTION.wakeDue): Metric =>
  ownMetric(stage, name, service, Stats.MAXIMUM, minutes(1));

/** A figure that is reported only when the event happens. @param service the function that reports it, or a name for several. */
export const counter = (stage: Stage, name: CounterName, service: string): Metric =>
  ownMetric(stage, name, service, Stats.SUM, minutes(5));
