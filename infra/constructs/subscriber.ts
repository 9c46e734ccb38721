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
  /** Which messages reach the queue, by their attributes, which contain no personal data. Default: all messages. */
  filter?: Record<string, SubscriptionFilter>;
  maxConcurrency: number;
  /** How often a message may be received. Default: `RECEIVES_DESPITE_CRASHES`. */
  maxReceiveCount?: number;
  batchSize: number;
  /** How long the queues keep a message. Default: SQS's longest retention time. */
  retention?: {
    queueDays: number;
    /** Longer, because a message's age counts from the time when it was first sent. */
    setAsideDays: number;
  };
};

/**
 * Only crashes count here. The row of a notification decides when to give up on it. A message whose handler waits for a
 * failed dependency is returned to its queue as a new message, and its receives count from zero.
 */
const RECEIVES_DESPITE_CRASHES = 5;

/**
 * Subscriber = queue + dead-letter queue + filtered subscription with its own dead-letter queue + function. The two
 * dead-letter queues are never shared: a redrive of SQS messages must not include messages that SNS could not deliver.
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
      // AWS recommends six times the function's timeout, so that no batch is lost when the mapping is throttled.
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
