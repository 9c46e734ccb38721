import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  HttpMethods,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ATTACHMENT_PREFIX, ENV } from '#shared/names.ts';
import { pageOriginsOf } from './console-origin.ts';
import type { ServiceFunction } from './service-function.ts';
import { removalPolicyOf, type Stage } from './stage.ts';

/** Headers that a signed upload has. */
const UPLOAD_HEADERS = ['content-type', 'x-amz-checksum-sha256'];
/** How long a browser keeps the answer to a preflight request: two hours at most. */
const CORS_SECONDS = 7200;

/** The bucket for the bytes of attachments. They are stored for as long as a message needs them. */
export class Attachments extends Construct {
  readonly bucket: Bucket;
  /** For functions that read or delete. */
  readonly environment: Record<string, string>;
  /** Additional variables of the function that signs uploads. */
  readonly uploadEnvironment: Record<string, string>;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    const { uploadSeconds, usableSeconds, keepDays } = stage.settings.attachments;
    const allowedOrigins = pageOriginsOf(stage);
    this.bucket = new Bucket(this, 'bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      ...(stage.key
        ? { encryption: BucketEncryption.KMS, encryptionKey: stage.key, bucketKeyEnabled: true }
        : { encryption: BucketEncryption.S3_MANAGED }),
      lifecycleRules: [
        {
          // Files that were never deleted: of a failed message that was not resolved, or of an upload that came too
          // late.
          expiration: Duration.days(keepDays),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      // A page uploads with the URL and the headers that the API has signed.
      ...(allowedOrigins.length > 0 && {
        cors: [
          { allowedOrigins, allowedMethods: [HttpMethods.PUT], allowedHeaders: UPLOAD_HEADERS, maxAge: CORS_SECONDS },
        ],
      }),
      removalPolicy: removalPolicyOf(stage),
    });
    this.environment = { [ENV.attachmentsBucket]: this.bucket.bucketName };
    this.uploadEnvironment = {
      [ENV.attachmentsHost]: this.bucket.bucketRegionalDomainName,
      [ENV.uploadSeconds]: String(uploadSeconds),
      [ENV.attachmentUsableSeconds]: String(usableSeconds),
    };
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason:
        'The row of a file and the logs of the functions record who uploads, sends and deletes it. No other identity has access.',
    });
  }

  /** S3 checks an upload against the permissions of the role that signed it. */
  allowUploads(signer: ServiceFunction): void {
    this.allow(signer, 's3:PutObject');
  }

  /** Without `s3:ListBucket`, S3 answers 403 both for a missing object and for a forbidden one. */
  allowReading(reader: ServiceFunction): void {
    this.allow(reader, 's3:GetObject');
    reader.allow(['s3:ListBucket'], [this.bucket.bucketArn]);
  }

  allowDeleting(deleter: ServiceFunction): void {
    this.allow(deleter, 's3:DeleteObject');
  }

  private allow(caller: ServiceFunction, action: string): void {
    caller.allow([action], [this.bucket.arnForObjects(`${ATTACHMENT_PREFIX}*`)]);
    const bucketId = Stack.of(this).resolve((this.bucket.node.defaultChild as CfnBucket).logicalId);
    Validations.of(caller.role).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/${ATTACHMENT_PREFIX}*]`,
      reason:
        'Object keys contain tenants and ids that are not known in advance. The row of an attachment decides what is allowed.',
    });
  }
}
