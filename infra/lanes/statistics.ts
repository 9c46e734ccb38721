import { SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { ENV, FUNCTION, MESSAGE_ATTRIBUTE, NOTIFICATION_MESSAGE, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { Subscriber } from '../constructs/subscriber.ts';
import type { Platform } from './platform.ts';

/** Events of notifications for the statistics. This function only marks what `wake-due` counts. */
export class Statistics extends Subscriber {
  constructor(scope: Construct, { stage, table, topic }: Platform) {
    super(scope, {
      stage,
      name: FUNCTION.projectStatistics,
      timeoutSeconds: 10,
      memoryMb: 256,
      environment: { [ENV.table]: table.name },
      topic,
      filter: {
        [MESSAGE_ATTRIBUTE.type]: SubscriptionFilter.stringFilter({
          allowlist: [NOTIFICATION_REQUESTED, ...Object.values(NOTIFICATION_MESSAGE)],
        }),
      },
      batchSize: 10,
      maxConcurrency: 2,
    });
    this.function.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [table.arn]);
  }
}
