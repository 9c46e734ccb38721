import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  PeriodOverride,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { INDEX } from '#shared/names.ts';
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

/** CloudWatch's grid is 24 wide. */
const WIDTH = 24;
const TEXT_WIDTH = 6;
const GRAPH_HEIGHT = 6;

type Graph = { title: string; metrics: IMetric[]; unit?: string };
/** One row of the dashboard: a text with the expected values, and the graphs next to it. */
type Section = { heading: string; good: string; graphs: Graph[] };

/** One page per stage. Its sections are in the order in which a message passes through the stage. */
export class StageDashboard extends Construct {
  constructor(scope: Construct, id: string, watched: Watched & { alarms: Alarm[] }) {
    super(scope, id);
    const { stackName, region } = Stack.of(this);
    new Dashboard(this, 'dashboard', {
      // A dashboard belongs to the account and is visible in every region, so its name contains the region.
      dashboardName: `${stackName}-${region}`,
      defaultInterval: Duration.hours(3),
      periodOverride: PeriodOverride.INHERIT,
      widgets: [[alarmRow(watched.alarms)], ...sectionsOf(watched).map(rowOf)],
    });
  }
}

const alarmRow = (alarms: Alarm[]): IWidget =>
  new AlarmStatusWidget({ title: 'Alarms: all green is good', alarms, width: WIDTH, height: 8 });

function rowOf({ heading, good, graphs }: Section): IWidget[] {
  const width = Math.floor((WIDTH - TEXT_WIDTH) / graphs.length);
  return [
    new TextWidget({ markdown: `## ${heading}\n${good}`, width: TEXT_WIDTH, height: GRAPH_HEIGHT }),
    ...graphs.map(
      ({ title, metrics, unit }) =>
        new GraphWidget({
          title,
          left: metrics,
          width,
          height: GRAPH_HEIGHT,
          leftYAxis: { min: 0, ...(unit === undefined ? {} : { label: unit, showUnits: false }) },
        }),
    ),
  ];
}

const labelled = (metric: IMetric & { with(options: { label: string }): IMetric }, label: string): IMetric =>
  metric.with({ label });

function sectionsOf(watched: Watched): Section[] {
  return [
    apiSection(watched),
    commitSection(watched),
    relaySection(watched),
    queueSection(watched),
    senderSection(watched),
    feedbackSection(watched),
    waitingSection(watched),
    deadLetterSection(watched),
    functionSection(watched),
  ];
}

function apiSection(watched: Watched): Section {
  const { requests, serverErrorPercent, clientErrorPercent, latency } = apiMetrics(watched);
  return {
    heading: '1. The API takes it',
    good: "No 5xx. 4xx are callers' mistakes: few, and not all at once. p99 below a second but for cold starts.",
    graphs: [
      { title: 'Requests', metrics: [requests] },
      { title: 'Refused and failed', metrics: [serverErrorPercent, clientErrorPercent], unit: '%' },
      {
        title: 'Latency',
        metrics: [labelled(latency(Stats.percentile(50)), 'p50'), labelled(latency(Stats.percentile(99)), 'p99')],
        unit: 'ms',
      },
    ],
  };
}

function commitSection(watched: Watched): Section {
  const { readThrottles, writeThrottles, indexWriteThrottles, commitFaults, conflicts } = tableMetrics(watched);
  return {
    heading: '2. It is committed',
    good: 'No throttling, no faults. Conflicts are two commands about one order at once: they are decided again.',
    graphs: [
      {
        title: 'Throttled by the table',
        metrics: [
          readThrottles,
          writeThrottles,
          ...Object.values(INDEX).map((index) => labelled(indexWriteThrottles(index), `index ${index}`)),
        ],
      },
      {
        title: 'Commits that failed or met another',
        metrics: [labelled(commitFaults, 'service faults'), labelled(conflicts, 'conflicts')],
      },
    ],
  };
}

function relaySection(watched: Watched): Section {
  const { outboxWoken, publishFailed } = ownMetrics(watched);
  const { published, failed, setAside, lost } = topicMetrics(watched.topic);
  return {
    heading: '3. It is relayed',
    good: 'The stream is read within a second or two. Nothing is left to the slow lane; everything that is published is delivered.',
    graphs: [
      {
        title: 'Age of what the relay reads',
        metrics: [labelled(functionMetrics(watched.relay).iteratorAgeMs, 'stream')],
        unit: 'ms',
      },
      {
        title: 'Published, and what was not',
        metrics: [
          published,
          labelled(outboxWoken, 'left to the slow lane'),
          labelled(publishFailed, 'refused by the topic'),
        ],
      },
      {
        title: 'Copies that SNS could not deliver',
        metrics: [labelled(failed, 'failed'), labelled(setAside, 'set aside'), labelled(lost, 'lost')],
      },
    ],
  };
}

const subscribersOf = ({ emailSender, smsSender, release, statistics, feedback, smsFeedback }: Watched) => [
  emailSender,
  smsSender,
  release,
  statistics,
  feedback,
  ...(smsFeedback ? [smsFeedback] : []),
];

function queueSection(watched: Watched): Section {
  const queues = subscribersOf(watched).map((subscriber) => ({
    name: subscriber.function.name,
    ...queueMetrics(subscriber.queue),
  }));
  return {
    heading: '4. It waits its turn',
    good: "Seconds. After a burst a sender's queue drains at the account's rate, and the oldest message grows older until then.",
    graphs: [
      {
        title: 'Oldest message',
        metrics: queues.map(({ name, oldestSeconds }) => labelled(oldestSeconds, name)),
        unit: 's',
      },
      { title: 'Messages waiting', metrics: queues.map(({ name, waiting }) => labelled(waiting, name)) },
      {
        title: 'Returned because something is away',
        metrics: [labelled(ownMetrics(watched).returned, 'returned to their queues')],
      },
    ],
  };
}

function senderSection(watched: Watched): Section {
  const { deferred, deferredForPermission, circuitOpen, failed, doubled } = ownMetrics(watched);
  const { bounceRate, complaintRate, ownBounceRate, ownComplaintRate } = mailMetrics(watched);
  const senders = [watched.emailSender, watched.smsSender];
  return {
    heading: '5. It is sent',
    good: 'Nothing deferred, hardly anything refused, nothing doubled. Bounces below 5 %, complaints below 0.1 %.',
    graphs: [
      {
        title: 'Not sent',
        metrics: [
          ...senders.map((sender) => labelled(deferred(sender), `${sender.function.name}: deferred`)),
          ...senders.map((sender) => labelled(deferredForPermission(sender), `${sender.function.name}: not permitted`)),
          ...(['email', 'sms'] as const).map((channel) => labelled(circuitOpen(channel), `${channel}: circuit open`)),
          labelled(failed, 'refused for good'),
          labelled(doubled, 'doubled'),
        ],
      },
      {
        title: 'Bounces (1 is all)',
        metrics: [labelled(bounceRate, 'account'), labelled(ownBounceRate, 'this stage')],
      },
      {
        title: 'Complaints (1 is all)',
        metrics: [labelled(complaintRate, 'account'), labelled(ownComplaintRate, 'this stage')],
      },
    ],
  };
}

function feedbackSection(watched: Watched): Section {
  const { published, delivered } = topicMetrics(watched.mail.events);
  const { count, undocumented, unattributed } = ownMetrics(watched);
  const feedbacks = [watched.feedback, ...(watched.smsFeedback ? [watched.smsFeedback] : [])];
  return {
    heading: '6. Its provider tells of it',
    good: 'As many events as e-mails, delivered as they come. Unknown outcomes are few, and settle within the hour.',
    graphs: [
      {
        title: 'Events of SES',
        metrics: [labelled(published, 'told by SES'), labelled(delivered, 'delivered to the queue')],
      },
      {
        title: 'Events that say less than they should',
        metrics: feedbacks.flatMap((feedback) => [
          labelled(undocumented(feedback), `${feedback.function.name}: a value that is not documented`),
          labelled(unattributed(feedback), `${feedback.function.name}: of one of several recipients`),
        ]),
      },
      {
        title: 'Unknown and held',
        metrics: [labelled(count('unknown'), 'unknown'), labelled(count('held'), 'held: a person has to look')],
      },
    ],
  };
}

function waitingSection(watched: Watched): Section {
  const { count, oldestOverdueSeconds, dueUnreadable } = ownMetrics(watched);
  const kinds = ['outbox', 'notification', 'unknown'] as const;
  return {
    heading: '7. What waits is woken',
    good: 'Nothing is overdue for longer than a minute. A gap in these lines is a fault: nobody measured.',
    graphs: [
      { title: 'Overdue', metrics: kinds.map((kind) => labelled(oldestOverdueSeconds(kind), kind)), unit: 's' },
      {
        title: 'Rows that something still has to happen to',
        metrics: kinds.map((kind) => labelled(count(kind), kind)),
      },
      {
        title: 'Entries that this release cannot read, in five minutes',
        metrics: [labelled(dueUnreadable, 'postponed')],
      },
      {
        title: 'Starts of wake-due in five minutes (five is good)',
        metrics: [labelled(functionMetrics(watched.wakeDue).invocations, 'starts')],
      },
    ],
  };
}

function deadLetterSection(watched: Watched): Section {
  const { count, oldestOverdueSeconds } = ownMetrics(watched);
  const queues = subscribersOf(watched).map(({ function: { name }, deadLetterQueue, undeliverable }) => ({
    name,
    dead: queueMetrics(deadLetterQueue).waiting,
    undeliverable: queueMetrics(undeliverable).waiting,
  }));
  return {
    heading: '8. What nobody can handle',
    good: "Nothing. Each of these is somebody's message until a person has looked.",
    graphs: [
      {
        title: 'Queues of the dead',
        metrics: queues.flatMap(({ name, dead, undeliverable }) => [
          labelled(dead, `${name}: crashed`),
          labelled(undeliverable, `${name}: not delivered`),
        ]),
      },
      {
        title: 'Open dead letters',
        metrics: [labelled(count('dead-letter'), 'dead letters')],
      },
      {
        title: 'Since when the oldest is open',
        metrics: [
          labelled(oldestOverdueSeconds('dead-letter'), 'dead letter'),
          labelled(oldestOverdueSeconds('held'), 'held'),
        ],
        unit: 's',
      },
    ],
  };
}

function functionSection({ functions }: Watched): Section {
  const measured = functions.map((one) => ({ name: one.name, ...functionMetrics(one) }));
  return {
    heading: '9. The functions',
    good: 'No errors, no throttling. wake-due runs for most of its minute; the others for less than a second but for senders that wait their turn.',
    graphs: [
      { title: 'Errors', metrics: measured.map(({ name, errors }) => labelled(errors, name)) },
      { title: 'Throttled', metrics: measured.map(({ name, throttles }) => labelled(throttles, name)) },
      { title: 'Slowest', metrics: measured.map(({ name, slowestMs }) => labelled(slowestMs, name)), unit: 'ms' },
    ],
  };
}
