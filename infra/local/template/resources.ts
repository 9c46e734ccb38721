import * as v from 'valibot';
import { checked } from '../../checked.ts';
import { CannotRun } from '../base/failure.ts';
import type { Json } from '../base/json.ts';
import { jsonValue } from '../base/read.ts';
import { type Assembly, resourcesOf, type Template } from './assembly.ts';
import { ACCOUNT_ID, type PhysicalOptions, physicalName, physicalResources } from './physical.ts';
import { createResolver } from './resolver.ts';

/** The emulated properties by resource type, with every reference resolved. */
const PROPERTIES = {
  'AWS::DynamoDB::GlobalTable': v.object({
    AttributeDefinitions: v.array(v.object({ AttributeName: v.string(), AttributeType: v.picklist(['B', 'N', 'S']) })),
    KeySchema: v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) })),
    GlobalSecondaryIndexes: v.optional(
      v.array(
        v.object({
          IndexName: v.string(),
          KeySchema: v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) })),
          Projection: v.object({
            ProjectionType: v.picklist(['ALL', 'INCLUDE', 'KEYS_ONLY']),
            NonKeyAttributes: v.optional(v.array(v.string())),
          }),
        }),
      ),
      [],
    ),
    StreamSpecification: v.optional(
      v.object({ StreamViewType: v.picklist(['KEYS_ONLY', 'NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE']) }),
    ),
    TimeToLiveSpecification: v.optional(v.object({ AttributeName: v.string(), Enabled: v.boolean() })),
  }),
  'AWS::SecretsManager::Secret': v.object({ GenerateSecretString: v.object({ PasswordLength: v.number() }) }),
  'AWS::SNS::Topic': v.object({}),
  'AWS::S3::Bucket': v.object({}),
  'AWS::SQS::Queue': v.object({
    VisibilityTimeout: v.optional(v.number(), 30),
    RedrivePolicy: v.optional(v.object({ deadLetterTargetArn: v.string(), maxReceiveCount: v.number() })),
  }),
  'AWS::SNS::Subscription': v.object({
    Protocol: v.string(),
    TopicArn: v.string(),
    Endpoint: v.string(),
    RawMessageDelivery: v.optional(v.boolean(), false),
    FilterPolicy: v.optional(v.record(v.string(), jsonValue)),
  }),
  'AWS::IAM::Policy': v.object({
    Roles: v.array(v.string()),
    PolicyDocument: v.object({
      Statement: v.array(
        v.object({
          Effect: v.picklist(['Allow', 'Deny']),
          Action: listOfTexts(),
          NotAction: listOfTexts(),
          Resource: listOfTexts(),
          NotResource: listOfTexts(),
          Condition: v.optional(v.record(v.string(), v.unknown())),
        }),
      ),
    }),
  }),
  'AWS::Lambda::Function': v.object({
    Handler: v.string(),
    Role: v.string(),
    Timeout: v.optional(v.number(), 3),
    MemorySize: v.optional(v.number(), 128),
    Environment: v.optional(v.object({ Variables: v.optional(v.record(v.string(), v.string()), {}) }), {}),
  }),
  'AWS::Lambda::EventSourceMapping': v.object({
    EventSourceArn: v.string(),
    FunctionName: v.string(),
    BatchSize: v.optional(v.number()),
    FunctionResponseTypes: v.optional(v.array(v.string())),
    ScalingConfig: v.optional(v.object({ MaximumConcurrency: v.optional(v.number()) })),
    FilterCriteria: v.optional(v.object({ Filters: v.array(v.object({ Pattern: v.string() })) })),
    MaximumRecordAgeInSeconds: v.optional(v.number()),
    MaximumRetryAttempts: v.optional(v.number()),
    StartingPosition: v.optional(v.string()),
  }),
  'AWS::AppSync::Api': v.object({
    EventConfig: v.object({
      AuthProviders: v.array(
        v.object({ AuthType: v.string(), OpenIDConnectConfig: v.optional(v.object({ Issuer: v.string() })) }),
      ),
    }),
  }),
  'AWS::AppSync::ChannelNamespace': v.object({ Name: v.string(), CodeHandlers: v.string() }),
  'AWS::ApiGatewayV2::Api': v.object({
    CorsConfiguration: v.optional(
      v.object({
        AllowOrigins: v.array(v.string()),
        AllowMethods: v.array(v.string()),
        AllowHeaders: v.array(v.string()),
        ExposeHeaders: v.array(v.string()),
        MaxAge: v.number(),
      }),
    ),
  }),
  'AWS::ApiGatewayV2::Integration': v.object({ IntegrationUri: v.string() }),
  'AWS::ApiGatewayV2::Authorizer': v.object({
    JwtConfiguration: v.object({ Issuer: v.string(), Audience: v.array(v.string()) }),
  }),
  'AWS::ApiGatewayV2::Route': v.object({
    RouteKey: v.string(),
    Target: v.string(),
    AuthorizationType: v.optional(v.string()),
    AuthorizerId: v.optional(v.string()),
    AuthorizationScopes: v.optional(v.array(v.string()), []),
  }),
  'AWS::ApiGatewayV2::Stage': v.object({
    DefaultRouteSettings: v.optional(routeLimits()),
    RouteSettings: v.optional(v.record(v.string(), routeLimits())),
  }),
  'AWS::Scheduler::Schedule': v.object({ ScheduleExpression: v.string(), Target: v.object({ Arn: v.string() }) }),
  'AWS::Cognito::UserPool': v.object({
    LambdaConfig: v.object({ PreTokenGenerationConfig: v.object({ LambdaArn: v.string() }) }),
  }),
  'AWS::Cognito::UserPoolClient': v.object({ AllowedOAuthFlows: v.array(v.string()) }),
  'AWS::Cognito::UserPoolResourceServer': v.object({ Identifier: v.string() }),
  'AWS::SES::ConfigurationSet': v.object({}),
  'AWS::SES::ConfigurationSetEventDestination': v.object({
    ConfigurationSetName: v.string(),
    EventDestination: v.object({
      MatchingEventTypes: v.array(v.string()),
      SnsDestination: v.object({ TopicARN: v.string() }),
    }),
  }),
  'AWS::CloudWatch::Alarm': v.object({
    AlarmName: v.string(),
    AlarmDescription: v.optional(v.string(), ''),
    Namespace: v.optional(v.string()),
    MetricName: v.optional(v.string()),
    Dimensions: v.optional(v.array(v.object({ Name: v.string(), Value: v.string() })), []),
    Statistic: v.optional(v.string()),
    ExtendedStatistic: v.optional(v.string()),
    Period: v.optional(v.number()),
    Metrics: v.optional(v.array(v.looseObject({ MetricStat: v.optional(metricOfStat()) }))),
    ComparisonOperator: v.picklist(['GreaterThanOrEqualToThreshold', 'GreaterThanThreshold', 'LessThanThreshold']),
    Threshold: v.number(),
    EvaluationPeriods: v.number(),
    DatapointsToAlarm: v.optional(v.number()),
    TreatMissingData: v.optional(v.picklist(['breaching', 'notBreaching', 'ignore', 'missing']), 'missing'),
    AlarmActions: v.optional(v.array(v.string()), []),
    OKActions: v.optional(v.array(v.string()), []),
  }),
  'AWS::SMSVOICE::ConfigurationSet': v.object({
    ConfigurationSetName: v.string(),
    EventDestinations: v.optional(
      v.array(
        v.object({ MatchingEventTypes: v.array(v.string()), SnsDestination: v.object({ TopicArn: v.string() }) }),
      ),
      [],
    ),
  }),
};

type Schemas = typeof PROPERTIES;
export type ResourceType = keyof Schemas;

/** One resource of the template, with every reference in its properties resolved. */
export type TypedResource<Type extends ResourceType> = {
  logicalId: string;
  /** Its name in the local cloud. */
  name: string;
  /** The value of `Ref`. */
  ref: string;
  /** The values of `Fn::GetAtt`, by attribute. */
  attributes: Record<string, string>;
  metadata: Record<string, Json>;
  properties: v.InferOutput<Schemas[Type]>;
};

/** Resources of one type, in the order of the template. */
export type Resources = <Type extends ResourceType>(type: Type) => TypedResource<Type>[];

/**
 * Reads resources by the schemas of their types. A template that passed `checkSupported` can be read.
 * @throws CannotRun that names a resource with invalid properties, and the faults.
 */
export function readResources(assembly: Assembly, options: PhysicalOptions): Resources {
  const physical = physicalResources(assembly, options);
  const resolve = createResolver({
    resources: physical,
    parameters: {
      ...parametersOf(assembly.template),
      'AWS::AccountId': ACCOUNT_ID,
      'AWS::Region': assembly.region,
      'AWS::Partition': 'aws',
      'AWS::StackName': assembly.stackName,
    },
  });
  return <Type extends ResourceType>(type: Type): TypedResource<Type>[] =>
    resourcesOf(assembly.template, type).map(([logicalId, { Properties = {}, Metadata = {} }]) => ({
      logicalId,
      name: physicalName(assembly.stackName, logicalId),
      ref: physical[logicalId]?.ref ?? '',
      attributes: physical[logicalId]?.attributes ?? {},
      metadata: Metadata,
      properties: propertiesOf(type, logicalId, resolve(Properties)),
    }));
}

function propertiesOf<Type extends ResourceType>(
  type: Type,
  logicalId: string,
  properties: Json | undefined,
): v.InferOutput<Schemas[Type]> {
  const { value, faults } = checked(PROPERTIES[type], properties);
  if (value !== undefined) return value;
  const problems = faults.map(({ path, message }) => `${path.join('.')} ${message}`).join(', ');
  throw new CannotRun(`Resource ${logicalId} (${type}) cannot be emulated: ${problems}.`);
}

function metricOfStat() {
  return v.looseObject({ Metric: v.looseObject({ Namespace: v.string(), MetricName: v.string() }) });
}

function routeLimits() {
  return v.object({ ThrottlingRateLimit: v.number(), ThrottlingBurstLimit: v.number() });
}

/** A text or a list of texts: policies allow both. */
function listOfTexts() {
  const list = v.pipe(
    v.union([v.string(), v.array(v.string())]),
    v.transform((value) => [value].flat()),
  );
  return v.optional(list);
}

/** The default of each parameter. The local cloud sets no values. */
function parametersOf({ Parameters = {} }: Template): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(Parameters).map(([name, { Type, Default }]) => {
      if (Default === undefined) {
        throw new CannotRun(`The template's parameter ${name} has no default, and the local cloud sets none.`);
      }
      return [name, Type === 'CommaDelimitedList' ? Default.split(',') : Default];
    }),
  );
}
