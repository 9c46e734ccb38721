import { SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { ENV, MESSAGE_ATTRIBUTE } from '#shared/names.ts';
import { dueTimesOf } from '../constructs/stage.ts';
import { Subscriber } from '../constructs/subscriber.ts';
import { EXECUTOR_ACTIONS } from '../constructs/table.ts';
import type { Platform } from './platform.ts';

/** A subscriber whose handler is made with `commandSubscriber`: each message of these types is one command. */
export class CommandSubscriber extends Subscriber {
  constructor(
    scope: Construct,
    { stage, table, topic }: Platform,
    { name, types }: { name: string; types: readonly string[] },
  ) {
    super(scope, {
      stage,
      name,
      timeoutSeconds: 10,
      memoryMb: 512,
      environment: { [ENV.table]: table.name, ...dueTimesOf(stage) },
      topic,
      filter: { [MESSAGE_ATTRIBUTE.type]: SubscriptionFilter.stringFilter({ allowlist: [...types] }) },
      batchSize: 10,
      maxConcurrency: 2,
    });
    this.function.allow([...EXECUTOR_ACTIONS], [table.arn]);
  }
}
