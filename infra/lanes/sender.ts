import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import {
  type Channel,
  CIRCUIT_GAUGE,
  COUNTER,
  ENV,
  type FunctionName,
  MESSAGE_ATTRIBUTE,
  NOTIFICATION_REQUESTED,
} from '#shared/names.ts';
import {
  type AlarmRow,
  counter,
  FAULT,
  type Graph,
  gauge,
  KEEPS_FAILING,
  labelled,
  MOST_OF_FIVE,
  REPEATED,
} from '../constructs/monitoring.ts';
import { dueTimesOf, type Stage } from '../constructs/stage.ts';
import { Subscriber } from '../constructs/subscriber.ts';
import { sendableAtOnce } from '../settings.ts';
import type { Platform } from './platform.ts';

/** Title of the graph of everything that is not sent, or sent twice. */
export const NOT_SENT = 'Not sent';

/**
 * What a sender does with the table: it reads and renders, claims and releases, and records the outcome with its event.
 * `BatchGetItem`: recording has met a conflict. `GetItem`: the row of the channel's circuit.
 */
const TABLE_ACTIONS = [
  'dynamodb:GetItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
  'dynamodb:PutItem',
  'dynamodb:BatchGetItem',
];

type SenderProps = {
  name: FunctionName;
  channel: Channel;
  ratePerSecond: number;
  environment: Record<string, string>;
};

/** A subscriber to the requests of one channel, limited to its share of the account's rate. */
export class Sender extends Subscriber {
  private readonly stage: Stage;
  private readonly channel: Channel;

  constructor(scope: Construct, { stage, table, topic }: Platform, props: SenderProps) {
    const { name, channel, ratePerSecond, environment } = props;
    const { timing, circuit, senderConcurrency } = stage.settings;
    super(scope, {
      stage,
      name,
      timeoutSeconds: timing.senderTimeoutSeconds,
      // Attachments of one message at a time are in memory: with 28 MB of them, the sender uses 210 MB.
      memoryMb: 512,
      environment: {
        ...table.environment,
        [ENV.leaseSeconds]: String(timing.leaseSeconds),
        [ENV.providerTimeoutMs]: String(timing.providerTimeoutSeconds * 1000),
        [ENV.unknownDeadlineSeconds]: String(timing.unknownDeadlineSeconds),
        [ENV.senderRatePerSecond]: String(ratePerSecond / senderConcurrency),
        [ENV.circuit]: JSON.stringify(circuit),
        ...dueTimesOf(stage),
        ...environment,
      },
      topic,
      filter: {
        [MESSAGE_ATTRIBUTE.type]: [NOTIFICATION_REQUESTED],
        [MESSAGE_ATTRIBUTE.channel]: [channel],
      },
      // Messages beyond what it can send would only wait for the end of their visibility timeout.
      batchSize: Math.min(10, sendableAtOnce(ratePerSecond, stage.settings)),
      maxConcurrency: senderConcurrency,
      // A message is announced again after `firstClaimSeconds`. If it is still unclaimed after three times that long,
      // the cause is more than a small burst.
      oldestSeconds: 3 * timing.firstClaimSeconds,
    });
    this.stage = stage;
    this.channel = channel;
    this.function.allow(TABLE_ACTIONS, [table.arn]);
  }

  override alarms(): AlarmRow[] {
    const { name } = this.function;
    const { deferred } = this.figures;
    return [
      ...super.alarms(),
      {
        // Senders stay below the account's rate, so a deferred call means that something has changed.
        id: `${name}-deferred`,
        step: 'deferral',
        metric: deferred,
        readings: KEEPS_FAILING,
        means: `The provider of ${name} keeps deferring calls: it throttles, is not reachable, does not permit them, or is paused. Messages wait; none is lost.`,
        first: 'Read the reason in "Call not accepted by the provider; claim released".',
        runbook: 'provider-deferred',
      },
      ...this.accountAlarms(),
    ];
  }

  /** Alarms of a channel with one account behind all its messages. Each endpoint of webhooks is for itself. */
  private accountAlarms(): AlarmRow[] {
    const { channel } = this;
    const { name } = this.function;
    const { deferredForPermission, circuitOpen } = this.figures;
    if (!circuitOpen) return [];
    return [
      {
        // A permission that is missing for a moment, for example right after a deployment, is retried within the same
        // minutes.
        id: `${name}-not-permitted`,
        step: 'permission',
        metric: deferredForPermission,
        readings: REPEATED,
        means: `The provider of ${name} refuses calls until a person permits them: an identity, an action or a key. Messages wait until then; none is lost.`,
        first: 'Read the fields deferredBecause and next of a waiting notification, then run doctor.',
        runbook: 'not-permitted',
      },
      {
        id: `${channel}-circuit-open`,
        step: 'circuit',
        metric: circuitOpen,
        readings: MOST_OF_FIVE,
        silence: FAULT,
        means: `The provider refuses most messages of channel ${channel} for a reason that concerns the account, so the circuit stopped the calls; or wake-due reports no metrics. All messages of the channel wait; none is lost.`,
        first:
          'Read "because" in "Circuit opened" of the sender, and correct that cause. Probes then close the circuit.',
        runbook: 'circuit-open',
      },
    ];
  }

  override panel(): Graph[] {
    const { name } = this.function;
    const { deferred, deferredForPermission, circuitOpen } = this.figures;
    return [
      ...super.panel(),
      { step: 'deferral', title: NOT_SENT, metrics: [labelled(deferred, `${name}: deferred`)] },
      ...(circuitOpen ? this.accountGraphs(deferredForPermission, circuitOpen) : []),
    ];
  }

  private accountGraphs(deferredForPermission: Metric, circuitOpen: Metric): Graph[] {
    const { name } = this.function;
    return [
      { step: 'permission', title: NOT_SENT, metrics: [labelled(deferredForPermission, `${name}: not permitted`)] },
      { step: 'circuit', title: NOT_SENT, metrics: [labelled(circuitOpen, `${this.channel}: circuit open`)] },
    ];
  }

  private get figures() {
    const { name } = this.function;
    return {
      deferred: counter(this.stage, COUNTER.providerDeferred, name),
      deferredForPermission: counter(this.stage, COUNTER.deferredForPermission, name),
      circuitOpen: this.channel === 'webhook' ? undefined : gauge(this.stage, CIRCUIT_GAUGE[this.channel]),
    };
  }
}
