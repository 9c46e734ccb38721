import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { INDEX } from '#shared/names.ts';
import type { StageSettings } from '../settings.ts';
import {
  apiMetrics,
  functionMetrics,
  mailMetrics,
  ownMetrics,
  queueMetrics,
  tableMetrics,
  topicMetrics,
  type Watched,
} from './metrics.ts';
import type { Subscriber } from './subscriber.ts';

/** One alarm. A person reads its description first, so the description contains `means`, `first` and `runbook`. */
export type AlarmRow = {
  id: string;
  metric: IMetric;
  comparison: ComparisonOperator;
  threshold: number;
  /** The alarm fires when this many of the last readings breach. A reading is one period of the metric. */
  readings: [breaching: number, of: number];
  /** How missing readings are treated. */
  silence: TreatMissingData;
  /** What the alarm means to customers. */
  means: string;
  /** What to do first. */
  first: string;
  /** Heading in docs/how-to/runbooks.md. */
  runbook: string;
};

const { GREATER_THAN_THRESHOLD: ABOVE, GREATER_THAN_OR_EQUAL_TO_THRESHOLD: AT_LEAST } = ComparisonOperator;
const BELOW = ComparisonOperator.LESS_THAN_THRESHOLD;

/** A missing figure is a fault by itself, because the measurement has stopped. */
const FAULT = TreatMissingData.BREACHING;
/** A missing figure is normal: a service reports nothing when nothing happens. */
const QUIET = TreatMissingData.NOT_BREACHING;
/** The last figure is valid until the next one. */
const AS_BEFORE = TreatMissingData.IGNORE;

/** Three of five minutes. This tolerates a tick that is late and one that falls into the minute of its neighbour. */
const MOST_OF_FIVE: [number, number] = [3, 5];
/** Two of three readings, so that a single accident raises no alarm. */
const REPEATED: [number, number] = [2, 3];
/** For failures of work that is retried at least every five minutes, plus a jitter per row. */
const KEEPS_FAILING: [number, number] = [3, 4];
const AT_ONCE: [number, number] = [1, 1];

/**
 * Every alarm of a stage, in the order in which a message passes through it. No metric has the tenant as a dimension:
 * it would cost per tenant, and show tenants' names where they do not belong.
 */
export function alarmTable(watched: Watched): AlarmRow[] {
  const { topic, mail, emailSender, smsSender, release, statistics, feedback, texts, smsFeedback, stage } = watched;
  return [
    ...apiAlarms(watched),
    ...tableAlarms(watched),
    ...relayAlarms(watched),
    ...topicAlarms('topic', 'requests to send', topic),
    ...topicAlarms('mail-events', 'what SES tells about e-mails', mail.events),
    ...(texts.events
      ? topicAlarms('text-events', 'what End User Messaging tells about text messages', texts.events)
      : []),
    ...queueAlarms(emailSender, senderQueueSeconds(stage.settings)),
    ...queueAlarms(smsSender, senderQueueSeconds(stage.settings)),
    ...queueAlarms(release, RELEASE_QUEUE_SECONDS),
    ...queueAlarms(statistics, STATISTICS_QUEUE_SECONDS),
    ...queueAlarms(feedback, feedQueueSeconds(stage.settings)),
    ...(smsFeedback ? queueAlarms(smsFeedback, TEXT_QUEUE_SECONDS) : []),
    returnedAlarm(watched),
    ...providerAlarms(watched),
    ...waitingAlarms(watched),
    ...functionAlarms(watched),
  ];
}

function apiAlarms(watched: Watched): AlarmRow[] {
  const { serverErrorPercent, clientErrorPercent, latency } = apiMetrics(watched);
  return [
    {
      id: 'api-errors',
      metric: serverErrorPercent,
      comparison: AT_LEAST,
      threshold: 1,
      readings: REPEATED,
      silence: QUIET,
      means:
        'One request in a hundred or more ends with a 5xx. Whoever placed an order does not know whether it was taken.',
      first: 'See which function fails; a repeated request with the same key is safe.',
      runbook: 'api-errors',
    },
    {
      // Half of all callers cannot be wrong at the same time. The cause is then in the tokens, the scopes, the list of
      // clients or our own limits.
      id: 'api-refused',
      metric: clientErrorPercent,
      comparison: ABOVE,
      threshold: 50,
      readings: [3, 3],
      silence: QUIET,
      means: 'More than half of all requests are refused with a 4xx. If it is 401, 403 or 429, customers are shut out.',
      first: 'Count the access log by status and route.',
      runbook: 'api-refused',
    },
    {
      // A cold start with its first commit takes less. After five seconds, the executor itself gives up with 503.
      id: 'api-slow',
      metric: latency(Stats.percentile(99)),
      comparison: AT_LEAST,
      threshold: 3000,
      readings: [3, 3],
      silence: QUIET,
      means: 'One request in a hundred takes three seconds or more. Customers wait, and their clients begin to repeat.',
      first: 'Compare the latency by route with throttling of the table and with cold starts.',
      runbook: 'api-slow',
    },
  ];
}

function tableAlarms(watched: Watched): AlarmRow[] {
  const { readThrottles, writeThrottles, indexWriteThrottles, commitFaults } = tableMetrics(watched);
  const throttled = (id: string, metric: IMetric, what: string): AlarmRow => ({
    id,
    metric,
    comparison: AT_LEAST,
    threshold: 1,
    readings: MOST_OF_FIVE,
    silence: QUIET,
    means: `DynamoDB keeps throttling ${what}. Requests are slow or answered with 503; nothing is lost.`,
    first: 'Look for one key that takes most of the traffic.',
    runbook: 'table-throttled',
  });
  return [
    throttled('table-reads-throttled', readThrottles, 'reads of the table'),
    throttled('table-writes-throttled', writeThrottles, 'writes to the table'),
    // A hot key of an index also slows down writes to the table, but the table's metric does not show it.
    throttled('due-index-throttled', indexWriteThrottles(INDEX.due), 'writes to the index of what is due'),
    throttled('tenant-log-throttled', indexWriteThrottles(INDEX.tenantLog), 'writes to the message log of a tenant'),
    {
      id: 'commit-faults',
      metric: commitFaults,
      comparison: AT_LEAST,
      threshold: 1,
      readings: MOST_OF_FIVE,
      silence: QUIET,
      means: 'DynamoDB keeps failing transactions by its own fault. Orders are answered late or with 503.',
      first: 'Look at the AWS Health Dashboard of the region; wait, and change nothing.',
      runbook: 'commit-faults',
    },
  ];
}

function relayAlarms(watched: Watched): AlarmRow[] {
  const { outboxGraceSeconds } = watched.stage.settings.timing;
  const { outboxWoken, publishFailed } = ownMetrics(watched);
  return [
    {
      // At this age the row is due, and the slow lane publishes it instead of the fast lane.
      id: 'relay-behind',
      metric: functionMetrics(watched.relay).iteratorAgeMs,
      comparison: AT_LEAST,
      threshold: outboxGraceSeconds * 1000,
      readings: MOST_OF_FIVE,
      silence: QUIET,
      means: 'The relay reads the stream later than the slow lane takes over. Messages leave late; none is lost.',
      first: "Look at the relay's errors and duration.",
      runbook: 'relay-behind',
    },
    {
      // This is the only sign of a relay that is switched off or lacks a permission, because it then has no errors.
      // Three times within half an hour, so that one hiccup of the stream raises no alarm.
      id: 'slow-lane',
      metric: outboxWoken,
      comparison: AT_LEAST,
      threshold: 1,
      readings: [3, 6],
      silence: QUIET,
      means: 'Messages are left to the slow lane again and again: they leave a minute late, or not at all.',
      first:
        'See whether the stream\'s mapping is enabled and what the relay logs as "Not published; wake-due publishes it".',
      runbook: 'slow-lane',
    },
    {
      id: 'publish-failing',
      metric: publishFailed,
      comparison: AT_LEAST,
      threshold: 1,
      readings: KEEPS_FAILING,
      silence: QUIET,
      means: 'The topic keeps refusing messages. Orders are taken, but nobody gets a message about them.',
      first: 'Read the reason in "Outbox row not published" of wake-due.',
      runbook: 'publish-failing',
    },
  ];
}

function topicAlarms(name: string, what: string, topic: ITopic): AlarmRow[] {
  const { failed, lost } = topicMetrics(topic);
  const common = { comparison: AT_LEAST, threshold: 1, readings: AT_ONCE, silence: QUIET };
  return [
    {
      ...common,
      id: `${name}-undelivered`,
      metric: failed,
      means: `SNS gave up delivering ${what} to a queue. They lie in the "undeliverable" queue, and wait.`,
      first: "Compare the queue's policy and key with the template; SNS does not retry a refusal.",
      runbook: 'topic-undelivered',
    },
    {
      ...common,
      id: `${name}-lost`,
      metric: lost,
      means: `SNS could not even set aside ${what}: these copies are gone. Notifications are announced again by their rows; feedback is not.`,
      first: 'Mend the policy or key of the "undeliverable" queue.',
      runbook: 'topic-lost',
    },
  ];
}

/**
 * A message is announced again after `firstClaimSeconds`. If it is still unclaimed after three times that long, the
 * cause is more than a small burst.
 */
const senderQueueSeconds = ({ timing }: StageSettings): number => 3 * timing.firstClaimSeconds;

/** No one waits for a release. Until then, the bytes only take space. */
const RELEASE_QUEUE_SECONDS = 3600;

/**
 * Half of the longest delay that an automatic resend assumes. Evidence that takes longer than the whole may come too
 * late.
 */
const feedQueueSeconds = ({ email }: StageSettings): number => Math.ceil(email.feedMarginSeconds / 2);

/** No decision depends on the absence of these events, and carriers are slow anyway. */
const TEXT_QUEUE_SECONDS = 3600;

/** Only the statistics are late. */
const STATISTICS_QUEUE_SECONDS = 3600;

function queueAlarms(subscriber: Subscriber, oldestSeconds: number): AlarmRow[] {
  const { function: consumer, queue, deadLetterQueue, undeliverable } = subscriber;
  const { name } = consumer;
  const common = { comparison: AT_LEAST, threshold: 1, readings: AT_ONCE, silence: QUIET };
  return [
    {
      id: `${name}-queue-old`,
      metric: queueMetrics(queue).oldestSeconds,
      comparison: AT_LEAST,
      threshold: oldestSeconds,
      readings: MOST_OF_FIVE,
      // SQS reports no metric for a queue that was not used for six hours.
      silence: QUIET,
      means: `The oldest message for ${name} waits for ${oldestSeconds} seconds or more: messages reach people late, or evidence comes too late.`,
      first: 'See whether it is a burst that is paced out, or whether nothing is taken from the queue.',
      runbook: 'queue-old',
    },
    {
      ...common,
      id: `${name}-dead-letters`,
      metric: queueMetrics(deadLetterQueue).waiting,
      means: `Messages that made ${name} crash again and again were set aside. Somebody may be waiting for what they ask for.`,
      first: "Find the crash in the function's log before moving anything back.",
      runbook: 'dead-letter-queue',
    },
    {
      ...common,
      id: `${name}-undeliverable`,
      metric: queueMetrics(undeliverable).waiting,
      means: `Messages that SNS could not deliver to the queue of ${name} lie aside. Nobody works on them.`,
      first: "Mend the subscription or the queue's policy, then move them by hand.",
      runbook: 'undeliverable',
    },
  ];
}

/**
 * A returned message starts with a new age in its queue, so the age of the oldest message does not show an outage.
 * During an outage, a message is returned at least every fifteen minutes.
 */
function returnedAlarm(watched: Watched): AlarmRow {
  return {
    id: 'messages-returned',
    metric: ownMetrics(watched).returned.with({ period: Duration.minutes(15) }),
    comparison: AT_LEAST,
    threshold: 1,
    readings: REPEATED,
    silence: QUIET,
    means:
      'Messages wait in their queues because something that their handling depends on is away: the table, a key, a secret, a permission. They are late; none is lost while their queues keep them.',
    first: 'Read the error in "Message returned to its queue"; it names the dependency.',
    runbook: 'messages-returned',
  };
}

function providerAlarms(watched: Watched): AlarmRow[] {
  const { deferred, deferredForPermission, circuitOpen, failed, doubled } = ownMetrics(watched);
  const { bounceRate, complaintRate } = mailMetrics(watched);
  const senders = [watched.emailSender, watched.smsSender];
  // Thresholds and missing data follow AWS's advice. From here on, AWS reviews an account, and may pause it at 10 %
  // bounces and 0.5 % complaints.
  // https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
  const rate = { comparison: AT_LEAST, readings: AT_ONCE, silence: AS_BEFORE };
  return [
    ...senders.map(
      (sender): AlarmRow => ({
        // Senders stay below the account's rate, so a deferred call means that something has changed.
        id: `${sender.function.name}-deferred`,
        metric: deferred(sender),
        comparison: AT_LEAST,
        threshold: 1,
        readings: KEEPS_FAILING,
        silence: QUIET,
        means: `The provider of ${sender.function.name} keeps turning calls away: throttled, not reachable, not permitted or paused. Messages wait; none is lost.`,
        first: 'Read the reason in "Call not accepted by the provider; claim released".',
        runbook: 'provider-deferred',
      }),
    ),
    ...senders.map(
      (sender): AlarmRow => ({
        // A permission that is missing for a moment, for example right after a deployment, is retried within the same
        // minutes.
        id: `${sender.function.name}-not-permitted`,
        metric: deferredForPermission(sender),
        comparison: AT_LEAST,
        threshold: 1,
        readings: REPEATED,
        silence: QUIET,
        means: `The provider of ${sender.function.name} refuses calls that a person has to permit: an identity, an action, a key. Messages wait until then; none is lost.`,
        first: 'Read deferredBecause and next of a waiting notification, then run doctor.',
        runbook: 'not-permitted',
      }),
    ),
    ...(['email', 'sms'] as const).map(
      (channel): AlarmRow => ({
        id: `${channel}-circuit-open`,
        metric: circuitOpen(channel),
        comparison: AT_LEAST,
        threshold: 1,
        readings: MOST_OF_FIVE,
        silence: FAULT,
        means: `The provider refuses most messages of channel ${channel} for the account's sake, so no more calls are made; or nobody measures. All messages of the channel wait; none is lost.`,
        first:
          'Read "because" in "Circuit opened" of the sender, and correct that cause. Probes find out by themselves.',
        runbook: 'circuit-open',
      }),
    ),
    {
      // One failure is a customer's mistyped address. Ten in a quarter of an hour are our fault.
      id: 'notifications-failed',
      metric: failed.with({ period: Duration.minutes(15) }),
      comparison: AT_LEAST,
      threshold: 10,
      readings: AT_ONCE,
      silence: QUIET,
      means:
        'Ten or more notifications were refused for good within a quarter of an hour. These people get no message.',
      first: 'Group the reasons of "Provider answered" with kind rejected.',
      runbook: 'notifications-failed',
    },
    {
      id: 'doubled',
      metric: doubled,
      comparison: AT_LEAST,
      threshold: 1,
      readings: AT_ONCE,
      silence: QUIET,
      means: 'Somebody probably got the same message twice: the provider took two sendings of it, and says so.',
      first: "Find the notification, and compare how late the evidence was with the feed's margin.",
      runbook: 'doubled',
    },
    {
      ...rate,
      id: 'bounce-rate',
      metric: bounceRate,
      threshold: 0.05,
      means: "Five percent of the account's e-mails bounce. At ten, AWS may stop all of its e-mail.",
      first: "See whether it is this stage's mail, and stop what sends to addresses that do not exist.",
      runbook: 'bounce-rate',
    },
    {
      ...rate,
      id: 'complaint-rate',
      metric: complaintRate,
      threshold: 0.001,
      means:
        'One e-mail of the account in a thousand is reported as spam. At five in a thousand, AWS may stop all of its e-mail.',
      first: "See whether it is this stage's mail, and who gets what they did not ask for.",
      runbook: 'complaint-rate',
    },
  ];
}

/** Interval of the schedule of `wake-due`, in seconds. */
const TICK_SECONDS = 60;

/**
 * The next round takes a row that is due. The longest pause is between the last round of one tick and the first round
 * of the next tick, which may be a minute late. Three such pauses are no coincidence.
 */
const overdueSeconds = ({ timing }: StageSettings): number => 3 * (TICK_SECONDS + timing.wakeIntervalSeconds);

/**
 * Number of five-minute readings in which an unknown outcome is settled, including the time for a probe and its event.
 */
function settlingReadings({ timing, email }: StageSettings): number {
  const evidenceSeconds = timing.providerInFlightSeconds + email.feedMarginSeconds + email.feedCountLagSeconds;
  const settledSeconds = Math.max(timing.unknownDeadlineSeconds, evidenceSeconds) + email.feedMarginSeconds;
  return Math.ceil(settledSeconds / 300) + 1;
}

function waitingAlarms(watched: Watched): AlarmRow[] {
  const { settings } = watched.stage;
  const { count, oldestOverdueSeconds, dueUnreadable } = ownMetrics(watched);
  const { invocations } = functionMetrics(watched.wakeDue);
  const settling = settlingReadings(settings);
  const gauged = { silence: FAULT, readings: MOST_OF_FIVE };
  const overdue = (kind: 'outbox' | 'notification' | 'unknown', means: string): AlarmRow => ({
    ...gauged,
    id: `${kind}-overdue`,
    metric: oldestOverdueSeconds(kind),
    comparison: ABOVE,
    threshold: overdueSeconds(settings),
    means: `${means}, or nobody measures.`,
    first: 'See whether wake-due runs, and what its rounds log.',
    runbook: 'rows-overdue',
  });
  return [
    {
      id: 'wake-due-silent',
      metric: invocations,
      comparison: BELOW,
      threshold: 3,
      readings: [2, 2],
      silence: FAULT,
      means: 'wake-due is not started every minute. Whatever the fast lane missed, waits; retries and resends do too.',
      first: 'See whether the schedule is enabled and may invoke the function.',
      runbook: 'wake-due-silent',
    },
    overdue('outbox', 'Messages that should have been published are not taken up'),
    overdue('notification', 'Notifications whose moment has come are not announced again'),
    overdue('unknown', 'Unknown outcomes are not looked at when they should be'),
    {
      // During a deployment, an older release reads entries of a newer one. This ends with the deployment.
      id: 'due-unreadable',
      metric: dueUnreadable,
      comparison: AT_LEAST,
      threshold: 1,
      readings: KEEPS_FAILING,
      silence: QUIET,
      means:
        'The index of what is due keeps holding entries that this release cannot read. What they stand for waits; everything else goes on.',
      first: 'See whether an older release was deployed over a newer one, and deploy the newer one.',
      runbook: 'due-unreadable',
    },
    {
      ...gauged,
      id: 'unknown-many',
      metric: count('unknown'),
      comparison: AT_LEAST,
      threshold: 10,
      means:
        'Ten or more calls to a provider ended without an answer, or nobody measures. These people may or may not have got their message.',
      first: 'See which channel it is, and how that provider is.',
      runbook: 'unknown',
    },
    {
      silence: FAULT,
      readings: [settling, settling],
      id: 'unknown-lasting',
      metric: count('unknown').with({ statistic: Stats.MINIMUM, period: Duration.minutes(5) }),
      comparison: AT_LEAST,
      threshold: 1,
      means: `For ${settling * 5} minutes there was no moment without an unknown outcome, which is longer than settling one takes; or nobody measures.`,
      first: 'See whether evidence arrives: events of SES in the queue of record-feedback.',
      runbook: 'unknown',
    },
    {
      ...gauged,
      id: 'held',
      metric: count('held'),
      comparison: AT_LEAST,
      threshold: 1,
      means:
        'Notifications wait for a person: whether they were sent cannot be known, and nobody will try again. Or nobody measures.',
      first: 'List them with their reasons, and ask the provider or the customer.',
      runbook: 'held',
    },
    {
      ...gauged,
      id: 'dead-letters',
      metric: count('dead-letter'),
      comparison: AT_LEAST,
      threshold: 1,
      means: 'Messages or rows that can never be handled as they are lie open, or nobody measures.',
      first: 'Read them: GET /dead-letters says what, where and why.',
      runbook: 'dead-letters',
    },
  ];
}

function functionAlarms({ functions }: Watched): AlarmRow[] {
  const common = { comparison: AT_LEAST, threshold: 1, readings: REPEATED, silence: QUIET };
  return functions.flatMap((watched): AlarmRow[] => {
    const { errors, throttles } = functionMetrics(watched);
    const { name } = watched;
    return [
      {
        ...common,
        id: `${name}-errors`,
        metric: errors,
        means: `${name} crashes or runs out of time again and again. What it was doing is tried again, and is late.`,
        first: 'Read "Invocation failed" and the platform\'s lines in its log.',
        runbook: 'function-errors',
      },
      {
        ...common,
        id: `${name}-throttled`,
        metric: throttles,
        means: `Lambda refuses to run ${name} again and again: the account has no room for another one.`,
        first: "Compare the account's concurrent executions with its quota.",
        runbook: 'function-throttled',
      },
    ];
  });
}

/** The alarm topic has an alarm itself: if one address fails, the other addresses still get the mail. */
export function alarmTopicAlarm(topic: ITopic): AlarmRow {
  return {
    id: 'alarm-mails-undelivered',
    metric: topicMetrics(topic).failed,
    comparison: AT_LEAST,
    threshold: 1,
    readings: AT_ONCE,
    silence: QUIET,
    means: 'An alarm could not be mailed to one of its addresses. Somebody who should know, does not.',
    first: 'See which subscription is confirmed, and whether the address still exists.',
    runbook: 'alarm-mails-undelivered',
  };
}
