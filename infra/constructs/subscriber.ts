import { Duration, Validations } from 'aws-cdk-lib';
import { type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type ITopic, type StringConditions, SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { COUNTER, ENV, SUBSCRIBERS_SERVICE } from '#shared/names.ts';
import {
  type AlarmRow,
  counter,
  type Graph,
  labelled,
  MOST_OF_FIVE,
  type Monitored,
  minutes,
  REPEATED,
} from './monitoring.ts';
import { ServiceFunction, type ServiceFunctionProps, USUAL_TIMEOUT_SECONDS } from './service-function.ts';
import { LONGEST_RETENTION_DAYS, ServiceQueue } from './service-queue.ts';
import type { Stage } from './stage.ts';

export type SubscriberProps = ServiceFunctionProps & {
  /** Part of the construct path, which identifies the queues. Default: the name of the function. */
  subscriberId?: string;
  topic: ITopic;
  /** Which messages reach the queue, by their attributes, which contain no personal data. Default: all messages. */
  filter?: Record<string, AllowedValues>;
  maxConcurrency: number;
  /** How often a message may be received. Default: `RECEIVES_DESPITE_CRASHES`. */
  maxReceiveCount?: number;
  /** Default: 10, which is SQS's limit without a batching window. */
  batchSize?: number;
  /** The alarm fires when the oldest message of the queue waits this long. Default: `NOT_URGENT_SECONDS`. */
  oldestSeconds?: number;
  /** How long the queues keep a message. Default: SQS's longest retention time. */
  retention?: {
    queueDays: number;
    /** Longer, because a message's age counts from the time when it was first sent. */
    setAsideDays: number;
  };
};

/**
 * Crashes and errors count here. The row of a notification decides when to give up on it. A message whose handler waits
 * for a failed dependency is returned to its queue as a new message, and its receives count from zero. On the last
 * receive, the function records the error as a dead letter itself, so that people see what failed and where. Only a message
 * that crashes the function reaches the dead-letter queue.
 */
const RECEIVES_DESPITE_CRASHES = 5;

/** For work that no person and no decision waits for, such as a projection. */
const NOT_URGENT_SECONDS = 3600;

/** The values of an attribute that pass a filter: these, all that begin with the prefix, or all but these. */
export type AllowedValues = readonly string[] | { prefix: string } | { not: readonly string[] };

/**
 * Subscriber = queue + dead-letter queue + filtered subscription with its own dead-letter queue + function. The two
 * dead-letter queues are never shared: a redrive of SQS messages must not include messages that SNS could not deliver.
 * The queues have alarms, and lines in the dashboard's graphs of all queues.
 */
export class Subscriber extends Construct implements Monitored {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly undeliverable: Queue;
  readonly function: ServiceFunction;
  /** Its name in dead letters. */
  readonly subscriberId: string;
  /** Invokes the function with the queue's messages. An operator can pause it. */
  readonly mapping: SqsEventSource;
  /** How long its queue keeps a message. */
  readonly retentionDays: number;
  /** How often its queue delivers a message. */
  readonly maxReceiveCount: number;
  /** How long all receives of a message take that fails on each of them. */
  readonly receivesSeconds: number;
  /** The values of message attributes that it receives. */
  readonly filter: Readonly<Record<string, AllowedValues>>;
  private readonly oldestSeconds: number;

  constructor(scope: Construct, props: SubscriberProps) {
    const {
      stage,
      name,
      timeoutSeconds = USUAL_TIMEOUT_SECONDS,
      topic,
      filter,
      batchSize = 10,
      maxConcurrency,
    } = props;
    const { maxReceiveCount = RECEIVES_DESPITE_CRASHES, retention } = props;

    super(scope, `${props.subscriberId ?? name}-subscriber`);
    this.filter = filter ?? {};
    this.subscriberId = props.subscriberId ?? name;
    this.maxReceiveCount = maxReceiveCount;
    this.retentionDays = retention?.queueDays ?? LONGEST_RETENTION_DAYS;
    this.oldestSeconds = props.oldestSeconds ?? NOT_URGENT_SECONDS;
    // `collect-dead-letters` empties them.
    const visibilityTimeoutSeconds = 6 * USUAL_TIMEOUT_SECONDS;
    const setAside = { stage, retentionDays: retention?.setAsideDays, visibilityTimeoutSeconds };
    this.deadLetterQueue = new ServiceQueue(this, 'dead-letters', setAside);
    this.undeliverable = new ServiceQueue(this, 'undeliverable', setAside);
    // AWS recommends six times the function's timeout, so that no batch is lost when the mapping is throttled.
    const queueTimeoutSeconds = 6 * timeoutSeconds;
    this.receivesSeconds = maxReceiveCount * queueTimeoutSeconds;
    this.queue = new ServiceQueue(this, 'queue', {
      stage,
      retentionDays: retention?.queueDays,
      visibilityTimeoutSeconds: queueTimeoutSeconds,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount },
    });
    topic.addSubscription(
      new SqsSubscription(this.queue, {
        rawMessageDelivery: true,
        ...(filter && { filterPolicy: policyOf(filter) }),
        deadLetterQueue: this.undeliverable,
      }),
    );
    this.function = new ServiceFunction(this, {
      ...props,
      environment: {
        ...props.environment,
        [ENV.ownQueue]: this.queue.queueUrl,
        [ENV.mostReceives]: String(maxReceiveCount),
        [ENV.ownQueueRetentionSeconds]: String(Duration.days(this.retentionDays).toSeconds()),
      },
    });
    this.function.allow(['sqs:SendMessage'], [this.queue.queueArn]);
    this.mapping = new SqsEventSource(this.queue, { batchSize, maxConcurrency, reportBatchItemFailures: true });
    this.function.lambda.addEventSource(this.mapping);
    Validations.of(this.function).acknowledge({
      id: 'Serverless::Serverless-LambdaEventSourceMappingDestination',
      reason:
        'SQS mappings have no failure destination: a batch that keeps failing goes to the dead-letter queue of its queue.',
    });
  }

  alarms(): AlarmRow[] {
    const {
      function: { name },
      oldestSeconds,
    } = this;
    return [
      {
        id: `${name}-queue-old`,
        step: 'queue',
        metric: oldestSecondsIn(this.queue),
        threshold: oldestSeconds,
        readings: MOST_OF_FIVE,
        // Silence is no fault: SQS reports no metric for a queue that was not used for six hours.
        means: `The oldest message for ${name} waits for ${oldestSeconds} seconds or more: recipients get their messages late, or evidence arrives too late.`,
        first: 'Check whether the queue drains after a burst, or whether no message is received from it.',
        runbook: 'queue-old',
      },
      {
        id: `${name}-dead-letters`,
        step: 'queue',
        metric: waitingIn(this.deadLetterQueue),
        readings: MOST_OF_FIVE,
        means: `Messages on which ${name} kept crashing stay in its dead-letter queue, because collect-dead-letters does not record them. So they are not among the dead letters.`,
        first: 'Read "Message of a dead-letter queue not recorded" of collect-dead-letters.',
        runbook: 'dead-letter-queue',
      },
      {
        id: `${name}-undeliverable`,
        step: 'queue',
        metric: waitingIn(this.undeliverable),
        readings: MOST_OF_FIVE,
        means: `Messages that SNS could not deliver to the queue of ${name} stay set aside, because collect-dead-letters does not record them. So they are not among the dead letters.`,
        first: 'Read "Message of a dead-letter queue not recorded" of collect-dead-letters.',
        runbook: 'dead-letter-queue',
      },
    ];
  }

  panel(): Graph[] {
    const { name } = this.function;
    return [
      { step: 'queue', title: 'Oldest message', metrics: [labelled(oldestSecondsIn(this.queue), name)], unit: 's' },
      { step: 'queue', title: 'Messages waiting', metrics: [labelled(waitingIn(this.queue), name)] },
      {
        step: 'set-aside',
        title: 'Dead-letter queues',
        metrics: [
          labelled(waitingIn(this.deadLetterQueue), `${name}: crashed`),
          labelled(waitingIn(this.undeliverable), `${name}: not delivered`),
        ],
      },
    ];
  }
}

const policyOf = (filter: Record<string, AllowedValues>): Record<string, SubscriptionFilter> =>
  Object.fromEntries(
    Object.entries(filter).map(([attribute, values]) => [
      attribute,
      SubscriptionFilter.stringFilter(conditionsOf(values)),
    ]),
  );

function conditionsOf(values: AllowedValues): StringConditions {
  if ('prefix' in values) return { matchPrefixes: [values.prefix] };
  return 'not' in values ? { denylist: [...values.not] } : { allowlist: [...values] };
}

const highest = { statistic: Stats.MAXIMUM, period: minutes(1) };
const oldestSecondsIn = (queue: IQueue) => queue.metricApproximateAgeOfOldestMessage(highest);
const waitingIn = (queue: IQueue) => queue.metricApproximateNumberOfMessagesVisible(highest);

/**
 * Messages that any subscriber returned to its queue. A returned message starts with a new age in its queue, so the age
 * of the oldest message does not show an outage. During an outage, a message is returned at least every fifteen minutes.
 */
export class ReturnedMessages extends Construct implements Monitored {
  private readonly returned: Metric;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    this.returned = counter(stage, COUNTER.messageReturned, SUBSCRIBERS_SERVICE);
  }

  alarms(): AlarmRow[] {
    return [
      {
        id: 'messages-returned',
        step: 'return',
        metric: this.returned.with({ period: minutes(15) }),
        readings: REPEATED,
        means:
          'Messages wait in their queues because a dependency is not available: the table, a key, a secret or a permission. They are late; none is lost while the queues retain them.',
        first: 'Read the error in "Message returned to its queue"; it names the dependency.',
        runbook: 'messages-returned',
      },
    ];
  }

  panel(): Graph[] {
    return [
      {
        step: 'return',
        title: 'Returned because a dependency is not available',
        metrics: [labelled(this.returned, 'returned to their queues')],
      },
    ];
  }
}
