import { Stack } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { removalPolicyOf, type Stage } from './stage.ts';

/** Through these, and only through these, whoever may use a resource may use the key that encrypts it. */
const SERVICES = ['dynamodb', 'sns', 'sqs', 'secretsmanager', 's3'];

/** They write into encrypted queues and topics on their own, not for a caller, and say for which account. */
const PUBLISHERS = ['sns.amazonaws.com', 'cloudwatch.amazonaws.com'];

/**
 * One customer managed key for everything that a stage keeps or queues. Its policy is that of the services'
 * own keys: access to a table or queue is decided where the table or queue is, and the key follows. So a
 * function's role looks the same with and without it.
 */
export class StageKey extends Key {
  /**
   * Makes the key, and hands out a reference to it that adds nothing to its policy: a subscription would add
   * a statement with its topic, and the topic needs the key first.
   */
  static of(scope: Construct, id: string, stage: Stage): IKey {
    const key = new StageKey(scope, id, stage);
    return Key.fromKeyArn(scope, `${id}-reference`, key.keyArn);
  }

  private constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id, {
      description: `Counterfoil ${stage.name}: rows, queues, topics, secret and attachments`,
      enableKeyRotation: true,
      removalPolicy: removalPolicyOf(stage),
    });
    const { account, region } = Stack.of(this);
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'ThroughTheServicesThatUseIt',
        principals: [new AnyPrincipal()],
        actions: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        resources: ['*'],
        conditions: {
          StringEquals: {
            'kms:CallerAccount': account,
            'kms:ViaService': SERVICES.map((service) => `${service}.${region}.amazonaws.com`),
          },
        },
      }),
    );
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'PublishersOfThisAccount',
        principals: PUBLISHERS.map((service) => new ServicePrincipal(service)),
        actions: ['kms:GenerateDataKey*', 'kms:Decrypt'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
    // SES's documentation asks for it without a condition; one that SES does not fill in would lose every event
    // in silence. Where it may publish with the key is decided by the topic's policy.
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'EventsOfSes',
        principals: [new ServicePrincipal('ses.amazonaws.com')],
        actions: ['kms:GenerateDataKey*', 'kms:Decrypt'],
        resources: ['*'],
      }),
    );
    if (stage.settings.sms.gateway !== 'end-user-messaging') return;
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'EventsOfEndUserMessaging',
        principals: [new ServicePrincipal('sms-voice.amazonaws.com')],
        actions: ['kms:GenerateDataKey*', 'kms:Decrypt'],
        resources: ['*'],
      }),
    );
  }
}
