import { join } from 'node:path';
import type { PolicyStatement } from '../aws/policy.ts';
import { CannotRun } from '../base/failure.ts';
import { type Json, parseJson } from '../base/json.ts';
import { type AlarmPlan, planAlarms } from './alarms.ts';
import type { Assembly } from './assembly.ts';
import { ACCOUNT_ID, type PhysicalOptions } from './physical.ts';
import { type Resources, readResources, type TypedResource } from './resources.ts';

export type TablePlan = Pick<TypedResource<'AWS::DynamoDB::GlobalTable'>, 'logicalId' | 'name' | 'properties'>;
export type QueuePlan = {
  name: string;
  arn: string;
  url: string;
  /** Seconds a received message stays hidden. */
  visibilityTimeoutSeconds: number;
  redrive?: { deadLetterTargetArn: string; maxReceiveCount: number };
};
export type BucketPlan = { name: string };
type TopicPlan = { name: string; arn: string };
export type SubscriptionPlan = {
  topicArn: string;
  queueArn: string;
  raw: boolean;
  filterPolicy?: Record<string, Json>;
};
export type FunctionPlan = {
  /** The name of the construct that contains it. For our functions, this is the folder under `functions/`. */
  name: string;
  physicalName: string;
  arn: string;
  /** Folder of the bundle. */
  taskRoot: string;
  /** `<file without extension>.<export>`. */
  handler: string;
  timeoutSeconds: number;
  memoryMb: number;
  environment: Record<string, string>;
  /** The statements of the function's role. */
  policies: PolicyStatement[];
};
type MappingPlan = {
  /** The name in Lambda's API. */
  uuid: string;
  functionName: string;
  sourceArn: string;
  batchSize: number;
  reportsItemFailures: boolean;
};
export type QueueMappingPlan = MappingPlan & { queue: QueuePlan; maximumConcurrency: number };
export type StreamMappingPlan = MappingPlan & {
  /** The name of the checkpoint. It does not change at a restart. */
  id: string;
  /** A record passes if it matches any of these. If empty, every record passes. */
  filters: Json[];
  /** -1: as long as the record is in the stream. */
  maximumRetryAttempts: number;
  /** -1: as long as the record is in the stream. */
  maximumRecordAgeSeconds: number;
};
export type RoutePlan = {
  method: string;
  path: string;
  routeKey: string;
  functionName: string;
  authorizer?: AuthorizerPlan;
  scopes: string[];
  /** The route's own throttle, in place of the API's. */
  throttle?: ThrottlePlan;
};
export type ThrottlePlan = { ratePerSecond: number; burst: number };
export type AuthorizerPlan = { issuer: string; audience: string[] };
/** Which web pages may call the API, and how. */
export type CorsPlan = {
  origins: string[];
  methods: string[];
  headers: string[];
  exposedHeaders: string[];
  maxAgeSeconds: number;
};
export type ApiPlan = { id: string; routes: RoutePlan[]; throttle?: ThrottlePlan; cors?: CorsPlan };
/** The channels on which pages learn about changes: an event API with one namespace. */
export type LivePlan = {
  namespace: string;
  /** Signs the tokens of clients. */
  issuer: string;
  /** JavaScript with `onSubscribe`, which AppSync runs for each subscription. */
  code: string;
};
export type SchedulePlan = { name: string; arn: string; functionName: string; everyMinutes: number };
/** The properties of the user pool that a signed-in person's token shows. */
export type PoolPlan = { issuer: string; peopleClientId: string; triggerFunction: string; scopePrefix: string };
export type SecretPlan = { name: string; arn: string; length: number };
export type ConfigurationSetPlan = { eventTopicArn?: string; eventTypes: string[] };

/** Everything that the local cloud creates from the template, with names and references resolved. */
export type Plan = {
  region: string;
  tables: TablePlan[];
  topics: TopicPlan[];
  queues: QueuePlan[];
  buckets: BucketPlan[];
  subscriptions: SubscriptionPlan[];
  functions: FunctionPlan[];
  streamMappings: StreamMappingPlan[];
  queueMappings: QueueMappingPlan[];
  api: ApiPlan;
  schedules: SchedulePlan[];
  alarms: AlarmPlan[];
  secrets: SecretPlan[];
  /** Configuration sets for e-mail by name, with the event destination if the template has one. */
  configurationSets: Record<string, ConfigurationSetPlan>;
  /** Configuration sets for text messages by name. */
  smsConfigurationSets: Record<string, ConfigurationSetPlan>;
  /** Absent when the stage trusts an existing issuer. */
  pool?: PoolPlan;
  /** Absent when pages of the stage read by themselves. */
  live?: LivePlan;
};

/** Plans only the tables. They have no references, and the engine must create them before their streams have an ARN. */
export function planTables(assembly: Assembly): TablePlan[] {
  return readResources(assembly, { sqsUrl: '', streamLabels: {} })('AWS::DynamoDB::GlobalTable');
}

export type PlanOptions = PhysicalOptions & {
  /** The result of `planTables`. */
  tables: TablePlan[];
};

/**
 * Resolves a checked template into the plan for the engines and the runner.
 * @throws CannotRun when a part refers to something that is not in the template.
 */
export function planOf(assembly: Assembly, { tables, ...physical }: PlanOptions): Plan {
  const read = readResources(assembly, physical);
  const queues = planQueues(read);
  const functions = refuseSharedNames(planFunctions(assembly, read));
  const functionOf = (reference: string): FunctionPlan => {
    const isNamed = ({ arn, physicalName }: FunctionPlan): boolean =>
      [arn, physicalName].includes(reference) || reference.startsWith(`${arn}:`);
    const found = functions.find(isNamed);
    if (!found) throw new CannotRun(`The template invokes ${reference}, which is not one of its functions.`);
    return found;
  };
  return {
    region: assembly.region,
    tables,
    topics: read('AWS::SNS::Topic').map(({ name, ref }) => ({ name, arn: ref })),
    queues,
    buckets: read('AWS::S3::Bucket').map(({ ref }) => ({ name: ref })),
    subscriptions: planSubscriptions(read),
    functions,
    ...planMappings(read, queues, functionOf),
    api: planApi(read, functionOf),
    schedules: planSchedules(assembly, read, functionOf),
    alarms: planAlarms(read),
    secrets: read('AWS::SecretsManager::Secret').map(({ name, ref, properties }) => ({
      name,
      arn: ref,
      length: properties.GenerateSecretString.PasswordLength,
    })),
    configurationSets: planConfigurationSets(read),
    smsConfigurationSets: planSmsConfigurationSets(read),
    ...planPool(read, functionOf),
    ...planLive(read),
  };
}

function planLive(read: Resources): { live?: LivePlan } {
  const [api] = read('AWS::AppSync::Api');
  const [channels, ...others] = read('AWS::AppSync::ChannelNamespace');
  if (!api || !channels) return {};
  if (others.length > 0) throw new CannotRun('The local cloud serves one namespace of channels.');
  const issuers = api.properties.EventConfig.AuthProviders.map(
    ({ OpenIDConnectConfig }) => OpenIDConnectConfig?.Issuer,
  );
  const { Name: namespace, CodeHandlers: code } = channels.properties;
  return { live: { namespace, code, issuer: issuers.find((one) => one !== undefined) ?? '' } };
}

function planConfigurationSets(read: Resources): Record<string, ConfigurationSetPlan> {
  const plans: Record<string, ConfigurationSetPlan> = Object.fromEntries(
    read('AWS::SES::ConfigurationSet').map(({ name }) => [name, { eventTypes: [] }]),
  );
  for (const { properties } of read('AWS::SES::ConfigurationSetEventDestination')) {
    const { MatchingEventTypes: eventTypes, SnsDestination } = properties.EventDestination;
    plans[properties.ConfigurationSetName] = { eventTopicArn: SnsDestination.TopicARN, eventTypes };
  }
  return plans;
}

function planSmsConfigurationSets(read: Resources): Record<string, ConfigurationSetPlan> {
  return Object.fromEntries(
    read('AWS::SMSVOICE::ConfigurationSet').map(({ properties }) => {
      const [destination] = properties.EventDestinations;
      const plan: ConfigurationSetPlan = destination
        ? { eventTopicArn: destination.SnsDestination.TopicArn, eventTypes: destination.MatchingEventTypes }
        : { eventTypes: [] };
      return [properties.ConfigurationSetName, plan];
    }),
  );
}

function planPool(read: Resources, functionOf: (reference: string) => FunctionPlan): { pool?: PoolPlan } {
  const [pool] = read('AWS::Cognito::UserPool');
  if (!pool) return {};
  const people = read('AWS::Cognito::UserPoolClient').find(({ properties }) =>
    properties.AllowedOAuthFlows.includes('code'),
  );
  const [server] = read('AWS::Cognito::UserPoolResourceServer');
  if (!people || !server) {
    throw new CannotRun(
      'The user pool has no resource server, or no client for people: set jwt.callbackUrls of the stage in infra/stages.ts.',
    );
  }
  return {
    pool: {
      issuer: pool.attributes.ProviderURL ?? '',
      peopleClientId: people.ref,
      triggerFunction: functionOf(pool.properties.LambdaConfig.PreTokenGenerationConfig.LambdaArn).name,
      scopePrefix: `${server.properties.Identifier}/`,
    },
  };
}

function planQueues(read: Resources): QueuePlan[] {
  return read('AWS::SQS::Queue').map(({ ref, attributes, properties }) => ({
    name: ref.slice(ref.lastIndexOf('/') + 1),
    arn: attributes.Arn ?? '',
    url: ref,
    visibilityTimeoutSeconds: properties.VisibilityTimeout,
    ...(properties.RedrivePolicy && { redrive: properties.RedrivePolicy }),
  }));
}

function planSubscriptions(read: Resources): SubscriptionPlan[] {
  return read('AWS::SNS::Subscription')
    .filter(({ properties }) => properties.Protocol === 'sqs')
    .map(({ properties: { TopicArn, Endpoint, RawMessageDelivery, FilterPolicy } }) => ({
      topicArn: TopicArn,
      queueArn: Endpoint,
      raw: RawMessageDelivery,
      ...(FilterPolicy && { filterPolicy: FilterPolicy }),
    }));
}

function planFunctions(assembly: Assembly, read: Resources): FunctionPlan[] {
  const policies = read('AWS::IAM::Policy');
  const statementsOf = (roleName: string): PolicyStatement[] =>
    policies
      .filter(({ properties }) => properties.Roles.includes(roleName))
      .flatMap(({ properties }) => properties.PolicyDocument.Statement);
  return read('AWS::Lambda::Function').map((resource) => {
    const { ref, attributes, metadata, properties } = resource;
    return {
      name: nameOf(resource),
      physicalName: ref,
      arn: attributes.Arn ?? '',
      taskRoot: join(assembly.folder, String(metadata['aws:asset:path'])),
      handler: properties.Handler,
      timeoutSeconds: properties.Timeout,
      memoryMb: properties.MemorySize,
      environment: properties.Environment.Variables ?? {},
      policies: statementsOf(properties.Role.split('/').at(-1) ?? ''),
    };
  });
}

/** The name of a function everywhere: the name of the construct that contains it. */
function nameOf({ logicalId, metadata }: TypedResource<'AWS::Lambda::Function'>): string {
  const path = String(metadata['aws:cdk:path'] ?? '');
  const [, ...constructs] = path.split('/');
  const name = constructs.at(-3);
  if (!name) {
    throw new CannotRun(
      `Function ${logicalId} (${path}) has no name: put it into a construct with the name of the function.`,
    );
  }
  return name;
}

/** Faults, logs and counts identify a function by its name, so names must be unique. */
function refuseSharedNames(functions: FunctionPlan[]): FunctionPlan[] {
  const names = functions.map(({ name }) => name);
  const shared = names.filter((name, index) => names.indexOf(name) !== index);
  if (shared.length > 0) {
    throw new CannotRun(
      `More than one function is called ${[...new Set(shared)].join(', ')}; their names must differ.`,
    );
  }
  return functions;
}

type Mapping = TypedResource<'AWS::Lambda::EventSourceMapping'>;

function planMappings(
  read: Resources,
  queues: QueuePlan[],
  functionOf: (reference: string) => FunctionPlan,
): Pick<Plan, 'queueMappings' | 'streamMappings'> {
  const queueMappings: QueueMappingPlan[] = [];
  const streamMappings: StreamMappingPlan[] = [];
  for (const mapping of read('AWS::Lambda::EventSourceMapping')) {
    const { logicalId, ref, properties } = mapping;
    const shared = {
      uuid: ref,
      functionName: functionOf(properties.FunctionName).name,
      sourceArn: properties.EventSourceArn,
      reportsItemFailures: properties.FunctionResponseTypes !== undefined,
    };
    const queue = queues.find(({ arn }) => arn === properties.EventSourceArn);
    if (queue) queueMappings.push({ ...shared, queue, ...planQueueSource(mapping) });
    else streamMappings.push({ ...shared, id: logicalId, ...planStreamSource(mapping) });
  }
  return { queueMappings, streamMappings };
}

/** The number of pollers that Lambda starts when a mapping sets no maximum. */
const DEFAULT_POLLERS = 5;

function planQueueSource(mapping: Mapping): { batchSize: number; maximumConcurrency: number } {
  const { logicalId, properties } = mapping;
  refuse(
    mapping,
    ['FilterCriteria', 'MaximumRecordAgeInSeconds', 'MaximumRetryAttempts', 'StartingPosition'],
    'a queue',
  );
  const { BatchSize: batchSize = 10, ScalingConfig } = properties;
  if (batchSize > 10) {
    throw new CannotRun(
      `Resource ${logicalId} (AWS::Lambda::EventSourceMapping): BatchSize is ${batchSize}, but at most 10 is emulated for a queue by the local cloud.`,
    );
  }
  return { batchSize, maximumConcurrency: ScalingConfig?.MaximumConcurrency ?? DEFAULT_POLLERS };
}

function planStreamSource(
  mapping: Mapping,
): Pick<StreamMappingPlan, 'batchSize' | 'filters' | 'maximumRetryAttempts' | 'maximumRecordAgeSeconds'> {
  refuse(mapping, ['ScalingConfig'], 'a stream');
  const {
    BatchSize = 100,
    FilterCriteria,
    MaximumRetryAttempts = -1,
    MaximumRecordAgeInSeconds = -1,
  } = mapping.properties;
  return {
    batchSize: BatchSize,
    filters: (FilterCriteria?.Filters ?? []).map(({ Pattern }) => parseJson(Pattern)),
    maximumRetryAttempts: MaximumRetryAttempts,
    maximumRecordAgeSeconds: MaximumRecordAgeInSeconds,
  };
}

function refuse({ logicalId, properties }: Mapping, names: (keyof Mapping['properties'])[], source: string): void {
  const found = names.filter((name) => properties[name] !== undefined);
  if (found.length === 0) return;
  throw new CannotRun(
    `Resource ${logicalId} (AWS::Lambda::EventSourceMapping): ${found.join(', ')} is not emulated for ${source} by the local cloud.`,
  );
}

function planApi(read: Resources, functionOf: (reference: string) => FunctionPlan): ApiPlan {
  const [api, ...others] = read('AWS::ApiGatewayV2::Api');
  if (!api || others.length > 0)
    throw new CannotRun(`The local cloud serves one HTTP API, but the template has ${api ? others.length + 1 : 0}.`);
  const integrations = new Map(
    read('AWS::ApiGatewayV2::Integration').map(({ ref, properties }) => [
      `integrations/${ref}`,
      properties.IntegrationUri,
    ]),
  );
  const authorizers = new Map(
    read('AWS::ApiGatewayV2::Authorizer').map(({ ref, properties: { JwtConfiguration } }) => [
      ref,
      { issuer: JwtConfiguration.Issuer, audience: JwtConfiguration.Audience },
    ]),
  );
  const stage = read('AWS::ApiGatewayV2::Stage')[0]?.properties;
  const ofRoutes = stage?.RouteSettings ?? {};
  const routes = read('AWS::ApiGatewayV2::Route').map(({ properties }): RoutePlan => {
    const { RouteKey: routeKey, Target, AuthorizationType, AuthorizerId = '', AuthorizationScopes } = properties;
    const [method = '', path = ''] = routeKey.split(' ');
    const guarded = AuthorizationType === 'JWT';
    const authorizer = guarded ? authorizers.get(AuthorizerId) : undefined;
    if (guarded && !authorizer)
      throw new CannotRun(`Route "${routeKey}" names an authorizer that is not in the template.`);
    return {
      method,
      path,
      routeKey,
      functionName: functionOf(integrations.get(Target) ?? Target).name,
      ...(authorizer ? { authorizer } : {}),
      scopes: AuthorizationScopes,
      ...throttleOf(ofRoutes[routeKey]),
    };
  });
  const missing = Object.keys(ofRoutes).filter((key) => !routes.some(({ routeKey }) => routeKey === key));
  if (missing.length > 0) {
    throw new CannotRun(`The API's stage has settings of routes that are not in the template: ${missing.join(', ')}.`);
  }
  return { id: api.ref, routes, ...throttleOf(stage?.DefaultRouteSettings), ...corsOf(api.properties) };
}

const corsOf = ({
  CorsConfiguration: cors,
}: TypedResource<'AWS::ApiGatewayV2::Api'>['properties']): { cors?: CorsPlan } =>
  cors
    ? {
        cors: {
          origins: cors.AllowOrigins,
          methods: cors.AllowMethods,
          headers: cors.AllowHeaders,
          exposedHeaders: cors.ExposeHeaders,
          maxAgeSeconds: cors.MaxAge,
        },
      }
    : {};

type RouteSettings = { ThrottlingRateLimit: number; ThrottlingBurstLimit: number };

const throttleOf = (settings: RouteSettings | undefined): { throttle?: ThrottlePlan } =>
  settings ? { throttle: { ratePerSecond: settings.ThrottlingRateLimit, burst: settings.ThrottlingBurstLimit } } : {};

function planSchedules(
  { region }: Assembly,
  read: Resources,
  functionOf: (reference: string) => FunctionPlan,
): SchedulePlan[] {
  return read('AWS::Scheduler::Schedule').map(({ ref: name, properties }) => ({
    name,
    arn: `arn:aws:scheduler:${region}:${ACCOUNT_ID}:schedule/default/${name}`,
    functionName: functionOf(properties.Target.Arn).name,
    everyMinutes: Number(/\d+/.exec(properties.ScheduleExpression)?.[0]),
  }));
}
