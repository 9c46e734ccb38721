import { Stack, Validations } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import { ENV, FUNCTION } from '#shared/names.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { Subscriber } from '../constructs/subscriber.ts';
import type { Platform } from './platform.ts';

/** Drains the dead-letter queues of all subscribers into the table, so that their retention does not matter. */
export class DeadLetterCollection extends ServiceFunction {
  constructor(scope: Construct, { stage, table, secret, mail }: Platform, subscribers: readonly Subscriber[]) {
    super(scope, {
      stage,
      name: FUNCTION.collectDeadLetters,
      memoryMb: 256,
      environment: {
        ...table.environment,
        ...secret.environment,
        ...mail.provider,
        [ENV.deadLetterQueues]: Stack.of(scope).toJsonString(
          subscribers.map(({ subscriberId, maxReceiveCount, deadLetterQueue, undeliverable }) => ({
            subscriber: subscriberId,
            receives: maxReceiveCount,
            dead: deadLetterQueue.queueName,
            undeliverable: undeliverable.queueName,
          })),
        ),
      },
    });
    this.allow(['dynamodb:UpdateItem'], [table.arn]);
    // The key of recipient keys.
    secret.allowReading(this);
    for (const { deadLetterQueue, undeliverable } of subscribers) {
      for (const queue of [deadLetterQueue, undeliverable])
        this.lambda.addEventSource(
          new SqsEventSource(queue, { batchSize: 10, maxConcurrency: 2, reportBatchItemFailures: true }),
        );
    }
    Validations.of(this).acknowledge({
      id: 'Serverless::Serverless-LambdaEventSourceMappingDestination',
      reason: 'A message that cannot be recorded stays in its dead-letter queue and is received again.',
    });
  }
}
