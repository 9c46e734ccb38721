import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Stage } from './stage.ts';

/** A topic that takes no plain connection; functions of this account publish there by their roles. */
export class ServiceTopic extends Topic {
  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id, { enforceSSL: true, ...(stage.key && { masterKey: stage.key }) });
  }

  /**
   * Lets a service of AWS publish, on behalf of one resource of this account. The topic's policy takes the
   * place of SNS's default, so whoever is not named here and has no role of this account is out.
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
