import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnConfigurationSet } from 'aws-cdk-lib/aws-smsvoice';
import { Construct } from 'constructs';
import { ENV } from '#shared/names.ts';
import type { ServiceFunction } from './service-function.ts';
import { ServiceTopic } from './service-topic.ts';
import type { Stage } from './stage.ts';

/** How text messages leave, and where their gateway tells what became of them, if it does. */
export class TextMessages extends Construct {
  /** What End User Messaging tells of every message; SNS tells nothing. */
  readonly events?: ServiceTopic;
  private readonly stage: Stage;
  private readonly configurationSetName: string;
  private readonly configurationSetArn: string;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    this.stage = stage;
    const stack = Stack.of(this);
    // A name of its own, so that the topic's policy can name it before it is there.
    this.configurationSetName = stack.stackName;
    this.configurationSetArn = stack.formatArn({
      service: 'sms-voice',
      resource: 'configuration-set',
      resourceName: this.configurationSetName,
    });
    if (stage.settings.sms.gateway === 'end-user-messaging') this.events = this.eventsOf();
  }

  /** What the sender is told about the gateway that the stage chose. */
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

  /** Allows sending through the gateway that the stage chose, and through no other. */
  allowSending(sender: ServiceFunction): void {
    const { sms } = this.stage.settings;
    if (sms.gateway === 'end-user-messaging') {
      // Checked on each resource that a request names: on a pool, but neither on its numbers nor on their opt-out
      // list; on the configuration set, because requests name it.
      sender.allow(['sms-voice:SendTextMessage'], [sms.originationIdentity, this.configurationSetArn]);
      return;
    }
    // A phone number has no ARN; "everything but topics" is how a text message alone is allowed.
    sender.role.addToPolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: ['sns:Publish'], notResources: ['arn:*:sns:*:*:*'] }),
    );
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
          // By name, TEXT_SENT is not to be had here; nothing is missed by that, each event proves acceptance.
          matchingEventTypes: ['TEXT_ALL'],
          snsDestination: { topicArn: topic.topicArn },
        },
      ],
    });
    configurationSet.node.addDependency(topic);
    return topic;
  }
}
