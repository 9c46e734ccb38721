import { isJsonObject, isWhole, type Json, parseJson } from '../base/json.ts';

/**
 * How the local cloud treats a property: it emulates the property (`check` returns the problem of a value that cannot
 * be emulated), or it ignores the property for a stated reason.
 */
export type Support = { emulated: true; check?: (value: Json) => string | undefined } | { ignored: string };

const emulated: Support = { emulated: true };
const ignored = (reason: string): Support => ({ ignored: reason });
const only = (...allowed: Json[]): Support => ({
  emulated: true,
  check: (value) =>
    allowed.some((one) => JSON.stringify(one) === JSON.stringify(value))
      ? undefined
      : `only ${allowed.map((one) => JSON.stringify(one)).join(' or ')} is emulated`,
});
const wholeNumber = (least: number, most: number): Support => ({
  emulated: true,
  check: (value) =>
    isWhole(value, least, most) ? undefined : `only whole numbers from ${least} to ${most} are emulated`,
});
const matching = (pattern: RegExp, what: string): Support => ({
  emulated: true,
  check: (value) => (typeof value === 'string' && pattern.test(value) ? undefined : `only ${what} is emulated`),
});

const tags = ignored('tags change nothing at run time');
const edges = ignored(
  'a proxy that sees identities only cannot check resource policies; the tests assert them from the template',
);
const description = ignored('it is for people');
const logs = ignored('function output goes to log files under the data folder');
const canary = ignored('there is one version of the code, so nothing moves from one to the next');
const computed = ignored('an alarm on several metrics, or on a percentile, is listed as not evaluated');
const signIn = ignored('there is no sign-in: the control API creates tokens as they are after a sign-in');

/** Patterns of stream filters. The stack uses exact values and prefixes. */
const filterPattern: Support = {
  emulated: true,
  check: (value) => {
    if (typeof value !== 'string') return 'only a pattern in JSON is emulated';
    const faults = patternFaults(parseJson(value));
    return faults.length === 0 ? undefined : `only exact values and {"prefix"} are emulated, not ${faults.join(', ')}`;
  },
};

function patternFaults(pattern: Json): string[] {
  if (Array.isArray(pattern)) {
    return pattern.flatMap((rule) => {
      if (rule === null || typeof rule !== 'object') return [];
      const isPrefix = isJsonObject(rule) && typeof rule.prefix === 'string' && Object.keys(rule).length === 1;
      return isPrefix ? [] : [JSON.stringify(rule)];
    });
  }
  return pattern !== null && typeof pattern === 'object'
    ? Object.values(pattern).flatMap(patternFaults)
    : [JSON.stringify(pattern)];
}

/** Limits of single routes. Other settings of a route are not emulated. */
function routeSettingsFault(value: Json): string | undefined {
  const isLimit = (limit: Json | undefined): boolean => isWhole(limit, 1, 100_000);
  const isEmulated = (settings: Json): boolean => {
    if (!isJsonObject(settings)) return false;
    const { ThrottlingRateLimit, ThrottlingBurstLimit, DetailedMetricsEnabled: _, ...others } = settings;
    return isLimit(ThrottlingRateLimit) && isLimit(ThrottlingBurstLimit) && Object.keys(others).length === 0;
  };
  return value === null || (isJsonObject(value) && Object.values(value).every(isEmulated))
    ? undefined
    : 'only ThrottlingRateLimit and ThrottlingBurstLimit together, whole numbers from 1 to 100000, are emulated';
}

/** Stands for all properties of a type that is ignored as a whole. */
export const EVERY_PROPERTY = '*';

/**
 * Every resource type and every property that our templates may contain. A path includes everything below it; `[]`
 * means each element. Anything else stops the start, because tests on a partly emulated template would prove nothing.
 */
export const SUPPORT: Record<string, Record<string, Support>> = {
  'AWS::DynamoDB::GlobalTable': {
    AttributeDefinitions: emulated,
    KeySchema: emulated,
    BillingMode: only('PAY_PER_REQUEST'),
    'GlobalSecondaryIndexes[].IndexName': emulated,
    'GlobalSecondaryIndexes[].KeySchema': emulated,
    'GlobalSecondaryIndexes[].Projection': emulated,
    'StreamSpecification.StreamViewType': emulated,
    // Passed to the engine, which removes rows only on request. No row of ours expires yet.
    TimeToLiveSpecification: emulated,
    'Replicas[].Region': ignored('there is one region'),
    'Replicas[].DeletionProtectionEnabled': ignored('a person wipes a local table'),
    'Replicas[].GlobalSecondaryIndexes[].IndexName': ignored('it repeats the index without further settings'),
    'Replicas[].PointInTimeRecoverySpecification': ignored('nothing restores a local table'),
    'Replicas[].Tags': tags,
  },
  'AWS::SecretsManager::Secret': {
    Description: description,
    'GenerateSecretString.PasswordLength': wholeNumber(1, 4096),
    'GenerateSecretString.ExcludePunctuation': only(true),
    Tags: tags,
  },
  'AWS::Logs::LogGroup': { LogGroupName: logs, RetentionInDays: logs, Tags: tags },
  'AWS::IAM::Role': {
    AssumeRolePolicyDocument: ignored('the function or schedule in the template names its role'),
    ManagedPolicyArns: ignored('only the role of CodeDeploy has one, and CodeDeploy does not run here'),
    PermissionsBoundary: ignored(
      'it is a policy of the account, which does not exist here, and can only remove permissions',
    ),
    Tags: tags,
  },
  'AWS::IAM::Policy': {
    PolicyDocument: emulated,
    PolicyName: ignored('statements are attached by role'),
    Roles: emulated,
  },
  'AWS::Lambda::Function': {
    Architectures: ignored('the bundle is JavaScript and runs on this machine'),
    'Code.S3Bucket': ignored('the asset is read from the synthesized folder'),
    'Code.S3Key': ignored('the asset is read from the synthesized folder'),
    Description: description,
    'Environment.Variables': emulated,
    Handler: matching(/^[\w-]+\.[\w-]+$/, 'file.export'),
    'LoggingConfig.LogFormat': logs,
    'LoggingConfig.LogGroup': logs,
    MemorySize: emulated,
    Role: emulated,
    Runtime: only('nodejs24.x'),
    Tags: tags,
    Timeout: wholeNumber(1, 900),
  },
  'AWS::Lambda::Version': { FunctionName: emulated },
  // It stands for its function: here is one version of the code.
  'AWS::Lambda::Alias': { FunctionName: emulated, FunctionVersion: emulated, Name: matching(/^[a-z]+$/, 'a name') },
  'AWS::CodeDeploy::Application': { [EVERY_PROPERTY]: canary },
  'AWS::CodeDeploy::DeploymentConfig': { [EVERY_PROPERTY]: canary },
  'AWS::CodeDeploy::DeploymentGroup': { [EVERY_PROPERTY]: canary },
  'AWS::Lambda::Permission': {
    Action: edges,
    FunctionName: edges,
    Principal: edges,
    SourceAccount: edges,
    SourceArn: edges,
  },
  'AWS::Lambda::EventSourceMapping': {
    BatchSize: wholeNumber(1, 1000),
    EventSourceArn: emulated,
    FunctionName: emulated,
    'FilterCriteria.Filters[].Pattern': filterPattern,
    FunctionResponseTypes: only(['ReportBatchItemFailures']),
    MaximumRecordAgeInSeconds: wholeNumber(-1, 604_800),
    MaximumRetryAttempts: wholeNumber(-1, 10_000),
    ParallelizationFactor: ignored('the local stream has one shard, read in order; consumers may not rely on that'),
    'ScalingConfig.MaximumConcurrency': wholeNumber(2, 1000),
    StartingPosition: only('TRIM_HORIZON'),
    Tags: tags,
  },
  'AWS::AppSync::Api': {
    'EventConfig.AuthProviders[].AuthType': only('OPENID_CONNECT', 'AWS_IAM'),
    'EventConfig.AuthProviders[].OpenIDConnectConfig.Issuer': emulated,
    'EventConfig.ConnectionAuthModes': only([{ AuthType: 'OPENID_CONNECT' }]),
    'EventConfig.DefaultPublishAuthModes': only([{ AuthType: 'AWS_IAM' }]),
    'EventConfig.DefaultSubscribeAuthModes': only([{ AuthType: 'OPENID_CONNECT' }]),
    Name: description,
    Tags: tags,
  },
  'AWS::AppSync::ChannelNamespace': {
    ApiId: emulated,
    CodeHandlers: emulated,
    HandlerConfigs: only({}),
    Name: matching(/^[A-Za-z0-9-]{1,50}$/, 'a segment of a channel'),
    Tags: tags,
  },
  'AWS::ApiGatewayV2::Api': {
    'CorsConfiguration.AllowHeaders': emulated,
    'CorsConfiguration.AllowMethods': emulated,
    'CorsConfiguration.AllowOrigins': emulated,
    'CorsConfiguration.ExposeHeaders': emulated,
    'CorsConfiguration.MaxAge': wholeNumber(-1, 86_400),
    Description: description,
    Name: description,
    ProtocolType: only('HTTP'),
    Tags: tags,
  },
  'AWS::ApiGatewayV2::Stage': {
    'AccessLogSettings.DestinationArn': logs,
    'AccessLogSettings.Format': logs,
    ApiId: emulated,
    AutoDeploy: only(true),
    'DefaultRouteSettings.DetailedMetricsEnabled': logs,
    'DefaultRouteSettings.ThrottlingBurstLimit': wholeNumber(1, 100_000),
    'DefaultRouteSettings.ThrottlingRateLimit': wholeNumber(1, 100_000),
    // Route keys are unlimited, so the whole map is checked.
    RouteSettings: { emulated: true, check: routeSettingsFault },
    StageName: only('$default'),
    Tags: tags,
  },
  'AWS::ApiGatewayV2::Authorizer': {
    ApiId: emulated,
    AuthorizerType: only('JWT'),
    IdentitySource: only(['$request.header.Authorization']),
    'JwtConfiguration.Audience': emulated,
    'JwtConfiguration.Issuer': emulated,
    Name: description,
  },
  'AWS::ApiGatewayV2::Integration': {
    ApiId: emulated,
    IntegrationType: only('AWS_PROXY'),
    IntegrationUri: emulated,
    PayloadFormatVersion: only('2.0'),
  },
  'AWS::ApiGatewayV2::Route': {
    ApiId: emulated,
    AuthorizationScopes: emulated,
    AuthorizationType: only('JWT', 'NONE'),
    AuthorizerId: emulated,
    RouteKey: matching(/^[A-Z]+ \/\S*$/, 'a method and a path'),
    Target: emulated,
  },
  'AWS::Cognito::UserPool': {
    AccountRecoverySetting: signIn,
    AdminCreateUserConfig: signIn,
    AutoVerifiedAttributes: signIn,
    DeletionProtection: signIn,
    EmailVerificationMessage: signIn,
    EmailVerificationSubject: signIn,
    EnabledMfas: signIn,
    'LambdaConfig.PreTokenGenerationConfig.LambdaArn': emulated,
    'LambdaConfig.PreTokenGenerationConfig.LambdaVersion': only('V3_0'),
    MfaConfiguration: signIn,
    Policies: signIn,
    Schema: signIn,
    SmsVerificationMessage: signIn,
    UserPoolTags: tags,
    UserPoolTier: only('ESSENTIALS', 'PLUS'),
    UsernameAttributes: signIn,
    VerificationMessageTemplate: signIn,
  },
  'AWS::Cognito::UserPoolClient': {
    AllowedOAuthFlows: emulated,
    AllowedOAuthFlowsUserPoolClient: only(true),
    AllowedOAuthScopes: emulated,
    CallbackURLs: signIn,
    GenerateSecret: ignored('no machine requests a token with a secret here'),
    PreventUserExistenceErrors: signIn,
    SupportedIdentityProviders: signIn,
    UserPoolId: emulated,
  },
  'AWS::Cognito::UserPoolDomain': { Domain: signIn, UserPoolId: signIn },
  'AWS::Cognito::UserPoolGroup': { Description: description, GroupName: signIn, UserPoolId: signIn },
  'AWS::Cognito::UserPoolResourceServer': {
    Identifier: emulated,
    Name: description,
    Scopes: emulated,
    UserPoolId: signIn,
  },
  'AWS::SNS::Topic': { Tags: tags },
  'AWS::SNS::TopicPolicy': { PolicyDocument: edges, Topics: edges },
  'AWS::SNS::Subscription': {
    Endpoint: emulated,
    FilterPolicy: emulated,
    // Only alarms are sent by e-mail. Here, they are published to their topic, and not mailed.
    Protocol: only('sqs', 'email'),
    RawMessageDelivery: emulated,
    RedrivePolicy: ignored('SNS and SQS are one process here, so a queue is always reachable'),
    TopicArn: emulated,
  },
  'AWS::SQS::Queue': {
    MessageRetentionPeriod: ignored('a local run is shorter than two weeks'),
    'RedrivePolicy.deadLetterTargetArn': emulated,
    'RedrivePolicy.maxReceiveCount': emulated,
    SqsManagedSseEnabled: ignored('messages are stored in a file of the person who started this'),
    Tags: tags,
    VisibilityTimeout: emulated,
  },
  'AWS::S3::Bucket': {
    CorsConfiguration: ignored('pages of other origins upload to a deployed stage only'),
    BucketEncryption: ignored('objects are stored in a file of the person who started this'),
    LifecycleConfiguration: ignored('a run is shorter than the days after which objects expire'),
    OwnershipControls: ignored('there is one account'),
    PublicAccessBlockConfiguration: ignored('the gateway listens on this machine only, and requires a signature'),
    Tags: tags,
  },
  'AWS::S3::BucketPolicy': { Bucket: edges, PolicyDocument: edges },
  'AWS::SQS::QueuePolicy': { PolicyDocument: edges, Queues: edges },
  'AWS::SES::EmailIdentity': {
    EmailIdentity: ignored('the sink accepts mail from any sender; IAM names the identity'),
    FeedbackAttributes: ignored('the sink sends no mail about a bounce'),
    Tags: tags,
  },
  'AWS::SES::ConfigurationSet': {
    ReputationOptions: ignored('there is no reputation here'),
    SendingOptions: only({ SendingEnabled: true }),
    SuppressionOptions: ignored('the sink suppresses nothing'),
    Tags: tags,
  },
  'AWS::SES::ConfigurationSetEventDestination': {
    ConfigurationSetName: emulated,
    'EventDestination.Enabled': only(true),
    'EventDestination.MatchingEventTypes': emulated,
    'EventDestination.SnsDestination.TopicARN': emulated,
  },
  'AWS::SMSVOICE::ConfigurationSet': {
    ConfigurationSetName: emulated,
    'EventDestinations[].Enabled': only(true),
    'EventDestinations[].EventDestinationName': ignored('there is one destination in each set'),
    'EventDestinations[].MatchingEventTypes': emulated,
    'EventDestinations[].SnsDestination.TopicArn': emulated,
    Tags: tags,
  },
  'AWS::CloudWatch::Alarm': {
    AlarmName: emulated,
    AlarmDescription: emulated,
    Namespace: emulated,
    MetricName: emulated,
    'Dimensions[].Name': emulated,
    'Dimensions[].Value': emulated,
    Statistic: only('Sum', 'Maximum', 'Minimum', 'Average', 'SampleCount'),
    ExtendedStatistic: computed,
    Metrics: computed,
    Period: wholeNumber(60, 86_400),
    ComparisonOperator: only('GreaterThanOrEqualToThreshold', 'GreaterThanThreshold', 'LessThanThreshold'),
    Threshold: emulated,
    EvaluationPeriods: wholeNumber(1, 100),
    DatapointsToAlarm: wholeNumber(1, 100),
    TreatMissingData: only('breaching', 'notBreaching', 'ignore', 'missing'),
    AlarmActions: emulated,
    OKActions: emulated,
    Tags: tags,
  },
  'AWS::CloudWatch::Dashboard': { [EVERY_PROPERTY]: description },
  'AWS::Lambda::EventInvokeConfig': {
    FunctionName: emulated,
    Qualifier: only('$LATEST'),
    MaximumEventAgeInSeconds: ignored('an asynchronous invocation never waits here'),
    MaximumRetryAttempts: only(0, 2),
  },
  'AWS::Scheduler::Schedule': {
    Description: description,
    FlexibleTimeWindow: only({ Mode: 'OFF' }),
    ScheduleExpression: matching(/^rate\((1 minute|\d+ minutes)\)$/, 'rate(<n> minutes)'),
    ScheduleExpressionTimezone: ignored('a rate has no time zone'),
    State: only('ENABLED'),
    'Target.Arn': emulated,
    'Target.RoleArn': ignored('the schedule may invoke its target'),
    'Target.RetryPolicy': ignored('the local invocation is never refused, so there is nothing to retry'),
  },
};

/** The permitted attributes of a resource, with the reason. */
export const RESOURCE_ATTRIBUTES: Record<string, string> = {
  Type: 'checked against the list of types',
  Properties: 'checked against the list of properties',
  Metadata: 'names and asset paths, for tools',
  DependsOn: 'nothing runs before all resources exist',
  DeletionPolicy: 'a local stack is never deleted, only wiped',
  UpdateReplacePolicy: 'a local resource is never replaced',
  UpdatePolicy: 'there is one version of the code, so nothing moves from one to the next',
};

/** The permitted parts of a template, with the reason. */
export const TEMPLATE_PARTS: Record<string, string> = {
  Description: 'for people',
  Resources: 'checked one by one',
  Outputs: 'outputs.json contains the addresses',
  Parameters: 'their defaults are used',
  Rules: 'only the check of the CDK bootstrap stack',
};
