import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnConfigurationSet } from 'aws-cdk-lib/aws-smsvoice';
import { Construct } from 'constructs';
import { ENV } from '#shared/names.ts';
import type { AlarmRow, Graph, Monitored } from './monitoring.ts';
import type { ServiceFunction } from './service-function.ts';
import { ServiceTopic } from './service-topic.ts';
import type { Stage } from './stage.ts';

/** The gateway for text messages of a stage, and the topic for its events, if it has any. */
export class TextMessages extends Construct implements Monitored {
  /** Events of End User Messaging about every message. SNS reports nothing. */
  readonly events?: ServiceTopic;
  private readonly stage: Stage;
  private readonly configurationSetName: string;
  private readonly configurationSetArn: string;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    this.stage = stage;
    const stack = Stack.of(this);
    // The name is chosen here, so that the topic's policy can refer to the configuration set before it exists.
    this.configurationSetName = stack.stackName;
    this.configurationSetArn = stack.formatArn({
      service: 'sms-voice',
      resource: 'configuration-set',
      resourceName: this.configurationSetName,
    });
    if (stage.settings.sms.gateway === 'end-user-messaging') this.events = this.eventsOf();
  }

  /** Variables of the sender, for the gateway that the stage uses. */
  get environment(): Record<string, string> {
    const { sms } = this.stage.settings;
    const chosen = { [ENV.smsGateway]: sms.gateway };
    if (sms.gateway === 'end-user-messaging') {
      return {
        ...chosen,
        [ENV.originationIdentity]: sms.originationIdentity,
        [ENV.smsConfigurationSet]: this.configurationSetName,
      };
    }
    return {
      ...chosen,
      ...(sms.originationNumber && { [ENV.originationNumber]: sms.originationNumber }),
      ...(sms.senderId && { [ENV.senderId]: sms.senderId }),
    };
  }

  /** Allows sending through the stage's gateway only. */
  allowSending(sender: ServiceFunction): void {
    const { sms } = this.stage.settings;
    if (sms.gateway === 'end-user-messaging') {
      // AWS checks the permission on each resource that a request names: the pool, but neither its numbers nor their
      // opt-out list; and the configuration set, because requests name it.
      sender.allow(['sms-voice:SendTextMessage'], [sms.originationIdentity, this.configurationSetArn]);
      return;
    }
    // A phone number has no ARN. "Everything but topics" is the way to allow text messages only.
    sender.role.addToPolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: ['sns:Publish'], notResources: ['arn:*:sns:*:*:*'] }),
    );
  }

  alarms(): AlarmRow[] {
    return this.events?.deliveryAlarms('text-events', 'events of End User Messaging about text messages') ?? [];
  }

  /** The lanes of text messages show all there is. */
  panel(): Graph[] {
    return [];
  }

  private eventsOf(): ServiceTopic {
    const topic = new ServiceTopic(this, 'events', { stage: this.stage });
    topic.letPublish('sms-voice.amazonaws.com', 'EndUserMessagingPublishes', this.configurationSetArn);
    const configurationSet = new CfnConfigurationSet(this, 'configuration-set', {
      configurationSetName: this.configurationSetName,
      eventDestinations: [
        {
          eventDestinationName: 'events',
          enabled: true,
          // TEXT_SENT cannot be selected by name here. `TEXT_ALL` loses nothing, because each event proves acceptance.
          matchingEventTypes: ['TEXT_ALL'],
          snsDestination: { topicArn: topic.topicArn },
        },
      ],
    });
    configurationSet.node.addDependency(topic);
    return topic;
  }
}
