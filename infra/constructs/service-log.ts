import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Stage } from './stage.ts';

/**
 * A log group that deletes its entries after the stage's retention time. It contains no data that has to outlive the
 * stack.
 */
export class ServiceLog extends LogGroup {
  constructor(scope: Construct, id: string, { stage, name }: { stage: Pick<Stage, 'settings'>; name?: string }) {
    super(scope, id, {
      ...(name && { logGroupName: name }),
      retention: stage.settings.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}
