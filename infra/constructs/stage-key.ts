import { Stack } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { removalPolicyOf, type Stage } from './stage.ts';

/**
 * The key can be used through these services only. A principal that may use a resource of the service may then use the
 * key that encrypts it.
 */
const SERVICES = ['dynamodb', 'sns', 'sqs', 'secretsmanager', 's3'];

/**
 * These services write into encrypted queues and topics themselves, not on behalf of a caller. They name the account
 * that they act for.
 */
const PUBLISHERS = ['sns.amazonaws.com', 'cloudwatch.amazonaws.com'];

/**
 * One customer managed key for everything that a stage stores or queues. Its policy is like the policy of the AWS
 * managed keys: permission to use a table or queue includes the use of the key. So a function's role is the same with
 * this key and without it.
 */
export class StageKey extends Key {
  /**
   * Creates the key, and returns a reference that adds nothing to the key's policy. A subscription would otherwise add
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
    this.letEncrypt('PublishersOfThisAccount', PUBLISHERS, { StringEquals: { 'aws:SourceAccount': account } });
    // SES's documentation requires this statement without a condition. With a condition on a value that SES does not
    // send, every event would be lost silently. The topic's policy decides where SES may publish.
    this.letEncrypt('EventsOfSes', ['ses.amazonaws.com']);
    if (stage.settings.sms.gateway === 'end-user-messaging') {
      this.letEncrypt('EventsOfEndUserMessaging', ['sms-voice.amazonaws.com']);
    }
  }

  /** Allows services to encrypt what they write into queues and topics. */
  private letEncrypt(sid: string, services: string[], conditions?: Record<string, Record<string, string>>): void {
    this.addToResourcePolicy(
      new PolicyStatement({
        sid,
        principals: services.map((service) => new ServicePrincipal(service)),
        actions: ['kms:GenerateDataKey*', 'kms:Decrypt'],
        resources: ['*'],
        ...(conditions && { conditions }),
      }),
    );
  }
}
