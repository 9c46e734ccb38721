import { Duration, Validations } from 'aws-cdk-lib';
import { type DeadLetterQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Stage } from './stage.ts';

/** SQS's longest retention time. */
export const LONGEST_RETENTION_DAYS = 14;

/**
 * An encrypted queue that refuses connections without TLS. It keeps messages for `retentionDays`, or for as long as SQS
 * can.
 */
export class ServiceQueue extends Queue {
  constructor(
    scope: Construct,
    id: string,
    props: {
      stage: Stage;
      visibilityTimeoutSeconds?: number;
      deadLetterQueue?: DeadLetterQueue;
      retentionDays?: number;
      /** Of a queue whose messages may be lost. */
      lossy?: { retentionSeconds: number; reason: string };
    },
  ) {
    const { stage, visibilityTimeoutSeconds, deadLetterQueue, retentionDays = LONGEST_RETENTION_DAYS, lossy } = props;
    super(scope, id, {
      ...(stage.key
        ? { encryption: QueueEncryption.KMS, encryptionMasterKey: stage.key, dataKeyReuse: Duration.hours(1) }
        : { encryption: QueueEncryption.SQS_MANAGED }),
      enforceSSL: true,
      retentionPeriod: lossy ? Duration.seconds(lossy.retentionSeconds) : Duration.days(retentionDays),
      ...(visibilityTimeoutSeconds && { visibilityTimeout: Duration.seconds(visibilityTimeoutSeconds) }),
      ...(deadLetterQueue && { deadLetterQueue }),
    });
    if (deadLetterQueue) return;
    const reason = lossy?.reason ?? 'It is a dead-letter queue itself.';
    Validations.of(this).acknowledge(
      { id: 'AwsSolutions::AwsSolutions-SQS3', reason },
      { id: 'Serverless::Serverless-SQSRedrivePolicy', reason },
    );
  }
}
