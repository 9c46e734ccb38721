import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnConfigurationSet, CfnConfigurationSetEventDestination, EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';
import { ENV } from '#shared/names.ts';
import type { ServiceFunction } from './service-function.ts';
import { ServiceTopic } from './service-topic.ts';
import { keepsData, type Stage } from './stage.ts';

/** What SES tells of every message. It has no choice of what stands in an event: headers and addresses always do. */
const EVENT_TYPES = ['SEND', 'DELIVERY', 'BOUNCE', 'COMPLAINT', 'DELIVERY_DELAY', 'REJECT', 'RENDERING_FAILURE'];

/** Asked for, SES puts a picture into every HTML part and rewrites every link. */
const TRACKING_TYPES = ['OPEN', 'CLICK'];

/** How e-mail leaves, and where SES tells what became of it. */
export class Mail extends Construct {
  /** SES's events about every message. */
  readonly events: ServiceTopic;
  /** For every function that sends. */
  readonly environment: Record<string, string>;
  readonly configurationSetName: string;
  private readonly identityArns: string[];
  private readonly configurationSetArn: string;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    const { identity, identityOwner, recipientIdentities = [], sender } = stage.settings.email;
    if (identityOwner === 'create') this.createIdentity(stage);
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
    this.environment = { [ENV.sender]: sender, [ENV.configurationSet]: this.configurationSetName };
    this.events = this.eventsOf(configurationSet, stage);
  }

  /**
   * Allows sending. SES checks the sender's identity, the configuration set (which `grantSendEmail` forgets:
   * aws-cdk #34402), and the recipient's identity where it is verified in the same account.
   */
  allowSending(sender: ServiceFunction): void {
    sender.allow(['ses:SendEmail'], [...this.identityArns, this.configurationSetArn]);
  }

  /** The identity, and the DNS records that prove that it is ours. */
  private createIdentity(stage: Stage): void {
    const name = stage.settings.email.identity;
    const identity = new EmailIdentity(this, 'identity', {
      identity: name.includes('@') ? Identity.email(name) : Identity.domain(name),
      // Bounces come as events; as mails to the sender they would lie in somebody's inbox.
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
      // Suppression is ours, per tenant; the account's list would leak between tenants.
      suppressionOptions: { suppressedReasons: [] },
      reputationOptions: { reputationMetricsEnabled: true },
      sendingOptions: { sendingEnabled: true },
    });
  }

  private eventsOf(configurationSet: CfnConfigurationSet, stage: Stage): ServiceTopic {
    const topic = new ServiceTopic(this, 'events', { stage });
    topic.letPublish('ses.amazonaws.com', 'SesPublishes', this.configurationSetArn);
    const destination = new CfnConfigurationSetEventDestination(this, 'event-destination', {
      configurationSetName: configurationSet.ref,
      eventDestination: {
        enabled: true,
        matchingEventTypes: [...EVENT_TYPES, ...(stage.settings.email.tracking ? TRACKING_TYPES : [])],
        snsDestination: { topicArn: topic.topicArn },
      },
    });
    // SES publishes a greeting when the destination is created, and fails the creation if it may not.
    destination.node.addDependency(topic);
    return topic;
  }
}
