import { Duration, Validations } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ITopic, SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV } from '#shared/names.ts';
import { ServiceFunction, type ServiceFunctionProps } from './service-function.ts';
import { LONGEST_RETENTION_DAYS, ServiceQueue } from './service-queue.ts';

export type SubscriberProps = ServiceFunctionProps & {
  topic: ITopic;
  /** Which messages reach the queue, by their attributes, which carry no personal data; all, if not given. */
  filter?: Record<string, SubscriptionFilter>;
  maxConcurrency: number;
  /** How often a message may be received; not given: as often as crashes are worth. */
  maxReceiveCount?: number;
  batchSize: number;
  /** How long its queues keep a message; not given: as long as SQS can. */
  retention?: {
    queueDays: number;
    /** Longer, since a message's age counts from when it was first sent. */
    setAsideDays: number;
  };
};

/**
 * Crashes only: whether to give up on a notification is decided from its row, and a message whose handling waits for
 * something that is away is returned to the queue, where it counts anew.
 */
const RECEIVES_DESPITE_CRASHES = 5;

/**
 * Subscriber = queue + dead-letter queue + filtered subscription with its own dead-letter queue +
 * function. The two dead-letter queues are never shared: a redrive of SQS messages must not meet
 * what SNS could not deliver.
 */
export class Subscriber extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly undeliverable: Queue;
  readonly function: ServiceFunction;

  constructor(scope: Construct, props: SubscriberProps) {
    const { stage, name, timeoutSeconds, topic, filter, batchSize, maxConcurrency } = props;
    const { maxReceiveCount = RECEIVES_DESPITE_CRASHES, retention } = props;
    super(scope, `${name}-subscriber`);
    this.deadLetterQueue = new ServiceQueue(this, 'dead-letters', { stage, retentionDays: retention?.setAsideDays });
    this.undeliverable = new ServiceQueue(this, 'undeliverable', { stage, retentionDays: retention?.setAsideDays });
    this.queue = new ServiceQueue(this, 'queue', {
      stage,
      retentionDays: retention?.queueDays,
      // AWS asks for six times the function's timeout, so that a throttled mapping loses no batch.
      visibilityTimeoutSeconds: 6 * timeoutSeconds,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount },
    });
    topic.addSubscription(
      new SqsSubscription(this.queue, {
        rawMessageDelivery: true,
        ...(filter && { filterPolicy: filter }),
        deadLetterQueue: this.undeliverable,
      }),
    );
    this.function = new ServiceFunction(this, {
      ...props,
      environment: {
        ...props.environment,
        [ENV.ownQueue]: this.queue.queueUrl,
        [ENV.ownQueueRetentionSeconds]: String(
          Duration.days(retention?.queueDays ?? LONGEST_RETENTION_DAYS).toSeconds(),
        ),
      },
    });
    this.function.allow(['sqs:SendMessage'], [this.queue.queueArn]);
    this.function.lambda.addEventSource(
      new SqsEventSource(this.queue, { batchSize, maxConcurrency, reportBatchItemFailures: true }),
    );
    Validations.of(this.function).acknowledge({
      id: 'Serverless::Serverless-LambdaEventSourceMappingDestination',
      reason: 'SQS mappings have none: a batch that keeps failing goes to the dead-letter queue of its queue.',
    });
  }
}
