import {
  ACCOUNT,
  deployedAccount,
  healthyAccount,
  shownStack,
  stackTold,
  verifiedIdentity,
} from './healthy-account.ts';
import { type Answers, AwsFault, Document, type RecordedAccount, startRecordedAccount } from './recorded-account.ts';
import { type TenantState, tenantAccount, tenantState } from './tenant-account.ts';

const arnOf = (name: string): string => `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/${name}/1`;
const nameIn = (given: unknown): string => /stack\/([^/]+)\//.exec(String(given))?.[1] ?? String(given);

/** An account that begins empty, and in which the stacks appear that the CDK makes. */
export type GuideAccount = {
  account: RecordedAccount;
  tenants: TenantState;
  /** What a person does outside: the DNS records of the domain. */
  verifyDomain(): void;
  stacks(): string[];
};

/** @param apiUrl of the API that the deployed stage says it has. */
export async function startGuideAccount(apiUrl: string): Promise<GuideAccount> {
  const account = await startRecordedAccount({});
  const tenants = tenantState();
  const stacks = new Set<string>();
  let isVerified = false;
  const devStack = (): object => {
    const stack = shownStack({ machineClients: tenants.accepted, url: account.url });
    const told = { ...stackTold(account.url), apiUrl };
    const records = stack.Outputs.filter(({ OutputKey }) => OutputKey !== 'outputs');
    return {
      ...stack,
      StackId: arnOf('counterfoil-dev'),
      StackStatus: tenants.busy.shift() ?? tenants.status,
      Outputs: [{ OutputKey: 'outputs', OutputValue: JSON.stringify(told) }, ...records],
    };
  };
  const toolkit = {
    ...shownStack({ status: 'CREATE_COMPLETE' }),
    StackId: arnOf('CDKToolkit'),
    StackName: 'CDKToolkit',
    Outputs: [
      { OutputKey: 'BootstrapVersion', OutputValue: '30' },
      { OutputKey: 'BucketName', OutputValue: `cdk-hnb659fds-assets-${ACCOUNT}-eu-central-1` },
    ],
  };
  Object.assign(
    account.answers,
    tenantAccount(tenants, () => account.url),
    cdkAnswers(stacks),
  );
  const { 'cloudformation ListStackResources': made = {} } = deployedAccount();
  Object.assign(account.answers, {
    'cloudformation ListStackResources': made,
    'ssm GetParameter': () =>
      stacks.has('CDKToolkit')
        ? (healthyAccount()['ssm GetParameter'] as object)
        : new AwsFault('ParameterNotFound', 'Parameter not found.'),
    'ses GetEmailIdentity': () => {
      if (!stacks.has('counterfoil-dev')) return new AwsFault('NotFoundException', 'No such identity.', 404);
      const dkim = { ...verifiedIdentity.DkimAttributes, Status: 'PENDING' };
      return isVerified
        ? verifiedIdentity
        : { ...verifiedIdentity, VerifiedForSendingStatus: false, DkimAttributes: dkim };
    },
    'cloudformation DescribeStacks': ({ StackName }) => {
      const name = nameIn(StackName);
      // By its ARN, a deleted stack is still shown.
      if (!stacks.has(name) && String(StackName).startsWith('arn:'))
        return { Stacks: [{ ...toolkit, StackId: StackName, StackName: name, StackStatus: 'DELETE_COMPLETE' }] };
      if (!stacks.has(name)) return new AwsFault('ValidationError', `Stack with id ${name} does not exist`);
      return { Stacks: [name === 'CDKToolkit' ? toolkit : devStack()] };
    },
  } satisfies Answers);
  return {
    account,
    tenants,
    verifyDomain: () => {
      isVerified = true;
    },
    stacks: () => [...stacks],
  };
}

/** What the CDK asks for: its roles, its assets, and the life of a stack. */
function cdkAnswers(stacks: Set<string>): Answers {
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
    'cloudformation UpdateTerminationProtection': ({ StackName }) => ({ StackId: arnOf(nameIn(StackName)) }),
    'cloudformation DeleteStack': ({ StackName }) => {
      stacks.delete(nameIn(StackName));
      return {};
    },
  };
}
