import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { COUNTER, ENV, FUNCTION, GAUGE } from '#shared/names.ts';
import { DEAD_LETTER_ALARM } from '../constructs/alarms.ts';
import { everyMinute, silentAlarm } from '../constructs/every-minute.ts';
import {
  ABOVE,
  type AlarmRow,
  counter,
  FAULT,
  type Graph,
  gauge,
  KEEPS_FAILING,
  labelled,
  MOST_OF_FIVE,
  minutes,
} from '../constructs/monitoring.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import { notifyingVariablesOf, type Stage } from '../constructs/stage.ts';
import type { StageSettings } from '../settings.ts';
import type { EmailFeedback } from './feedback.ts';
import type { Platform } from './platform.ts';

/** Interval of the schedule, in seconds. */
const TICK_SECONDS = 60;

/** Rows that wait for the next round, in the order of the dashboard's lines. */
const WOKEN = ['outbox', 'notification', 'unknown'] as const;

/** Everything that happens later: the slow lane of the outbox, and notifications that are due. */
export class WakeDue extends ServiceFunction {
  private readonly stage: Stage;
  private readonly onDeadLetters: LambdaFunction;

  /** @param onDeadLetters what the dead-letter alarm invokes. */
  constructor(
    scope: Construct,
    {
      stage,
      table,
      secret,
      topic,
      mail,
      emailFeedback,
      onDeadLetters,
    }: Platform & { emailFeedback: EmailFeedback; onDeadLetters: LambdaFunction },
  ) {
    const { timing, email, onUnknown } = stage.settings;
    const feedQueues = [emailFeedback.queue, emailFeedback.deadLetterQueue, emailFeedback.undeliverable];
    super(scope, {
      stage,
      name: FUNCTION.wakeDue,
      timeoutSeconds: TICK_SECONDS,
      memoryMb: 256,
      environment: {
        ...table.environment,
        [ENV.topic]: topic.topicArn,
        [ENV.wakeIntervalSeconds]: String(timing.wakeIntervalSeconds),
        [ENV.wakeRatePerSecond]: String(timing.wakeRatePerSecond),
        [ENV.unknownDeadlineSeconds]: String(timing.unknownDeadlineSeconds),
        [ENV.holdAfterSeconds]: String(timing.holdAfterSeconds),
        [ENV.recheckSeconds]: String(timing.recheckSeconds),
        [ENV.providerTimeoutMs]: String(timing.providerTimeoutSeconds * 1000),
        [ENV.providerInFlightSeconds]: String(timing.providerInFlightSeconds),
        [ENV.feedMarginSeconds]: String(email.feedMarginSeconds),
        [ENV.feedCountLagSeconds]: String(email.feedCountLagSeconds),
        [ENV.feedQueues]: feedQueues.map(({ queueUrl }) => queueUrl).join(' '),
        [ENV.onUnknown]: JSON.stringify(onUnknown),
        ...secret.environment,
        ...notifyingVariablesOf(stage),
        ...mail.environment,
      },
    });
    this.stage = stage;
    this.onDeadLetters = onDeadLetters;
    this.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:PutItem', 'dynamodb:BatchGetItem'], [table.arn]);
    // A reminder requires that its order has not changed, and needs the key of recipient keys.
    this.allow(['dynamodb:ConditionCheckItem'], [table.arn]);
    secret.allowReading(this);
    // An erasure reads the tenants' message logs and the data about a person, and deletes contents.
    this.allow(['dynamodb:Query', 'dynamodb:DeleteItem'], [table.arn]);
    this.allow(['dynamodb:Query'], table.indexArns);
    this.allow(['sns:Publish'], [topic.topicArn]);
    this.allow(
      ['sqs:GetQueueAttributes'],
      feedQueues.map(({ queueArn }) => queueArn),
    );
    mail.allowSending(this);
    everyMinute(scope, this, 'Wakes due rows. Every row that waits has a due time.');
  }

  override alarms(): AlarmRow[] {
    return [
      silentAlarm(this, 'Rows that the fast lane missed, retries and resends wait.'),
      this.overdue('outbox', 'Outbox rows that are due are not published'),
      this.overdue('notification', 'Notifications that are due are not announced again'),
      this.overdue('unknown', 'Unknown outcomes that are due are not checked'),
      {
        // During a deployment, an older release reads entries of a newer one. This ends with the deployment.
        id: 'due-unreadable',
        step: 'wake',
        metric: this.dueUnreadable,
        readings: KEEPS_FAILING,
        means:
          'The due index contains entries that this release cannot read. Their rows wait; all other rows are handled.',
        first: 'Check whether an older release was deployed over a newer one, and deploy the newer one.',
        runbook: 'due-unreadable',
      },
      ...this.settlingAlarms(),
      ...super.alarms(),
    ];
  }

  private overdue(kind: (typeof WOKEN)[number], means: string): AlarmRow {
    const { wakeIntervalSeconds } = this.stage.settings.timing;
    return {
      id: `${kind}-overdue`,
      step: 'wake',
      metric: this.oldestOverdueSeconds(kind),
      comparison: ABOVE,
      // The next round takes a row that is due. The longest pause is between the last round of one tick and the first
      // round of the next tick, which may be a minute late. Three such pauses are no coincidence.
      threshold: 3 * (TICK_SECONDS + wakeIntervalSeconds),
      readings: MOST_OF_FIVE,
      silence: FAULT,
      means: `${means}, or wake-due reports no metrics.`,
      first: 'Check whether wake-due runs, and what its rounds log.',
      runbook: 'rows-overdue',
    };
  }

  /** Alarms for outcomes that are unknown for too long, and for what only a person can settle. */
  private settlingAlarms(): AlarmRow[] {
    const gauged = { step: 'wake', silence: FAULT, readings: MOST_OF_FIVE } as const;
    const settling = settlingReadings(this.stage.settings);
    return [
      {
        ...gauged,
        id: 'unknown-many',
        metric: this.count('unknown'),
        threshold: 10,
        means:
          'Ten or more calls to a provider ended without an answer, so it is not known whether these messages were sent. Or wake-due reports no metrics.',
        first: 'Find the channel, and check whether its provider has an outage.',
        runbook: 'unknown',
      },
      {
        ...gauged,
        id: 'unknown-lasting',
        metric: this.count('unknown').with({ statistic: Stats.MINIMUM, period: minutes(5) }),
        readings: [settling, settling],
        means: `For ${settling * 5} minutes there was always an unknown outcome, which is longer than settling one takes; or wake-due reports no metrics.`,
        first: 'Check whether evidence arrives: events of SES in the queue of record-email-feedback.',
        runbook: 'unknown',
      },
      {
        ...gauged,
        id: 'held',
        metric: this.count('held'),
        means:
          'Notifications wait for a person: it cannot be known whether they were sent, and they are not sent again automatically. Or wake-due reports no metrics.',
        first: 'List them with their reasons, and ask the provider or the customer.',
        runbook: 'held',
      },
      {
        ...gauged,
        id: DEAD_LETTER_ALARM,
        metric: this.count('dead-letter'),
        means:
          'There are open dead letters: messages or rows that can never be handled as they are. Or wake-due reports no metrics.',
        first: 'Read them: GET /dead-letters shows what failed, where and why.',
        runbook: 'dead-letters',
        invokes: this.onDeadLetters,
      },
    ];
  }

  override panel(): Graph[] {
    const counted = (kind: keyof typeof GAUGE, label: string = kind) => labelled(this.count(kind), label);
    const overdue = (kind: keyof typeof GAUGE, label: string = kind) =>
      labelled(this.oldestOverdueSeconds(kind), label);
    return [
      {
        step: 'feedback',
        title: 'Unknown and held',
        metrics: [counted('unknown'), counted('held', 'held: a person has to look')],
      },
      { step: 'wake', title: 'Overdue', metrics: WOKEN.map((kind) => overdue(kind)), unit: 's' },
      {
        step: 'wake',
        title: 'Due rows',
        metrics: WOKEN.map((kind) => counted(kind)),
      },
      {
        step: 'wake',
        title: 'Entries that this release cannot read, in five minutes',
        metrics: [labelled(this.dueUnreadable, 'postponed')],
      },
      {
        step: 'wake',
        title: 'Starts of wake-due in five minutes (five is good)',
        metrics: [labelled(this.figures.invocations, 'starts')],
      },
      { step: 'set-aside', title: 'Open dead letters', metrics: [counted('dead-letter', 'dead letters')] },
      {
        step: 'set-aside',
        title: 'Age of the oldest open one',
        metrics: [overdue('dead-letter', 'dead letter'), overdue('held')],
        unit: 's',
      },
      ...super.panel(),
    ];
  }

  private count(kind: keyof typeof GAUGE) {
    return gauge(this.stage, GAUGE[kind].count);
  }

  private oldestOverdueSeconds(kind: keyof typeof GAUGE) {
    return gauge(this.stage, GAUGE[kind].oldestOverdueSeconds);
  }

  private get dueUnreadable() {
    return counter(this.stage, COUNTER.dueUnreadable, this.name);
  }
}

/**
 * Number of five-minute readings in which an unknown outcome is settled, including the time for a probe and its event.
 */
function settlingReadings({ timing, email }: StageSettings): number {
  const evidenceSeconds = timing.providerInFlightSeconds + email.feedMarginSeconds + email.feedCountLagSeconds;
  const settledSeconds = Math.max(timing.unknownDeadlineSeconds, evidenceSeconds) + email.feedMarginSeconds;
  return Math.ceil(settledSeconds / 300) + 1;
}
