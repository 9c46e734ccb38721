import { join } from 'node:path';
import { CannotRun } from '../failure.ts';
import type { PolicyStatement } from '../gateway/iam.ts';
import { type Assembly, type Json, resourcesOf, type Template } from './assembly.ts';
import { ACCOUNT_ID, type PhysicalOptions, physicalName, physicalResources } from './physical.ts';
import { createResolver, type Physical, type Resolve } from './resolver.ts';

export type TablePlan = {
  logicalId: string;
  name: string;
  attributes: { AttributeName: string; AttributeType: string }[];
  keySchema: { AttributeName: string; KeyType: string }[];
  indexes: {
    IndexName: string;
    KeySchema: { AttributeName: string; KeyType: string }[];
    Projection: Record<string, Json>;
  }[];
  streamViewType?: string;
  ttlAttribute?: string;
};
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
  /** That of the construct that holds it: of ours, the folder's under `functions/`. */
  name: string;
  physicalName: string;
  arn: string;
  /** Folder that holds the bundle. */
  taskRoot: string;
  /** `<file without extension>.<export>`. */
  handler: string;
  timeoutSeconds: number;
  memoryMb: number;
  environment: Record<string, string>;
  /** What the function's role may do. */
  policies: PolicyStatement[];
};
type MappingPlan = { functionName: string; sourceArn: string; batchSize: number; reportsItemFailures: boolean };
export type QueueMappingPlan = MappingPlan & { queue: QueuePlan; maximumConcurrency: number };
export type StreamMappingPlan = MappingPlan & {
  /** Stable across restarts; names the checkpoint. */
  id: string;
  /** Any of these lets a record through; empty lets all through. */
  filters: Json[];
  /** -1 = as long as the record is in the stream. */
  maximumRetryAttempts: number;
  /** -1 = as long as the record is in the stream. */
  maximumRecordAgeSeconds: number;
};
export type RoutePlan = {
  method: string;
  path: string;
  routeKey: string;
  functionName: string;
  authorizer?: AuthorizerPlan;
  scopes: string[];
};
export type AuthorizerPlan = { issuer: string; audience: string[] };
export type ApiPlan = { id: string; routes: RoutePlan[]; throttle?: { ratePerSecond: number; burst: number } };
export type SchedulePlan = { name: string; arn: string; functionName: string; everyMinutes: number };
/** The user pool that issues tokens, as far as a signed-in person's token shows it. */
export type PoolPlan = { issuer: string; peopleClientId: string; triggerFunction: string; scopePrefix: string };
export type SecretPlan = { name: string; arn: string; length: number };

/** Everything the local cloud makes of the template, with names and references resolved. */
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
  secrets: SecretPlan[];
  /** Absent where an existing issuer is trusted. */
  pool?: PoolPlan;
};

/** The tables alone: they refer to nothing, and the engine must have made them before streams have an ARN. */
export function planTables({ stackName, template }: Assembly): TablePlan[] {
  return resourcesOf(template, 'AWS::DynamoDB::GlobalTable').map(([logicalId, { Properties = {} }]) => {
    const stream = Properties.StreamSpecification as { StreamViewType?: string } | undefined;
    const ttl = Properties.TimeToLiveSpecification as { AttributeName?: string; Enabled?: boolean } | undefined;
    return {
      logicalId,
      name: physicalName(stackName, logicalId),
      attributes: Properties.AttributeDefinitions as TablePlan['attributes'],
      keySchema: Properties.KeySchema as TablePlan['keySchema'],
      indexes: (Properties.GlobalSecondaryIndexes ?? []) as TablePlan['indexes'],
      ...(stream?.StreamViewType ? { streamViewType: stream.StreamViewType } : {}),
      ...(ttl?.Enabled && ttl.AttributeName ? { ttlAttribute: ttl.AttributeName } : {}),
    };
  });
}

/** The secrets alone: the sink that serves them starts before the rest is resolved. */
export function planSecrets(assembly: Assembly): SecretPlan[] {
  const physical = physicalResources(assembly, { sqsUrl: '', streamLabels: {} });
  return resourcesOf(assembly.template, 'AWS::SecretsManager::Secret').map(([logicalId, { Properties = {} }]) => ({
    name: physicalName(assembly.stackName, logicalId),
    arn: physical[logicalId]?.ref ?? '',
    length: (Properties.GenerateSecretString as { PasswordLength: number }).PasswordLength,
  }));
}

export type ConfigurationSetPlan = { eventTopicArn?: string; eventTypes: string[] };

/** The configuration sets by name, each with its event destination where the template has one. */
export function planConfigurationSets(assembly: Assembly): Record<string, ConfigurationSetPlan> {
  const physical = physicalResources(assembly, { sqsUrl: '', streamLabels: {} });
  const refOf = (value: Json | undefined): string =>
    physical[(value as { Ref?: string } | undefined)?.Ref ?? '']?.ref ?? '';
  const sets = resourcesOf(assembly.template, 'AWS::SES::ConfigurationSet');
  const plans: Record<string, ConfigurationSetPlan> = Object.fromEntries(
    sets.map(([logicalId]) => [physicalName(assembly.stackName, logicalId), { eventTypes: [] }]),
  );
  for (const [, { Properties = {} }] of resourcesOf(assembly.template, 'AWS::SES::ConfigurationSetEventDestination')) {
    const { MatchingEventTypes, SnsDestination } = Properties.EventDestination as {
      MatchingEventTypes: string[];
      SnsDestination: { TopicARN: Json };
    };
    plans[refOf(Properties.ConfigurationSetName)] = {
      eventTopicArn: refOf(SnsDestination.TopicARN),
      eventTypes: MatchingEventTypes,
    };
  }
  return plans;
}

/** The configuration sets of text messages by name. */
export function planSmsConfigurationSets(assembly: Assembly): Record<string, ConfigurationSetPlan> {
  const physical = physicalResources(assembly, { sqsUrl: '', streamLabels: {} });
  const sets = resourcesOf(assembly.template, 'AWS::SMSVOICE::ConfigurationSet').map(([, { Properties = {} }]) => {
    const [destination] = (Properties.EventDestinations ?? []) as {
      MatchingEventTypes: string[];
      SnsDestination: { TopicArn: { Ref: string } };
    }[];
    const eventTopicArn = destination && physical[destination.SnsDestination.TopicArn.Ref]?.ref;
    const plan = { ...(eventTopicArn && { eventTopicArn }), eventTypes: destination?.MatchingEventTypes ?? [] };
    return [String(Properties.ConfigurationSetName), plan] as const;
  });
  return Object.fromEntries(sets);
}

type Properties = Record<string, Json>;
type Read = (type: string) => { logicalId: string; ref: string; properties: Properties }[];

/**
 * Resolves a checked template into what the engines and the runner need.
 * @throws CannotRun where a part refers to something that is not in the template.
 */
export function planOf(assembly: Assembly, options: PhysicalOptions): Plan {
  const physical = physicalResources(assembly, options);
  const resolve: Resolve = createResolver({
    resources: physical,
    parameters: {
      ...parametersOf(assembly.template),
      'AWS::AccountId': ACCOUNT_ID,
      'AWS::Region': assembly.region,
      'AWS::Partition': 'aws',
      'AWS::StackName': assembly.stackName,
    },
  });
  const read: Read = (type) =>
    resourcesOf(assembly.template, type).map(([logicalId, { Properties = {} }]) => ({
      logicalId,
      ref: physical[logicalId]?.ref ?? '',
      properties: resolve(Properties) as Properties,
    }));
  const arnOf = (logicalId: string): string => physical[logicalId]?.attributes.Arn ?? '';

  const queues = planQueues(read, arnOf);
  const functions = refuseSharedNames(planFunctions(assembly, read, arnOf));
  const functionOf = (reference: string): FunctionPlan => {
    const found = functions.find(({ arn, physicalName }) => arn === reference || physicalName === reference);
    if (!found) throw new CannotRun(`The template invokes ${reference}, which is no function of it.`);
    return found;
  };
  return {
    region: assembly.region,
    tables: planTables(assembly),
    topics: read('AWS::SNS::Topic').map(({ logicalId, ref }) => ({
      name: physicalName(assembly.stackName, logicalId),
      arn: ref,
    })),
    queues,
    buckets: read('AWS::S3::Bucket').map(({ ref }) => ({ name: ref })),
    subscriptions: read('AWS::SNS::Subscription')
      .filter(({ properties }) => properties.Protocol === 'sqs')
      .map(({ properties }) => planSubscription(properties)),
    functions,
    ...planMappings(read, queues, functionOf),
    api: planApi(read, functionOf),
    schedules: read('AWS::Scheduler::Schedule').map(({ ref, properties }) =>
      planSchedule(assembly, ref, properties, functionOf),
    ),
    secrets: planSecrets(assembly),
    ...planPool(read, physical, functionOf),
  };
}

/** What each parameter is when nobody sets it, which nobody does here. */
function parametersOf({ Parameters = {} }: Template): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(Parameters as Record<string, { Type: string; Default?: string }>).map(
      ([name, { Type, Default }]) => {
        if (Default === undefined) {
          throw new CannotRun(`The template's parameter ${name} has no default, and the local cloud sets none.`);
        }
        return [name, Type === 'CommaDelimitedList' ? Default.split(',') : Default];
      },
    ),
  );
}

function planPool(
  read: Read,
  physical: Record<string, Physical>,
  functionOf: (reference: string) => FunctionPlan,
): { pool?: PoolPlan } {
  const [pool] = read('AWS::Cognito::UserPool');
  if (!pool) return {};
  const people = read('AWS::Cognito::UserPoolClient').find(({ properties }) =>
    (properties.AllowedOAuthFlows as string[]).includes('code'),
  );
  const [server] = read('AWS::Cognito::UserPoolResourceServer');
  const { PreTokenGenerationConfig: trigger } = pool.properties.LambdaConfig as {
    PreTokenGenerationConfig: { LambdaArn: string };
  };
  if (!people || !server) {
    throw new CannotRun(
      'The user pool has no resource server, or no client for people: set jwt.callbackUrls of the stage in infra/stages.ts.',
    );
  }
  return {
    pool: {
      issuer: physical[pool.logicalId]?.attributes.ProviderURL ?? '',
      peopleClientId: people.ref,
      triggerFunction: functionOf(trigger.LambdaArn).name,
      scopePrefix: `${server.properties.Identifier}/`,
    },
  };
}

function planQueues(read: Read, arnOf: (logicalId: string) => string): QueuePlan[] {
  return read('AWS::SQS::Queue').map(({ logicalId, ref, properties }) => ({
    name: ref.slice(ref.lastIndexOf('/') + 1),
    arn: arnOf(logicalId),
    url: ref,
    visibilityTimeoutSeconds: Number(properties.VisibilityTimeout ?? 30),
    ...(properties.RedrivePolicy ? { redrive: properties.RedrivePolicy as QueuePlan['redrive'] } : {}),
  }));
}

function planSubscription(properties: Properties): SubscriptionPlan {
  return {
    topicArn: String(properties.TopicArn),
    queueArn: String(properties.Endpoint),
    raw: properties.RawMessageDelivery === true,
    ...(properties.FilterPolicy ? { filterPolicy: properties.FilterPolicy as Properties } : {}),
  };
}

function planFunctions(assembly: Assembly, read: Read, arnOf: (logicalId: string) => string): FunctionPlan[] {
  const policies = read('AWS::IAM::Policy');
  const statementsOf = (roleName: string): PolicyStatement[] =>
    policies
      .filter(({ properties }) => (properties.Roles as string[]).includes(roleName))
      .flatMap(({ properties }) =>
        (properties.PolicyDocument as { Statement: Properties[] }).Statement.map(statementOf),
      );
  return read('AWS::Lambda::Function').map(({ logicalId, ref, properties }) => ({
    name: nameOf(assembly, logicalId),
    physicalName: ref,
    arn: arnOf(logicalId),
    taskRoot: join(assembly.folder, String(assembly.template.Resources[logicalId]?.Metadata?.['aws:asset:path'])),
    handler: String(properties.Handler),
    timeoutSeconds: Number(properties.Timeout ?? 3),
    memoryMb: Number(properties.MemorySize ?? 128),
    environment: ((properties.Environment as Properties | undefined)?.Variables ?? {}) as Record<string, string>,
    policies: statementsOf(String(properties.Role).split('/').at(-1) ?? ''),
  }));
}

/** What a function is called everywhere: the name of the construct that holds it. */
function nameOf(assembly: Assembly, logicalId: string): string {
  const path = String(assembly.template.Resources[logicalId]?.Metadata?.['aws:cdk:path'] ?? '');
  const [, ...constructs] = path.split('/');
  const name = constructs.at(-3);
  if (!name) {
    throw new CannotRun(
      `Function ${logicalId} (${path}) has no name: put it into a construct that is called as the function is to be.`,
    );
  }
  return name;
}

/** Faults, logs and counts know a function by its name, so no two may share one. */
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

function statementOf(statement: Properties): PolicyStatement {
  const list = (value: Json | undefined): string[] | undefined =>
    value === undefined ? undefined : ([value].flat() as string[]);
  const entries = Object.entries({
    Action: list(statement.Action),
    NotAction: list(statement.NotAction),
    Resource: list(statement.Resource),
    NotResource: list(statement.NotResource),
    Condition: statement.Condition,
  }).filter(([, value]) => value !== undefined);
  return { Effect: statement.Effect, ...Object.fromEntries(entries) } as PolicyStatement;
}

function planMappings(
  read: Read,
  queues: QueuePlan[],
  functionOf: (reference: string) => FunctionPlan,
): Pick<Plan, 'queueMappings' | 'streamMappings'> {
  const queueMappings: QueueMappingPlan[] = [];
  const streamMappings: StreamMappingPlan[] = [];
  for (const { logicalId, properties } of read('AWS::Lambda::EventSourceMapping')) {
    const sourceArn = String(properties.EventSourceArn);
    const shared = {
      functionName: functionOf(String(properties.FunctionName)).name,
      sourceArn,
      reportsItemFailures: properties.FunctionResponseTypes !== undefined,
    };
    const queue = queues.find(({ arn }) => arn === sourceArn);
    if (queue) {
      queueMappings.push({ ...shared, queue, ...planQueueSource(logicalId, properties) });
    } else {
      streamMappings.push({ ...shared, id: logicalId, ...planStreamSource(logicalId, properties) });
    }
  }
  return { queueMappings, streamMappings };
}

/** Pollers that Lambda starts with where a mapping sets no maximum. */
const DEFAULT_POLLERS = 5;

function planQueueSource(logicalId: string, properties: Properties): { batchSize: number; maximumConcurrency: number } {
  refuse(
    logicalId,
    properties,
    ['FilterCriteria', 'MaximumRecordAgeInSeconds', 'MaximumRetryAttempts', 'StartingPosition'],
    'a queue',
  );
  const batchSize = Number(properties.BatchSize ?? 10);
  if (batchSize > 10) {
    throw new CannotRun(
      `Resource ${logicalId} (AWS::Lambda::EventSourceMapping): BatchSize is ${batchSize}, but at most 10 is emulated for a queue by the local cloud.`,
    );
  }
  const scaling = properties.ScalingConfig as { MaximumConcurrency?: number } | undefined;
  return { batchSize, maximumConcurrency: scaling?.MaximumConcurrency ?? DEFAULT_POLLERS };
}

function planStreamSource(
  logicalId: string,
  properties: Properties,
): Pick<StreamMappingPlan, 'batchSize' | 'filters' | 'maximumRetryAttempts' | 'maximumRecordAgeSeconds'> {
  refuse(logicalId, properties, ['ScalingConfig'], 'a stream');
  const criteria = properties.FilterCriteria as { Filters: { Pattern: string }[] } | undefined;
  return {
    batchSize: Number(properties.BatchSize ?? 100),
    filters: (criteria?.Filters ?? []).map(({ Pattern }) => JSON.parse(Pattern) as Json),
    maximumRetryAttempts: Number(properties.MaximumRetryAttempts ?? -1),
    maximumRecordAgeSeconds: Number(properties.MaximumRecordAgeInSeconds ?? -1),
  };
}

function refuse(logicalId: string, properties: Properties, names: string[], source: string): void {
  const found = names.filter((name) => properties[name] !== undefined);
  if (found.length === 0) return;
  throw new CannotRun(
    `Resource ${logicalId} (AWS::Lambda::EventSourceMapping): ${found.join(', ')} is not emulated for ${source} by the local cloud.`,
  );
}

function planApi(read: Read, functionOf: (reference: string) => FunctionPlan): ApiPlan {
  const [api, ...others] = read('AWS::ApiGatewayV2::Api');
  if (!api || others.length > 0)
    throw new CannotRun(`The local cloud serves one HTTP API, but the template has ${api ? others.length + 1 : 0}.`);
  const integrations = new Map(
    read('AWS::ApiGatewayV2::Integration').map(({ ref, properties }) => [
      `integrations/${ref}`,
      String(properties.IntegrationUri),
    ]),
  );
  const authorizers = new Map(
    read('AWS::ApiGatewayV2::Authorizer').map(({ ref, properties }) => {
      const { Issuer, Audience } = properties.JwtConfiguration as { Issuer: string; Audience: string[] };
      return [ref, { issuer: Issuer, audience: Audience }];
    }),
  );
  const routes = read('AWS::ApiGatewayV2::Route').map(({ properties }): RoutePlan => {
    const routeKey = String(properties.RouteKey);
    const [method = '', path = ''] = routeKey.split(' ');
    const guarded = properties.AuthorizationType === 'JWT';
    const authorizer = guarded ? authorizers.get(String(properties.AuthorizerId)) : undefined;
    if (guarded && !authorizer)
      throw new CannotRun(`Route "${routeKey}" names an authorizer that is not in the template.`);
    return {
      method,
      path,
      routeKey,
      functionName: functionOf(integrations.get(String(properties.Target)) ?? String(properties.Target)).name,
      ...(authorizer ? { authorizer } : {}),
      scopes: (properties.AuthorizationScopes ?? []) as string[],
    };
  });
  const settings = read('AWS::ApiGatewayV2::Stage')[0]?.properties.DefaultRouteSettings as
    | { ThrottlingRateLimit: number; ThrottlingBurstLimit: number }
    | undefined;
  return {
    id: api.ref,
    routes,
    ...(settings
      ? { throttle: { ratePerSecond: settings.ThrottlingRateLimit, burst: settings.ThrottlingBurstLimit } }
      : {}),
  };
}

function planSchedule(
  assembly: Assembly,
  name: string,
  properties: Properties,
  functionOf: (reference: string) => FunctionPlan,
): SchedulePlan {
  const target = properties.Target as { Arn: string };
  const minutes = /\d+/.exec(String(properties.ScheduleExpression))?.[0];
  return {
    name,
    arn: `arn:aws:scheduler:${assembly.region}:${ACCOUNT_ID}:schedule/default/${name}`,
    functionName: functionOf(target.Arn).name,
    everyMinutes: Number(minutes),
  };
}
