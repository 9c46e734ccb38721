import { Duration, Validations } from 'aws-cdk-lib';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import { ATTRIBUTE, COUNTER, ENV, FUNCTION, OUTBOX_SERVICE, SORT_KEY } from '#shared/names.ts';
import {
  type AlarmRow,
  AT_ONCE,
  counter,
  type Graph,
  KEEPS_FAILING,
  labelled,
  MOST_OF_FIVE,
  minutes,
} from '../constructs/monitoring.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { MessageTopic } from '../constructs/service-topic.ts';
import type { Stage } from '../constructs/stage.ts';
import type { Platform } from './platform.ts';
import { NOT_SENT } from './sender.ts';

/**
 * The fast lane of the outbox: publishes rows that arrive by the stream. Its alarms and graphs include what the slow
 * lane counts when it publishes.
 */
export class Relay extends ServiceFunction {
  private readonly stage: Stage;
  private readonly topic: MessageTopic;

  constructor(scope: Construct, { stage, table, topic }: Platform) {
    super(scope, {
      stage,
      name: FUNCTION.relayOutbox,
      timeoutSeconds: 30,
      environment: { ...table.environment, [ENV.topic]: topic.topicArn },
    });
    this.stage = stage;
    this.topic = topic;
    this.allow(['dynamodb:UpdateItem'], [table.arn]);
    this.allow(['sns:Publish'], [topic.topicArn]);
    this.lambda.addEventSource(
      new DynamoEventSource(table.table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        parallelizationFactor: 10,
        // The row of a failed record is still in the due index, so the stream does not have to wait for it.
        retryAttempts: 2,
        maxRecordAge: Duration.minutes(5),
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('INSERT'),
            dynamodb: { Keys: { [ATTRIBUTE.sortKey]: { S: FilterRule.beginsWith(SORT_KEY.outbox) } } },
          }),
        ],
      }),
    );
    Validations.of(this).acknowledge({
      id: 'Serverless::Serverless-LambdaEventSourceMappingDestination',
      reason:
        'A record that could not be relayed is still due in the index, where wake-due finds it; nothing is lost with the stream record.',
    });
  }

  override alarms(): AlarmRow[] {
    const { outboxGraceSeconds } = this.stage.settings.timing;
    const { outboxWoken, publishFailed, notificationFailed, notificationDoubled } = this.counters;
    return [
      {
        // At this age the row is due, and the slow lane publishes it instead of the fast lane.
        id: 'relay-behind',
        step: 'relay',
        metric: this.figures.iteratorAgeMs,
        threshold: outboxGraceSeconds * 1000,
        readings: MOST_OF_FIVE,
        means:
          'The relay reads records so late that the slow lane publishes them first. Messages leave late; none is lost.',
        first: "Look at the relay's errors and duration.",
        runbook: 'relay-behind',
      },
      {
        // This is the only sign of a relay that is switched off or lacks a permission, because it then has no errors.
        // Three times within half an hour, so that one hiccup of the stream raises no alarm.
        id: 'slow-lane',
        step: 'relay',
        metric: outboxWoken,
        readings: [3, 6],
        means:
          'The slow lane keeps publishing messages that the relay did not publish: they leave a minute late, or not at all.',
        first:
          'Check whether the stream\'s mapping is enabled, and what the relay logs as "Not published; wake-due publishes it".',
        runbook: 'slow-lane',
      },
      {
        id: 'publish-failing',
        step: 'relay',
        metric: publishFailed,
        readings: KEEPS_FAILING,
        means: 'The topic keeps refusing messages. Orders are accepted, but no message about them is sent.',
        first: 'Read the reason in "Outbox row not published" of wake-due.',
        runbook: 'publish-failing',
      },
      {
        // One failure is a customer's mistyped address. Ten in a quarter of an hour are our fault.
        id: 'notifications-failed',
        step: 'outcome',
        metric: notificationFailed.with({ period: minutes(15) }),
        threshold: 10,
        readings: AT_ONCE,
        means: 'A provider rejected ten or more notifications within 15 minutes. Their recipients get no message.',
        first: 'Group the reasons of "Provider answered" with kind rejected.',
        runbook: 'notifications-failed',
      },
      {
        id: 'doubled',
        step: 'outcome',
        metric: notificationDoubled,
        readings: AT_ONCE,
        means: 'A recipient probably got the same message twice: the provider reports that it accepted two attempts.',
        first: "Find the notification, and compare the delay of the evidence with the feed's margin.",
        runbook: 'doubled',
      },
      ...super.alarms(),
    ];
  }

  override panel(): Graph[] {
    const { outboxWoken, publishFailed, notificationFailed, notificationDoubled } = this.counters;
    return [
      {
        step: 'relay',
        title: 'Age of the records that the relay reads',
        metrics: [labelled(this.figures.iteratorAgeMs, 'stream')],
        unit: 'ms',
      },
      {
        step: 'relay',
        title: 'Published and not published',
        metrics: [
          this.topic.figures.published,
          labelled(outboxWoken, 'left to the slow lane'),
          labelled(publishFailed, 'refused by the topic'),
        ],
      },
      {
        step: 'outcome',
        title: NOT_SENT,
        metrics: [labelled(notificationFailed, 'rejected'), labelled(notificationDoubled, 'doubled')],
      },
      ...super.panel(),
    ];
  }

  private get counters() {
    const { stage } = this;
    return {
      outboxWoken: counter(stage, COUNTER.outboxWoken, FUNCTION.wakeDue),
      publishFailed: counter(stage, COUNTER.publishFailed, OUTBOX_SERVICE),
      notificationFailed: counter(stage, COUNTER.notificationFailed, OUTBOX_SERVICE),
      notificationDoubled: counter(stage, COUNTER.notificationDoubled, OUTBOX_SERVICE),
    };
  }
}
