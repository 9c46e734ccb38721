import { Stack } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type AlarmRow, AT_ONCE, type Graph, labelled, type Monitored, minutes } from './monitoring.ts';
import type { Stage } from './stage.ts';

/** A topic that refuses connections without TLS. Functions of this account publish to it with their roles. */
export class ServiceTopic extends Topic {
  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id, { enforceSSL: true, ...(stage.key && { masterKey: stage.key }) });
  }

  /**
   * Allows an AWS service to publish on behalf of one resource of this account. This policy replaces SNS's default
   * policy, so only the named services and roles of this account may publish.
   */
  letPublish(service: string, sid: string, sourceArn: string): void {
    this.addToResourcePolicy(
      new PolicyStatement({
        sid,
        principals: [new ServicePrincipal(service)],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        conditions: {
          StringEquals: { 'AWS:SourceAccount': Stack.of(this).account },
          ArnLike: { 'AWS:SourceArn': sourceArn },
        },
      }),
    );
  }

  /** `AWS/SNS`, dimension `TopicName`. */
  get figures() {
    const metric = (metricName: string): Metric =>
      new Metric({
        namespace: 'AWS/SNS',
        metricName,
        dimensionsMap: { TopicName: this.topicName },
        statistic: Stats.SUM,
        period: minutes(5),
      });
    return {
      published: metric('NumberOfMessagesPublished'),
      delivered: metric('NumberOfNotificationsDelivered'),
      failed: metric('NumberOfNotificationsFailed'),
      setAside: metric('NumberOfNotificationsRedrivenToDlq'),
      lost: metric('NumberOfNotificationsFailedToRedriveToDlq'),
    };
  }

  /**
   * Alarms for messages that do not reach a queue.
   * @param name prefix of the alarms' ids.
   * @param what the messages of this topic, in words.
   */
  deliveryAlarms(name: string, what: string): AlarmRow[] {
    const { failed, lost } = this.figures;
    return [
      {
        id: `${name}-undelivered`,
        step: 'topic',
        metric: failed,
        readings: AT_ONCE,
        means: `SNS gave up delivering ${what} to a queue. They wait in the "undeliverable" queue.`,
        first: "Compare the queue's policy and key with the template; SNS does not retry a refusal.",
        runbook: 'topic-undelivered',
      },
      {
        id: `${name}-lost`,
        step: 'topic',
        metric: lost,
        readings: AT_ONCE,
        means: `SNS could not set aside ${what}: these copies are lost. Notifications are announced again by their rows; feedback is not.`,
        first: 'Fix the policy or the key of the "undeliverable" queue.',
        runbook: 'topic-lost',
      },
    ];
  }
}

/** The topic to which the outbox is published. Every subscriber of the stage gets its messages from here. */
export class MessageTopic extends ServiceTopic implements Monitored {
  /** The types of the messages that business domains publish. Those of the platform are in its code. */
  readonly typesOfDomains: string[] = [];

  /** Says which types of messages a business domain publishes, so that endpoints of tenants may subscribe to them. */
  publishes(...types: readonly string[]): void {
    this.typesOfDomains.push(...types);
  }

  alarms(): AlarmRow[] {
    return this.deliveryAlarms('topic', 'requests to send');
  }

  panel(): Graph[] {
    const { failed, setAside, lost } = this.figures;
    return [
      {
        step: 'topic',
        title: 'Copies that SNS could not deliver',
        metrics: [labelled(failed, 'failed'), labelled(setAside, 'set aside'), labelled(lost, 'lost')],
      },
    ];
  }
}
