import { arnOf, cdkAnswers, nameIn } from './cdk-answers.ts';
import {
  ACCOUNT,
  deployedAccount,
  healthyAccount,
  shownStack,
  stackOutputs,
  verifiedIdentity,
} from './healthy-account.ts';
import { type Answers, AwsFault, type RecordedAccount, startRecordedAccount } from './recorded-account.ts';
import { type TenantState, tenantAccount, tenantState } from './tenant-account.ts';

/** An account that begins empty, and in which the stacks appear that the CDK makes. */
export type GuideAccount = {
  account: RecordedAccount;
  tenants: TenantState;
  /** What a person does outside: the DNS records of the domain. */
  verifyDomain(): void;
  stacks(): string[];
};

const CONSOLE_STACK = 'counterfoil-dev-console';

/** @param apiUrl of the API in the outputs of the deployed stage. */
export async function startGuideAccount(apiUrl: string): Promise<GuideAccount> {
  const account = await startRecordedAccount({});
  const tenants = tenantState();
  const stacks = new Set<string>();
  let isVerified = false;
  const devStack = (): object => {
    const stack = shownStack({
      consoleOrigin: tenants.consoleOrigin,
      machineClients: tenants.accepted,
      url: account.url,
    });
    const outputs = { ...stackOutputs(account.url), apiUrl };
    const records = stack.Outputs.filter(({ OutputKey }) => OutputKey !== 'outputs');
    return {
      ...stack,
      StackId: arnOf('counterfoil-dev'),
      StackStatus: tenants.busy.shift() ?? tenants.status,
      Outputs: [{ OutputKey: 'outputs', OutputValue: JSON.stringify(outputs) }, ...records],
    };
  };
  const consoleStack = {
    ...shownStack(),
    StackId: arnOf(CONSOLE_STACK),
    StackName: CONSOLE_STACK,
    Outputs: [{ OutputKey: 'consoleOrigin', OutputValue: 'https://d111111abcdef8.cloudfront.net' }],
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
    {
      'cloudformation UpdateTerminationProtection': ({ StackName }) => ({ StackId: arnOf(nameIn(StackName)) }),
      'cloudformation DeleteStack': ({ StackName }) => {
        stacks.delete(nameIn(StackName));
        return {};
      },
    } satisfies Answers,
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
      if (name === CONSOLE_STACK) return { Stacks: [consoleStack] };
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
