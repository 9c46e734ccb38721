import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import { ENV, FUNCTION, INDEX } from '#shared/names.ts';
import { everyMinute, silentAlarm } from '../constructs/every-minute.ts';
import type { AlarmRow } from '../constructs/monitoring.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { Subscriber } from '../constructs/subscriber.ts';
import type { Platform } from './platform.ts';

/** Longer than a minute, so that each invocation hands over to the next one. */
const TIMEOUT_SECONDS = 90;

/** The change of a redrive's row by which it is started or resumed. A test compares it with such rows. */
const STARTED = {
  eventName: FilterRule.isEqual('MODIFY'),
  dynamodb: {
    NewImage: {
      type: { S: FilterRule.isEqual('redrive') },
      state: { M: { status: { S: FilterRule.isEqual('running') } } },
    },
    OldImage: { state: { M: { status: { S: FilterRule.or('planned', 'paused') } } } },
  },
};

/** A message that fails on its last receive becomes a dead letter within this time. */
const COLLECTING_SECONDS = 60;

/**
 * Sends dead letters to their subscribers again. It can change the table, and send to the queues of subscribers. It
 * cannot publish to the topic or call a provider, so no other subscriber gets a message again. What has no queue becomes
 * due in the table, and `wake-due` continues it.
 */
export class Redrives extends ServiceFunction {
  constructor(scope: Construct, { stage, table }: Platform, subscribers: readonly Subscriber[]) {
    const { outboxGraceSeconds, redriveWaitSeconds } = stage.settings.timing;
    super(scope, {
      stage,
      name: FUNCTION.runRedrive,
      timeoutSeconds: TIMEOUT_SECONDS,
      memoryMb: 1024,
      environment: {
        ...table.environment,
        [ENV.outboxGraceSeconds]: String(outboxGraceSeconds),
        [ENV.redriveWaitSeconds]: String(
          Math.max(
            redriveWaitSeconds,
            ...subscribers.map(({ receivesSeconds }) => receivesSeconds + COLLECTING_SECONDS),
          ),
        ),
        [ENV.subscriberQueues]: Stack.of(scope).toJsonString(
          subscribers.map(({ subscriberId, queue }) => ({ subscriber: subscriberId, url: queue.queueUrl })),
        ),
      },
    });
    this.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:UpdateItem', 'dynamodb:PutItem'], [table.arn]);
    // A notification is redriven only if no fallback was requested.
    this.allow(['dynamodb:ConditionCheckItem'], [table.arn]);
    this.allow(['dynamodb:Query'], [`${table.arn}/index/${INDEX.due}`]);
    this.allow(
      ['sqs:SendMessage'],
      subscribers.map(({ queue }) => queue.queueArn),
    );
    this.lambda.addEventSource(
      new DynamoEventSource(table.table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 10,
        // What a lost record would have started begins within a minute.
        retryAttempts: 0,
        maxRecordAge: Duration.minutes(1),
        filters: [FilterCriteria.filter(STARTED)],
      }),
    );
    Validations.of(this).acknowledge({
      id: 'Serverless::Serverless-LambdaEventSourceMappingDestination',
      reason: 'A lost record carries no data: the schedule continues the redrive within a minute.',
    });
    everyMinute(this, this, 'Continues redrives. It ends at once if none is due.');
  }

  override alarms(): AlarmRow[] {
    return [silentAlarm(this, 'Redrives wait. Nothing else does.'), ...super.alarms()];
  }
}
