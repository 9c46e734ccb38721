import { ACCOUNT } from './healthy-account.ts';
import { type Answers, AwsFault, Document } from './recorded-account.ts';

/** The ARN of a stack. */
export const arnOf = (name: string): string => `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/${name}/1`;

/** The name of a stack, from its name or its ARN. */
export const nameIn = (given: unknown): string => /stack\/([^/]+)\//.exec(String(given))?.[1] ?? String(given);

/** What the CDK asks for when it deploys: its roles, its assets, and change sets. `stacks`: the names of those that exist. */
export function cdkAnswers(stacks: Set<string>): Answers {
  const prepared = new Set<string>();
  return {
    'sts AssumeRole': {
      Credentials: {
        AccessKeyId: 'role',
        SecretAccessKey: 'test',
        SessionToken: 'test',
        Expiration: '2099-01-01T00:00:00Z',
      },
      AssumedRoleUser: { Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/cdk/test`, AssumedRoleId: 'test' },
    },
    's3 GetBucketLocation': new Document('<LocationConstraint>eu-central-1</LocationConstraint>'),
    's3 ListObjectsV2': ({ Prefix }) =>
      new Document(
        `<ListBucketResult><KeyCount>1</KeyCount><Contents><Key>${Prefix}</Key><Size>1000</Size></Contents></ListBucketResult>`,
      ),
    'cloudformation GetTemplate': { TemplateBody: '{"Resources":{}}' },
    'cloudformation CreateChangeSet': ({ StackName }) => {
      prepared.add(nameIn(StackName));
      return { Id: 'arn:change-set', StackId: arnOf(nameIn(StackName)) };
    },
    'cloudformation DescribeChangeSet': ({ StackName }) =>
      prepared.has(nameIn(StackName))
        ? {
            ChangeSetId: 'arn:change-set',
            ChangeSetName: 'cdk-deploy-change-set',
            StackId: arnOf(nameIn(StackName)),
            StackName: nameIn(StackName),
            Status: 'CREATE_COMPLETE',
            ExecutionStatus: 'AVAILABLE',
            Changes: [
              {
                Type: 'Resource',
                ResourceChange: { Action: 'Add', LogicalResourceId: 'topic', ResourceType: 'AWS::SNS::Topic' },
              },
            ],
          }
        : new AwsFault('ChangeSetNotFound'),
    // The CDK waits until an older change set is gone; one that was executed is.
    'cloudformation DeleteChangeSet': ({ StackName }) => {
      prepared.delete(nameIn(StackName));
      return {};
    },
    'cloudformation ExecuteChangeSet': ({ StackName }) => {
      prepared.delete(nameIn(StackName));
      stacks.add(nameIn(StackName));
      return {};
    },
    'cloudformation DescribeStackEvents': { StackEvents: [] },
  };
}
