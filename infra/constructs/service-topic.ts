import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
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
}
