import { Validations } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { ATTACHMENT_RELEASED, ENV, FUNCTION, MESSAGE_ATTRIBUTE } from '#shared/names.ts';
import { LiveChannels } from '../constructs/live-channels.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import { ServiceQueue } from '../constructs/service-queue.ts';
import type { Tokens } from '../constructs/tokens.ts';
import type { Platform } from './platform.ts';

/** SQS's shortest retention. A hint that is older is of no use, because pages have read by themselves. */
const HINT_SECONDS = 60;

/** Two calls of two seconds, one after the other, and a start. */
const TIMEOUT_SECONDS = 5;

/** SQS hands a batch over at once. So a batch is full under load only, and then one event announces ten messages. */
const BATCH = 10;

/**
 * Announces every message to the pages of its tenant (decision 58). It is no `Subscriber`: a hint may be lost, so it has no
 * dead-letter queue, no record and no redrive, and an operator does not pause it.
 */
export class Hints extends Construct {
  readonly channels: LiveChannels;

  constructor(scope: Construct, id: string, { stage, topic, tokens }: Platform & { tokens: Tokens }) {
    super(scope, id);
    this.channels = new LiveChannels(this, 'live', { stage, tokens });
    const reason = 'A hint may be lost: a page that gets none reads again by itself.';
    const queue = new ServiceQueue(this, 'queue', {
      stage,
      visibilityTimeoutSeconds: 6 * TIMEOUT_SECONDS,
      lossy: { retentionSeconds: HINT_SECONDS, reason },
    });
    topic.addSubscription(
      new SqsSubscription(queue, {
        rawMessageDelivery: true,
        filterPolicy: {
          // Nothing that a page shows.
          [MESSAGE_ATTRIBUTE.type]: SubscriptionFilter.stringFilter({ denylist: [ATTACHMENT_RELEASED] }),
        },
      }),
    );
    const publishing = new ServiceFunction(this, {
      stage,
      name: FUNCTION.publishHints,
      timeoutSeconds: TIMEOUT_SECONDS,
      memoryMb: 256,
      environment: { [ENV.hintsUrl]: this.channels.publishUrl },
    });
    publishing.allow(['appsync:EventPublish'], [this.channels.arn]);
    publishing.lambda.addEventSource(new SqsEventSource(queue, { batchSize: BATCH, maxConcurrency: 2 }));
    Validations.of(this).acknowledge(
      { id: 'Serverless::Serverless-SNSRedrivePolicy', reason },
      { id: 'Serverless::Serverless-LambdaEventSourceMappingDestination', reason },
    );
  }
}
