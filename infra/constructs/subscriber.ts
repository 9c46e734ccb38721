import { Duration, Validations } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ITopic, SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ServiceFunction, type ServiceFunctionProps } from './service-function.ts';

export type SubscriberProps = ServiceFunctionProps & {
  topic: ITopic;
  /** Which messages reach the queue, by their attributes, which carry no personal data; all, if not given. */
  filter?: Record<string, SubscriptionFilter>;
  maxConcurrency: number;
  batchSize: number;
};

/** Crashes only: whether to give up on a notification is decided from its row. */
const MAX_RECEIVE_COUNT = 5;

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
    super(scope, `${props.name}-subscriber`);
    this.deadLetterQueue = this.keep('dead-letters');
    this.undeliverable = this.keep('undeliverable');
    this.queue = new Queue(this, 'queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      // AWS asks for six times the function's timeout, so that a throttled mapping loses no batch.
      visibilityTimeout: Duration.seconds(6 * props.timeoutSeconds),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    props.topic.addSubscription(
      new SqsSubscription(this.queue, {
        rawMessageDelivery: true,
        ...(props.filter && { filterPolicy: props.filter }),
        deadLetterQueue: this.undeliverable,
      }),
    );
    this.function = new ServiceFunction(this, props);
    this.function.lambda.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: props.batchSize,
        maxConcurrency: props.maxConcurrency,
        reportBatchItemFailures: true,
      }),
    );
    Validations.of(this.function).acknowledge({
      id: 'Serverless::Serverless-LambdaEventSourceMappingDestination',
      reason: 'SQS mappings have none: a batch that keeps failing goes to the dead-letter queue of its queue.',
    });
  }

  private keep(id: string): Queue {
    const queue = new Queue(this, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(queue).acknowledge(
      { id: 'AwsSolutions::AwsSolutions-SQS3', reason: 'It is a dead-letter queue itself.' },
      { id: 'Serverless::Serverless-SQSRedrivePolicy', reason: 'It is a dead-letter queue itself.' },
    );
    return queue;
  }
}
