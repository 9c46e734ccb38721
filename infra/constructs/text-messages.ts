import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnConfigurationSet } from 'aws-cdk-lib/aws-smsvoice';
import { Construct } from 'constructs';
import { ENV } from '#shared/names.ts';
import { textGateways } from '../text-gateways.ts';
import type { AlarmRow, Graph, Monitored } from './monitoring.ts';
import type { ServiceFunction } from './service-function.ts';
import { ServiceTopic } from './service-topic.ts';
import type { Stage } from './stage.ts';

type TextGatewayNeeds = NonNullable<ReturnType<(typeof textGateways)[number]['needs']>>;

/** The gateway for text messages of a stage, and the topic for its events, if it has any. */
export class TextMessages extends Construct implements Monitored {
  /** Events of End User Messaging about every message. SNS reports nothing. */
  readonly events?: ServiceTopic;
  private readonly stage: Stage;
  private readonly configurationSetName: string;
  private readonly configurationSetArn: string;
  private readonly needs: TextGatewayNeeds;

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
    this.needs = this.needsOf();
    if (this.needs.reportsEvents) this.events = this.eventsOf();
  }

  /** Variables of the sender, for the gateway that the stage uses. */
  get environment(): Record<string, string> {
    return { [ENV.smsGateway]: this.stage.settings.sms.gateway, ...this.needs.environment };
  }

  /** Allows sending through the stage's gateway only. */
  allowSending(sender: ServiceFunction): void {
    const { permission } = this.needs;
    if (permission) sender.role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, ...permission }));
  }

  private needsOf(): TextGatewayNeeds {
    const { sms } = this.stage.settings;
    const configurationSet = { name: this.configurationSetName, arn: this.configurationSetArn };
    const [needs] = textGateways.flatMap((gateway) => gateway.needs(sms, configurationSet) ?? []);
    if (!needs) throw new Error(`No folder of shared/adapters/aws/providers has the gateway ${sms.gateway}.`);
    return needs;
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
