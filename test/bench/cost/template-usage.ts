import { type Resource, resourcesOf, type Template } from '#test/support/template.ts';
import { Unpriced, type Usage } from './usage.ts';

export const MINUTES_A_MONTH = (365 * 24 * 60) / 12;

/** How Lambda polls an empty queue: this many pollers, each with SQS's maximum wait time. */
const IDLE_POLLING = { pollers: 5, secondsAPoll: 20 };
/** API Gateway's metrics of each route: Count, 4xx, 5xx, Latency, IntegrationLatency and DataProcessed. */
const METRICS_A_ROUTE = 6;

type Monthly = (resource: Resource, template: Template) => Usage[];

const costsNothing: Monthly = () => [];
const each =
  (price: string, quantity = 1): Monthly =>
  () => [{ price, quantity }];

/**
 * The fixed monthly cost of a resource by type. Its usage is counted elsewhere. A type that is not listed has no known
 * price: find it out and add it.
 */
const MONTHLY: Record<string, Monthly> = {
  'AWS::CloudWatch::Alarm': (alarm) => [{ price: 'cloudwatch.alarm-metrics', quantity: metricsOf(alarm) }],
  'AWS::CloudWatch::CompositeAlarm': each('cloudwatch.composite-alarms'),
  'AWS::CloudWatch::Dashboard': each('cloudwatch.dashboards'),
  'AWS::Cognito::UserPoolClient': ({ Properties }) =>
    ((Properties.AllowedOAuthFlows ?? []) as string[]).includes('client_credentials')
      ? [{ price: 'cognito.machine-clients', quantity: 1 }]
      : [],
  'AWS::KMS::Key': each('kms.keys'),
  'AWS::Lambda::EventSourceMapping': (mapping, template) => (readsQueue(mapping, template) ? idlePolls() : []),
  'AWS::Scheduler::Schedule': (schedule) => [
    { price: 'scheduler.invocations', quantity: MINUTES_A_MONTH / everyMinutes(schedule) },
  ],
  'AWS::SecretsManager::Secret': each('secrets-manager.secrets'),
  ...Object.fromEntries(
    [
      // Its events are a cost of messages.
      'AWS::AppSync::Api',
      'AWS::AppSync::ChannelNamespace',
      'AWS::ApiGatewayV2::Api',
      'AWS::ApiGatewayV2::Authorizer',
      'AWS::ApiGatewayV2::Integration',
      'AWS::ApiGatewayV2::Route',
      'AWS::ApiGatewayV2::Stage',
      // Sign-ins are billed by person and month, so they are not a cost of an order.
      'AWS::Cognito::UserPool',
      'AWS::Cognito::UserPoolDomain',
      'AWS::Cognito::UserPoolGroup',
      'AWS::Cognito::UserPoolResourceServer',
      // CodeDeploy charges nothing for functions.
      'AWS::CodeDeploy::Application',
      'AWS::CodeDeploy::DeploymentConfig',
      'AWS::CodeDeploy::DeploymentGroup',
      'AWS::DynamoDB::GlobalTable',
      // Rules on the default bus that match events of AWS.
      'AWS::Events::Rule',
      'AWS::IAM::ManagedPolicy',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::KMS::Alias',
      'AWS::Lambda::Alias',
      'AWS::Lambda::EventInvokeConfig',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Lambda::Version',
      'AWS::Logs::LogGroup',
      'AWS::Logs::ResourcePolicy',
      // Its objects are a cost of messages with attachments.
      'AWS::S3::Bucket',
      'AWS::S3::BucketPolicy',
      'AWS::SES::ConfigurationSet',
      'AWS::SES::ConfigurationSetEventDestination',
      'AWS::SES::EmailIdentity',
      'AWS::SMSVOICE::ConfigurationSet',
      'AWS::SNS::Subscription',
      'AWS::SNS::Topic',
      'AWS::SNS::TopicPolicy',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
    ].map((type) => [type, costsNothing]),
  ),
};

/**
 * The monthly cost of the resources of an idle stage, without the work of its schedules.
 * @throws Unpriced with every resource type that has no rule here.
 */
export function monthlyUsageOf(template: Template): Usage[] {
  const resources = Object.values(template.Resources);
  const unknown = resources.map(({ Type }) => Type).filter((type) => !Object.hasOwn(MONTHLY, type));
  if (unknown.length > 0) throw new Unpriced([...new Set(unknown)].sort());
  return resources.flatMap((resource) => MONTHLY[resource.Type]?.(resource, template) ?? []);
}

/** Metrics by route that API Gateway emits with the first requests, if a stage enables them. */
export function routeMetricsOf(template: Template): Usage[] {
  const detailed = resourcesOf(template, 'AWS::ApiGatewayV2::Stage').some(
    ([, { Properties }]) =>
      (Properties.DefaultRouteSettings as { DetailedMetricsEnabled?: boolean } | undefined)?.DetailedMetricsEnabled,
  );
  const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').length;
  return detailed ? [{ price: 'cloudwatch.metrics', quantity: routes * METRICS_A_ROUTE }] : [];
}

export type FunctionSize = { memoryMb: number; environment: Record<string, string> };

/** The functions of a stage by name. Each has its name in its environment. */
export function functionsOf(template: Template): Record<string, FunctionSize> {
  return Object.fromEntries(
    resourcesOf(template, 'AWS::Lambda::Function').map(([id, { Properties }]) => {
      const environment =
        (Properties.Environment as { Variables: Record<string, string> } | undefined)?.Variables ?? {};
      return [
        environment.POWERTOOLS_SERVICE_NAME ?? id,
        { memoryMb: Number(Properties.MemorySize ?? 128), environment },
      ];
    }),
  );
}

/** The functions that schedules invoke, with their invocations per month. */
export function ticksAMonth(template: Template): Record<string, number> {
  const ticks: Record<string, number> = {};
  for (const [, schedule] of resourcesOf(template, 'AWS::Scheduler::Schedule')) {
    const { Arn } = schedule.Properties.Target as { Arn: unknown };
    const target = template.Resources[logicalIdIn(Arn)] as Resource;
    const [name = ''] = Object.keys(functionsOf({ Resources: { target } }));
    ticks[name] = (ticks[name] ?? 0) + MINUTES_A_MONTH / everyMinutes(schedule);
  }
  return ticks;
}

/** An alarm is billed by the metrics that it reads, expressions over them are free. */
function metricsOf({ Properties }: Resource): number {
  const metrics = (Properties.Metrics ?? []) as { MetricStat?: unknown }[];
  return Properties.MetricName === undefined ? metrics.filter(({ MetricStat }) => MetricStat !== undefined).length : 1;
}

function readsQueue({ Properties }: Resource, { Resources }: Template): boolean {
  return Resources[logicalIdIn(Properties.EventSourceArn)]?.Type === 'AWS::SQS::Queue';
}

function idlePolls(): Usage[] {
  const { pollers, secondsAPoll } = IDLE_POLLING;
  return [{ price: 'sqs.requests', quantity: pollers * (60 / secondsAPoll) * MINUTES_A_MONTH }];
}

const everyMinutes = ({ Properties }: Resource): number =>
  Number(/^rate\((\d+) minutes?\)$/.exec(String(Properties.ScheduleExpression))?.[1]);

/** The resource that an attribute is taken from: `{"Fn::GetAtt": [id, name]}`. */
function logicalIdIn(value: unknown): string {
  return (value as { 'Fn::GetAtt'?: [string, string] } | undefined)?.['Fn::GetAtt']?.[0] ?? '';
}
