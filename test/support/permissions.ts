import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Commands of `npm run` that act on an account. */
export const COMMANDS = ['bootstrap', 'deploy', 'doctor', 'smoke', 'tenants', 'restore'] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Prefix in IAM, and signing name, by the package of the SDK. */
const SERVICES: Record<string, string> = {
  'client-cloudformation': 'cloudformation',
  'client-cognito-identity-provider': 'cognito-idp',
  'client-dynamodb': 'dynamodb',
  'client-lambda': 'lambda',
  'client-pinpoint-sms-voice-v2': 'sms-voice',
  'client-scheduler': 'scheduler',
  'client-secrets-manager': 'secretsmanager',
  'client-sesv2': 'ses',
  'client-sns': 'sns',
  'client-sqs': 'sqs',
  'client-ssm': 'ssm',
  'client-sts': 'sts',
};

/** Calls that code outside `infra/account` makes for a command; tests compare them with what was recorded. */
export const CALLS_ELSEWHERE: Record<CommandName, string[]> = {
  // The CDK, with the credentials of the person.
  bootstrap: [
    'cloudformation DescribeStacks',
    'cloudformation CreateChangeSet',
    'cloudformation DescribeChangeSet',
    'cloudformation ExecuteChangeSet',
    'cloudformation DescribeStackEvents',
  ],
  // The CDK takes its roles and does everything else with them. The store, where a restored table is put into use.
  deploy: ['sts AssumeRole', 'dynamodb Query', 'dynamodb GetItem'],
  doctor: ['dynamodb Query', 'dynamodb GetItem'],
  smoke: [],
  tenants: [],
  // The scan, the store and the executor, of the restored table.
  restore: [
    'dynamodb Scan',
    'dynamodb Query',
    'dynamodb GetItem',
    'dynamodb BatchGetItem',
    'dynamodb TransactWriteItems',
  ],
};

/** Calls of modules on a command's way that the command itself never makes; tests run the command and see none of them. */
const NEVER_MADE: Partial<Record<CommandName, string[]>> = {
  // It asks only the checks that can stop a deployment.
  deploy: [
    'cognito-idp DescribeUserPool',
    'lambda GetAccountSettings',
    'secretsmanager GetSecretValue',
    'ses GetConfigurationSet',
    'ses ListEmailIdentities',
    'sms-voice DescribeAccountAttributes',
    'sms-voice DescribePhoneNumbers',
    'sms-voice DescribePools',
    'sms-voice DescribeSenderIds',
    'sms-voice DescribeSpendLimits',
    'sns GetSMSAttributes',
    'sns GetSMSSandboxAccountStatus',
    'sns ListOriginationNumbers',
    'sns ListSubscriptionsByTopic',
  ],
  // Of what is written for tenants, it takes one client that exists already.
  smoke: [
    'cloudformation ListStackResources',
    'cloudformation UpdateStack',
    'cognito-idp CreateUserPoolClient',
    'cognito-idp DeleteUserPoolClient',
    'cognito-idp ListUserPoolClients',
    'dynamodb DeleteItem',
    'dynamodb GetItem',
  ],
};

/** Operations that need other permissions than the one of their name, each with the reason. */
const ACTIONS: Record<string, string[]> = {
  // "No permissions are required to perform this operation", says its reference.
  'sts GetCallerIdentity': [],
  // The parameter BootstrapVersion is the name of an SSM parameter, which CloudFormation reads for the caller.
  'cloudformation UpdateStack': ['cloudformation:UpdateStack', 'ssm:GetParameters'],
  // IAM knows no action for a transaction: each write of it is allowed by itself.
  'dynamodb TransactWriteItems': ['dynamodb:ConditionCheckItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
  // "Read and write permissions on the target table are necessary for restore functionality."
  'dynamodb RestoreTableToPointInTime': [
    'dynamodb:RestoreTableToPointInTime',
    ...['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'].map(
      (name) => `dynamodb:${name}`,
    ),
  ],
  // The schedule is written with its role, which the caller hands over.
  'scheduler UpdateSchedule': ['iam:PassRole', 'scheduler:UpdateSchedule'],
};

/** IAM actions of operations, as `<service> <operation>`. */
export const actionsOf = (operations: string[]): string[] =>
  sorted(operations.flatMap((operation) => ACTIONS[operation] ?? [operation.replace(' ', ':')]));

const sorted = (values: string[]): string[] => [...new Set(values)].sort();

/**
 * Operations that a command can ask for: every command of the SDK, and every paginator, that a module of
 * `infra/account` imports on the way from its entry point, without those that it never makes.
 */
export const operationsOf = (command: CommandName): string[] => {
  const imported = importedOperations(join(root, 'infra', 'account', `${command}.ts`));
  const made = imported.filter((operation) => !NEVER_MADE[command]?.includes(operation));
  return sorted([...made, ...CALLS_ELSEWHERE[command]]);
};

function importedOperations(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const source = readFileSync(file, 'utf8');
  const operations: string[] = [];
  for (const [, typeOnly, names = '', from = ''] of source.matchAll(
    /^import (type )?(?:\{([^}]*)\}|[^'{]*) from '([^']+)'/gm,
  )) {
    if (typeOnly) continue;
    const service = SERVICES[from.replace('@aws-sdk/', '')];
    if (service) operations.push(...operationNames(names).map((name) => `${service} ${name}`));
    else if (from.startsWith('.')) operations.push(...importedOperations(join(dirname(file), from), seen));
  }
  return operations;
}

/** `GetItemCommand` and `paginateListUsers` are calls; types and clients are none. */
const operationNames = (names: string): string[] =>
  names
    .split(',')
    .map((name) => name.trim())
    .flatMap((name) => /^(?:(\w+)Command|paginate(\w+))$/.exec(name)?.slice(1) ?? [])
    .filter((name) => name !== undefined);

/** The rows of the page's table: a command, and the actions that it needs. */
export function listedActions(): Map<string, string[]> {
  const page = readFileSync(join(root, 'docs', 'reference', 'permissions.md'), 'utf8');
  const rows = page.matchAll(/^\| `(\w+)` \| (.*) \|$/gm);
  return new Map(
    [...rows].map(([, command = '', cell = '']) => [
      command,
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    ]),
  );
}

/** The row that the page should have. */
export const rowOf = (command: CommandName): string =>
  `| \`${command}\` | ${actionsOf(operationsOf(command))
    .map((action) => `\`${action}\``)
    .join(', ')} |`;
