import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnConfigurationSet, CfnConfigurationSetEventDestination, EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import type { Construct } from 'constructs';
import { ENV } from '#shared/names.ts';
import type { EmailGatewayNeeds } from '../email-gateways.ts';
import { Mail } from './mail.ts';
import { type AlarmRow, AS_BEFORE, AT_ONCE, type Graph, labelled, minutes } from './monitoring.ts';
import type { ServiceFunction } from './service-function.ts';
import { keepsData, type Stage } from './stage.ts';

/**
 * Events that SES reports for every message. Their contents cannot be configured: every event contains headers and
 * addresses.
 */
const EVENT_TYPES = ['SEND', 'DELIVERY', 'BOUNCE', 'COMPLAINT', 'DELIVERY_DELAY', 'REJECT', 'RENDERING_FAILURE'];

/** For these events, SES puts a picture into every HTML part and rewrites every link. */
const TRACKING_TYPES = ['OPEN', 'CLICK'];

type Ses = Extract<EmailGatewayNeeds, { service: 'ses' }>;

/** SES for a stage: the identity, the configuration set, and the topic for SES's events. */
export class SesMail extends Mail {
  private readonly configurationSetName: string;
  private readonly identityArns: string[];
  private readonly configurationSetArn: string;

  constructor(scope: Construct, id: string, { stage, needs }: { stage: Stage; needs: Ses }) {
    super(scope, id, { stage });
    const { identity, identityOwner, recipientIdentities, isTracking } = needs;
    if (identityOwner === 'create') this.createIdentity(stage, identity);
    const configurationSet = this.configurationSet();
    this.configurationSetName = configurationSet.ref;
    const stack = Stack.of(this);
    this.identityArns = [identity, ...recipientIdentities].map((resourceName) =>
      stack.formatArn({ service: 'ses', resource: 'identity', resourceName }),
    );
    this.configurationSetArn = stack.formatArn({
      service: 'ses',
      resource: 'configuration-set',
      resourceName: this.configurationSetName,
    });
    this.addSending({ [ENV.configurationSet]: this.configurationSetName });
    this.publishEvents(configurationSet, isTracking);
  }

  /**
   * Allows sending. SES checks permissions on the sender's identity, on the configuration set (`grantSendEmail` leaves
   * it out: aws-cdk #34402), and on the recipient's identity if it is verified in the same account.
   */
  override allowSending(sender: ServiceFunction): void {
    sender.allow(['ses:SendEmail'], [...this.identityArns, this.configurationSetArn]);
  }

  /** Creates the identity, and an output for each DNS record that proves the domain to SES. */
  private createIdentity(stage: Stage, name: string): void {
    const identity = new EmailIdentity(this, 'identity', {
      identity: name.includes('@') ? Identity.email(name) : Identity.domain(name),
      // Bounces arrive as events. As mails to the sender, they would arrive in a person's inbox.
      feedbackForwarding: false,
    });
    if (keepsData(stage)) identity.applyRemovalPolicy(RemovalPolicy.RETAIN);
    if (name.includes('@')) return;
    identity.dkimRecords.forEach((record, index) => {
      new CfnOutput(this, `dkim-${index + 1}`, {
        description: 'DNS record that proves the domain to SES',
        value: `${record.name} CNAME ${record.value}`,
      });
    });
  }

  private configurationSet(): CfnConfigurationSet {
    return new CfnConfigurationSet(this, 'configuration-set', {
      // We suppress recipients ourselves, per tenant. The account's list would leak information between tenants.
      suppressionOptions: { suppressedReasons: [] },
      reputationOptions: { reputationMetricsEnabled: true },
      sendingOptions: { sendingEnabled: true },
    });
  }

  private publishEvents(configurationSet: CfnConfigurationSet, isTracking: boolean): void {
    this.events.letPublish('ses.amazonaws.com', 'SesPublishes', this.configurationSetArn);
    const destination = new CfnConfigurationSetEventDestination(this, 'event-destination', {
      configurationSetName: configurationSet.ref,
      eventDestination: {
        enabled: true,
        matchingEventTypes: [...EVENT_TYPES, ...(isTracking ? TRACKING_TYPES : [])],
        snsDestination: { topicArn: this.events.topicArn },
      },
    });
    // SES publishes a test message when the destination is created. The creation fails if SES may not publish.
    destination.node.addDependency(this.events);
  }

  alarms(): AlarmRow[] {
    const { bounceRate, complaintRate } = this.figures;
    // Thresholds and missing data follow AWS's advice. From here on, AWS reviews an account, and may pause it at 10 %
    // bounces and 0.5 % complaints.
    // https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
    return [
      ...this.events.deliveryAlarms('mail-events', 'events of SES about e-mails'),
      {
        id: 'bounce-rate',
        step: 'reputation',
        metric: bounceRate,
        threshold: 0.05,
        readings: AT_ONCE,
        silence: AS_BEFORE,
        means: "Five percent of the account's e-mails bounce. At ten, AWS may stop all of its e-mail.",
        first: "See whether it is this stage's mail, and stop what sends to addresses that do not exist.",
        runbook: 'bounce-rate',
      },
      {
        id: 'complaint-rate',
        step: 'reputation',
        metric: complaintRate,
        threshold: 0.001,
        readings: AT_ONCE,
        silence: AS_BEFORE,
        means:
          'One e-mail of the account in a thousand is reported as spam. At five in a thousand, AWS may stop all of its e-mail.',
        first: "See whether it is this stage's mail, and who gets what they did not ask for.",
        runbook: 'complaint-rate',
      },
    ];
  }

  panel(): Graph[] {
    const { bounceRate, complaintRate, ownBounceRate, ownComplaintRate } = this.figures;
    const { published, delivered } = this.events.figures;
    return [
      {
        step: 'reputation',
        title: 'Bounces (1 = all e-mails)',
        metrics: [labelled(bounceRate, 'account'), labelled(ownBounceRate, 'this stage')],
      },
      {
        step: 'reputation',
        title: 'Complaints (1 = all e-mails)',
        metrics: [labelled(complaintRate, 'account'), labelled(ownComplaintRate, 'this stage')],
      },
      {
        step: 'feedback',
        title: 'Events of SES',
        metrics: [labelled(published, 'published by SES'), labelled(delivered, 'delivered to the queue')],
      },
    ];
  }

  /**
   * `AWS/SES`, without a dimension: the rates of the account, because SES pauses accounts. The stage's own share has
   * the configuration set as its dimension.
   */
  private get figures() {
    const metric = (metricName: string, dimensionsMap: Record<string, string> = {}): Metric =>
      new Metric({ namespace: 'AWS/SES', metricName, dimensionsMap, statistic: Stats.MAXIMUM, period: minutes(15) });
    const ownSet = { 'ses:configuration-set': this.configurationSetName };
    return {
      bounceRate: metric('Reputation.BounceRate'),
      complaintRate: metric('Reputation.ComplaintRate'),
      ownBounceRate: metric('Reputation.BounceRate', ownSet),
      ownComplaintRate: metric('Reputation.ComplaintRate', ownSet),
    };
  }
}
