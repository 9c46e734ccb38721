import { type Answers, AwsFault, QueryMap } from './recorded-account.ts';

/** Accounts of AWS's documentation. */
export const ACCOUNT = '123456789012';
export const OTHER_ACCOUNT = '111122223333';

/** The answers of each service for an account without faults. It has no deployed stage. */
export const healthyAccount = (): Answers => ({
  'sts GetCallerIdentity': {
    UserId: 'AKIAI44QH8DHBEXAMPLE',
    Account: ACCOUNT,
    Arn: `arn:aws:iam::${ACCOUNT}:user/Alice`,
  },
  'ssm GetParameter': { Parameter: { Name: '/cdk-bootstrap/hnb659fds/version', Type: 'String', Value: '30' } },
  'cloudformation DescribeStacks': new AwsFault('ValidationError', 'Stack with id counterfoil-dev does not exist'),
  'ses GetAccount': {
    DedicatedIpAutoWarmupEnabled: true,
    EnforcementStatus: 'HEALTHY',
    ProductionAccessEnabled: true,
    SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 3 },
    SendingEnabled: true,
    SuppressionAttributes: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
  },
  'ses GetEmailIdentity': new AwsFault('NotFoundException', 'Email identity shop.test does not exist.', 404),
  'ses ListEmailIdentities': { EmailIdentities: [] },
  'sns GetSMSSandboxAccountStatus': { IsInSandbox: false },
  'sns GetSMSAttributes': { attributes: new QueryMap({ MonthlySpendLimit: '100' }) },
  'sns ListOriginationNumbers': {
    PhoneNumbers: [
      {
        PhoneNumber: '+4366012345678',
        Status: 'Active',
        Iso2CountryCode: 'AT',
        RouteType: 'Transactional',
        NumberCapabilities: ['SMS'],
        CreatedAt: '2026-01-01T00:00:00.000Z',
      },
    ],
  },
  'lambda GetAccountSettings': {
    AccountLimit: {
      TotalCodeSize: 80_530_636_800,
      CodeSizeUnzipped: 262_144_000,
      CodeSizeZipped: 52_428_800,
      ConcurrentExecutions: 1000,
      UnreservedConcurrentExecutions: 1000,
    },
    AccountUsage: { TotalCodeSize: 9426, FunctionCount: 3 },
  },
  'sms-voice DescribeAccountAttributes': {
    AccountAttributes: [
      { Name: 'ACCOUNT_TIER', Value: 'PRODUCTION' },
      { Name: 'DEFAULT_PROTECT_CONFIGURATION_ID', Value: 'NONE' },
    ],
  },
  'sms-voice DescribeSpendLimits': {
    SpendLimits: [
      { Name: 'TEXT_MESSAGE_MONTHLY_SPEND_LIMIT', EnforcedLimit: 500, MaxLimit: 500, Overridden: false },
      { Name: 'VOICE_MESSAGE_MONTHLY_SPEND_LIMIT', EnforcedLimit: 1, MaxLimit: 1, Overridden: false },
    ],
  },
  'sms-voice DescribePools': (input) => ({
    Pools: (input.PoolIds as string[]).map((arn) => ({
      PoolArn: arn,
      PoolId: arn.split('/')[1],
      Status: 'ACTIVE',
      MessageType: 'TRANSACTIONAL',
    })),
  }),
});

/** An identity as SES shows it once its DNS records have been found. */
export const verifiedIdentity = {
  IdentityType: 'DOMAIN',
  FeedbackForwardingStatus: false,
  VerifiedForSendingStatus: true,
  VerificationStatus: 'SUCCESS',
  DkimAttributes: {
    SigningEnabled: true,
    Status: 'SUCCESS',
    Tokens: ['token1', 'token2', 'token3'],
    SigningAttributesOrigin: 'AWS_SES',
    SigningHostedZone: 'dkim.amazonses.com',
  },
};

/** An identity as the list of all of them shows it. */
export const shownIdentity = (IdentityName: string, VerificationStatus = 'SUCCESS') => ({
  IdentityType: IdentityName.includes('@') ? 'EMAIL_ADDRESS' : 'DOMAIN',
  IdentityName,
  SendingEnabled: VerificationStatus === 'SUCCESS',
  VerificationStatus,
});

export const ALARM_TOPIC = `arn:aws:sns:eu-central-1:${ACCOUNT}:counterfoil-dev-alarms`;

/** The secret with the API key of an e-mail provider outside AWS. */
export const API_KEY_SECRET = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:mailapikey`;

/** The value of the deployed stack’s output `outputs`. */
export const stackOutputs = (url = 'https://api.test') => ({
  stage: 'dev',
  apiUrl: 'https://abc123.execute-api.eu-central-1.amazonaws.com',
  tableName: 'counterfoil-dev-table',
  topicArn: `arn:aws:sns:eu-central-1:${ACCOUNT}:counterfoil-dev-topic`,
  queues: {
    'send-email': { url: 'https://sqs.test/send-email', dlqUrl: 'https://sqs.test/send-email-dead' },
    'record-email-feedback': {
      url: 'https://sqs.test/record-email-feedback',
      dlqUrl: 'https://sqs.test/record-email-feedback-dead',
    },
  },
  pool: {
    id: 'eu-central-1_Pool1',
    tokenUrl: `${url}/oauth2/token`,
    smokeClientId: 'smoke1',
    scopePrefix: 'counterfoil/',
  },
});

type StackShown = {
  status?: string;
  reason?: string;
  isProtected?: boolean;
  url?: string;
  machineClients?: string;
  consoleOrigin?: string;
};

/** A stack as DescribeStacks shows it. */
export const shownStack = ({ status = 'UPDATE_COMPLETE', reason, isProtected = false, ...rest }: StackShown = {}) => ({
  StackId: `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/counterfoil-dev/1`,
  StackName: 'counterfoil-dev',
  CreationTime: '2026-01-01T00:00:00.000Z',
  StackStatus: status,
  StackStatusReason: reason,
  EnableTerminationProtection: isProtected,
  Parameters: [
    { ParameterKey: 'BootstrapVersion', ParameterValue: '/cdk-bootstrap/hnb659fds/version', ResolvedValue: '30' },
    { ParameterKey: 'MachineClients', ParameterValue: rest.machineClients ?? 'none' },
    { ParameterKey: 'ConsoleOrigin', ParameterValue: rest.consoleOrigin ?? 'https://console.invalid' },
  ],
  Outputs: [
    { OutputKey: 'outputs', OutputValue: JSON.stringify(stackOutputs(rest.url)) },
    { OutputKey: 'maildkim1', OutputValue: 'token1._domainkey.shop.test CNAME token1.dkim.amazonses.com' },
    // The stack of the stage's console has it.
    { OutputKey: 'consoleOrigin', OutputValue: 'https://d111111abcdef8.cloudfront.net' },
    // A stage that sends through SendGrid has it instead of the DKIM records.
    { OutputKey: 'mailapikeysecret0A1B2C3D', OutputValue: API_KEY_SECRET },
  ],
});

export const shownResource = (ResourceType: string, PhysicalResourceId: string) => ({
  LogicalResourceId: PhysicalResourceId.replaceAll(/\W/g, ''),
  PhysicalResourceId,
  ResourceType,
  LastUpdatedTimestamp: '2026-01-01T00:00:00.000Z',
  ResourceStatus: 'CREATE_COMPLETE',
});

/** A healthy account with the stage deployed in it. */
export const deployedAccount = (): Answers => ({
  ...healthyAccount(),
  'cloudformation DescribeStacks': { Stacks: [shownStack()] },
  'cloudformation ListStackResources': {
    StackResourceSummaries: [
      shownResource('AWS::DynamoDB::GlobalTable', 'counterfoil-dev-table'),
      shownResource('AWS::SES::EmailIdentity', 'shop.test'),
      shownResource('AWS::SES::ConfigurationSet', 'counterfoil-dev-set'),
      shownResource('AWS::SNS::Topic', ALARM_TOPIC),
      shownResource('AWS::Cognito::UserPool', 'eu-central-1_Pool1'),
      shownResource('AWS::Cognito::UserPoolClient', 'smoke1'),
      shownResource('AWS::Cognito::UserPoolClient', 'people1'),
    ],
  },
  'ses GetEmailIdentity': verifiedIdentity,
  'ses ListEmailIdentities': { EmailIdentities: [shownIdentity('shop.test')] },
  'ses GetConfigurationSet': {
    ConfigurationSetName: 'counterfoil-dev-set',
    SendingOptions: { SendingEnabled: true },
    SuppressionOptions: { SuppressedReasons: [] },
  },
  'sns ListSubscriptionsByTopic': { Subscriptions: [] },
  'cognito-idp DescribeUserPool': {
    UserPool: {
      Id: 'eu-central-1_Pool1',
      Domain: `counterfoil-dev-${ACCOUNT}`,
      UserPoolTier: 'ESSENTIALS',
      LambdaConfig: {
        PreTokenGenerationConfig: {
          LambdaVersion: 'V3_0',
          LambdaArn: `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:add-tenant-claim`,
        },
      },
    },
  },
});
