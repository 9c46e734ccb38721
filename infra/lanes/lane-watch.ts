import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV, FUNCTION, INDEX, PAUSE_GAUGE } from '#shared/names.ts';
import { everyMinute, silentAlarm } from '../constructs/every-minute.ts';
import { type AlarmRow, FAULT, type Graph, gauge, labelled, MOST_OF_FIVE } from '../constructs/monitoring.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import { LONGEST_RETENTION_DAYS } from '../constructs/service-queue.ts';
import type { Stage } from '../constructs/stage.ts';
import type { Subscriber } from '../constructs/subscriber.ts';
import type { Platform } from './platform.ts';

/** An hour: a pause is an action of minutes. A longer one is forgotten, or an outage that others should know of. */
const LONG_PAUSE_SECONDS = 3600;

/** Half of the retention: days are left for a person to act. */
const USED_PERCENT = 50;

/**
 * Pauses and resumes subscribers, and measures all lanes. It is the only function that may change an event source
 * mapping, and it may change only those of subscribers.
 */
export class LaneWatch extends ServiceFunction {
  private readonly stage: Stage;

  constructor(scope: Construct, { stage, table }: Platform, subscribers: readonly Subscriber[]) {
    super(scope, {
      stage,
      name: FUNCTION.watchLanes,
      timeoutSeconds: 60,
      memoryMb: 256,
      environment: {
        ...table.environment,
        [ENV.pauseCheckSeconds]: String(stage.settings.timing.pauseCheckSeconds),
        [ENV.anyQueue]: subscribers[0]?.queue.queueUrl ?? '',
        [ENV.subscribers]: Stack.of(scope).toJsonString(subscribers.map(watchedOf)),
      },
    });
    this.stage = stage;
    this.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:PutItem', 'dynamodb:Query'], [table.arn]);
    this.allow(['dynamodb:Query'], [`${table.arn}/index/${INDEX.due}`]);
    this.allow(
      ['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'],
      subscribers.map(({ mapping }) => mapping.eventSourceMappingArn),
    );
    this.allow(
      ['sqs:GetQueueAttributes'],
      subscribers.map(({ queue }) => queue.queueArn),
    );
    everyMinute(this, this, 'Applies pauses of subscribers, and measures all lanes.');
  }

  override alarms(): AlarmRow[] {
    const { oldestSeconds, retentionUsed } = this.gauges;
    return [
      silentAlarm(this, 'Subscribers are neither paused nor resumed, and the status of the lanes gets old.'),
      {
        id: 'pause-lasts',
        step: 'queue',
        metric: oldestSeconds,
        threshold: LONG_PAUSE_SECONDS,
        readings: MOST_OF_FIVE,
        silence: FAULT,
        means: `A subscriber is paused for ${LONG_PAUSE_SECONDS} seconds or more, so its messages wait; or watch-lanes reports no metrics.`,
        first: 'Read who paused it and why: GET /subscribers. Resume it, or ask the owner.',
        runbook: 'pause-lasts',
      },
      {
        id: 'pause-loses-messages',
        step: 'queue',
        metric: retentionUsed,
        threshold: USED_PERCENT,
        readings: MOST_OF_FIVE,
        silence: FAULT,
        means: `Messages of a paused subscriber may have waited for ${USED_PERCENT} % of the time that their queue keeps them, in this pause and before it. At 100 %, SQS begins to delete messages that were never handled. Or watch-lanes reports no metrics.`,
        first: 'Resume the subscriber before losesMessagesFrom in GET /subscribers.',
        runbook: 'pause-lasts',
      },
      ...super.alarms(),
    ];
  }

  override panel(): Graph[] {
    const { count, oldestSeconds, retentionUsed } = this.gauges;
    return [
      { step: 'queue', title: 'Paused subscribers', metrics: [labelled(count, 'paused')] },
      {
        step: 'queue',
        title: 'Longest pause',
        metrics: [labelled(oldestSeconds, 'longest pause')],
        unit: 's',
      },
      {
        step: 'queue',
        title: 'Share of the retention that a pause has used',
        metrics: [labelled(retentionUsed, 'most used')],
        unit: '%',
      },
      ...super.panel(),
    ];
  }

  private get gauges() {
    const of = (name: string) => gauge(this.stage, name, FUNCTION.watchLanes);
    return {
      count: of(PAUSE_GAUGE.count),
      oldestSeconds: of(PAUSE_GAUGE.oldestSeconds),
      retentionUsed: of(PAUSE_GAUGE.retentionUsed),
    };
  }
}

/** Short: see `watchedSubscribers`. */
const watchedOf = ({ function: { name }, subscriberId, queue, mapping, retentionDays }: Subscriber) => ({
  name,
  queue: queue.queueName,
  mapping: mapping.eventSourceMappingId,
  ...(subscriberId !== name && { id: subscriberId }),
  ...(retentionDays !== LONGEST_RETENTION_DAYS && { days: retentionDays }),
});
