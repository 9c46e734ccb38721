import { DefaultStackSynthesizer, Stack, Token, Validations } from 'aws-cdk-lib';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { CACHED, CHECKED_EACH_TIME, NAMED_BY_CONTENT, NOT_FOUND_PAGE, NOT_FOUND_PATH } from '../console-policy.ts';
import type { LiveOutputs } from '../outputs.ts';
import { ServiceLog } from './service-log.ts';
import type { SignIn } from './sign-in.ts';
import type { Stage } from './stage.ts';

type Props = {
  stage: Pick<Stage, 'settings'>;
  bucket: Bucket;
  /** Folder with the built console. */
  folder: string;
  /** What the page has to know about its stage. */
  configuration: { apiUrl: string; signIn: SignIn; tryIt?: { faults: readonly string[] }; live?: LiveOutputs };
};

/**
 * The console's files in its bucket: first those that are named by their content, then `index.html`, which names them, and
 * `config.json`. Files of earlier releases stay, because an open page loads its parts when they are needed.
 */
export class ConsoleFiles extends Construct {
  constructor(scope: Construct, id: string, { stage, bucket, folder, configuration }: Props) {
    super(scope, id);
    const files = Source.asset(folder);
    const shared = { destinationBucket: bucket, prune: false, logGroup: new ServiceLog(this, 'log', { stage }) };
    const namedByContent = new BucketDeployment(this, 'named-by-content', {
      ...shared,
      sources: [files],
      exclude: ['*'],
      include: [`${NAMED_BY_CONTENT}/*`],
      cacheControl: [CacheControl.fromString(CACHED)],
    });
    const entries = new BucketDeployment(this, 'entries', {
      ...shared,
      sources: [
        files,
        Source.data(NOT_FOUND_PATH.slice(1), NOT_FOUND_PAGE),
        Source.jsonData('config.json', configuration),
      ],
      exclude: [`${NAMED_BY_CONTENT}/*`],
      cacheControl: [CacheControl.fromString(CHECKED_EACH_TIME)],
    });
    entries.node.addDependency(namedByContent);
    this.acknowledge(entries, bucket);
  }

  /** The CDK's own function copies the files. It is one for the whole stack, and outside this construct. */
  private acknowledge({ handlerRole }: BucketDeployment, bucket: Bucket): void {
    const own = 'This function of the CDK runs during a deployment only';
    const { scope: provider } = handlerRole.node;
    if (!provider) return;
    Validations.of(provider).acknowledge(
      { id: 'AwsSolutions::AwsSolutions-L1', reason: `${own}, and the CDK chooses its runtime.` },
      { id: 'Serverless::Serverless-LambdaLatestVersion', reason: `${own}, and the CDK chooses its runtime.` },
      {
        id: 'Serverless::Serverless-LambdaDLQ',
        reason: `${own}: CloudFormation waits for its answer and reports a failure.`,
      },
      { id: 'Serverless::Serverless-LambdaTracing', reason: `${own}: no request of a customer passes through it.` },
      {
        id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
        reason: `${own}, and the CDK gives it the policy of AWS to write its log.`,
      },
      ...this.wildcards(bucket).map((wildcard) => ({
        id: `AwsSolutions::AwsSolutions-IAM5[${wildcard}]`,
        reason: `${own}: it reads the bucket of the CDK’s bootstrap, and writes any file into the console’s bucket.`,
      })),
    );
  }

  /** The wildcards in the permissions of that function, as cdk-nag names them. */
  private wildcards(bucket: Bucket): string[] {
    const stack = Stack.of(this);
    const shown = (value: string): string => (Token.isUnresolved(value) ? `<${stack.resolve(value).Ref}>` : value);
    const { partition, account, region, synthesizer } = stack;
    const qualifier = synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
    const bootstrap = `cdk-${qualifier}-assets-${shown(account)}-${shown(region)}`;
    const { logicalId } = bucket.node.defaultChild as CfnBucket;
    return [
      ...['GetBucket', 'GetObject', 'List', 'Abort', 'DeleteObject'].map((name) => `Action::s3:${name}*`),
      `Resource::arn:${shown(partition)}:s3:::${bootstrap}/*`,
      `Resource::<${stack.resolve(logicalId)}.Arn>/*`,
    ];
  }
}
