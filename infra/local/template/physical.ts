import { createHash } from 'node:crypto';
import { CannotRun } from '../base/failure.ts';
import { isJsonObject, type Json } from '../base/json.ts';
import type { Assembly, Resource } from './assembly.ts';
import type { Physical } from './resolver.ts';

/** The account of the local cloud. Its engines write this account into ARNs. */
export const ACCOUNT_ID = '000000000000';

const MAX_NAME_LENGTH = 64;

/**
 * The name of a resource, derived from its logical id only. It is the same after a restart and after a change of code,
 * so that its data is found again.
 */
export function physicalName(stackName: string, logicalId: string): string {
  const name = `${stackName}-${logicalId}`;
  return name.length <= MAX_NAME_LENGTH ? name : `${name.slice(0, MAX_NAME_LENGTH - 9)}-${fingerprint(logicalId, 8)}`;
}

function fingerprint(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** There is one version of the code. */
const ONLY_VERSION = '1';

/** @throws CannotRun unless the value is a `Ref`. Versions and aliases always belong to a function of the template. */
function referredIn(value: Json | undefined): string {
  if (isJsonObject(value) && typeof value.Ref === 'string') return value.Ref;
  throw new CannotRun(`A version or alias names its function by ${JSON.stringify(value)}, but only a Ref is emulated.`);
}

/** @throws CannotRun unless the value is the id of an event API of the template. */
function apiOf(value: Json | undefined): string {
  const [logicalId] = isJsonObject(value) && Array.isArray(value['Fn::GetAtt']) ? value['Fn::GetAtt'] : [];
  if (typeof logicalId === 'string') return logicalId;
  throw new CannotRun(
    `A channel namespace names its API by ${JSON.stringify(value)}, but only Fn::GetAtt is emulated.`,
  );
}

export type PhysicalOptions = {
  /** Base URL of the queues. */
  sqsUrl: string;
  /** Stream label of each table, by logical id. The engine chooses the labels. */
  streamLabels: Record<string, string>;
};

/** The values of `Ref` and `Fn::GetAtt` for every resource of the template. */
export function physicalResources(assembly: Assembly, options: PhysicalOptions): Record<string, Physical> {
  return Object.fromEntries(
    Object.entries(assembly.template.Resources).map(([logicalId, resource]) => [
      logicalId,
      physicalResource(assembly, logicalId, resource, options),
    ]),
  );
}

function physicalResource(
  { stackName, region, template }: Assembly,
  logicalId: string,
  { Type: type, Properties = {} }: Resource,
  { sqsUrl, streamLabels }: PhysicalOptions,
): Physical {
  const name = physicalName(stackName, logicalId);
  const arn = (service: string, resource: string): string => `arn:aws:${service}:${region}:${ACCOUNT_ID}:${resource}`;
  switch (type) {
    case 'AWS::DynamoDB::GlobalTable': {
      const table = arn('dynamodb', `table/${name}`);
      const label = streamLabels[logicalId];
      return { ref: name, attributes: { Arn: table, ...(label ? { StreamArn: `${table}/stream/${label}` } : {}) } };
    }
    case 'AWS::SecretsManager::Secret':
      // AWS appends six characters to a secret's name.
      return { ref: arn('secretsmanager', `secret:${name}-${fingerprint(logicalId, 6)}`), attributes: {} };
    case 'AWS::CloudWatch::Alarm': {
      const alarm = String(template.Resources[logicalId]?.Properties?.AlarmName ?? name);
      return { ref: alarm, attributes: { Arn: arn('cloudwatch', `alarm:${alarm}`) } };
    }
    case 'AWS::Logs::LogGroup':
      return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } };
    case 'AWS::IAM::Role':
      return { ref: name, attributes: { Arn: `arn:aws:iam::${ACCOUNT_ID}:role/${name}` } };
    case 'AWS::Lambda::Function':
      return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } };
    case 'AWS::Lambda::Version':
    case 'AWS::Lambda::Alias': {
      const named = physicalName(stackName, referredIn(Properties.FunctionName));
      const qualifier = type === 'AWS::Lambda::Alias' ? String(Properties.Name) : ONLY_VERSION;
      return { ref: `${arn('lambda', `function:${named}`)}:${qualifier}`, attributes: { Version: ONLY_VERSION } };
    }
    case 'AWS::Cognito::UserPool': {
      const id = `${region}_${fingerprint(logicalId, 9)}`;
      const attributes = {
        Arn: arn('cognito-idp', `userpool/${id}`),
        ProviderURL: `https://cognito-idp.${region}.amazonaws.com/${id}`,
      };
      return { ref: id, attributes };
    }
    case 'AWS::Cognito::UserPoolClient':
      return { ref: fingerprint(logicalId, 26), attributes: {} };
    case 'AWS::ApiGatewayV2::Api':
      return { ref: fingerprint(logicalId, 10), attributes: {} };
    case 'AWS::AppSync::Api': {
      const id = fingerprint(logicalId, 26);
      const attributes = {
        ApiId: id,
        'Dns.Http': `${id}.appsync-api.${region}.amazonaws.com`,
        'Dns.Realtime': `${id}.appsync-realtime-api.${region}.amazonaws.com`,
      };
      return { ref: arn('appsync', `apis/${id}`), attributes };
    }
    case 'AWS::AppSync::ChannelNamespace': {
      const api = fingerprint(apiOf(Properties.ApiId), 26);
      const namespace = arn('appsync', `apis/${api}/channelNamespace/${String(Properties.Name)}`);
      return { ref: namespace, attributes: { ChannelNamespaceArn: namespace } };
    }
    case 'AWS::SNS::Topic':
      return { ref: arn('sns', name), attributes: { TopicName: name } };
    case 'AWS::S3::Bucket': {
      // Bucket names are host names, which have at most 63 characters.
      const bucket = name.toLowerCase().slice(-63);
      const attributes = { Arn: `arn:aws:s3:::${bucket}`, RegionalDomainName: `${bucket}.s3.${region}.amazonaws.com` };
      return { ref: bucket, attributes };
    }
    case 'AWS::SQS::Queue':
      return { ref: `${sqsUrl}/${ACCOUNT_ID}/${name}`, attributes: { Arn: arn('sqs', name), QueueName: name } };
    default:
      return { ref: name, attributes: {} };
  }
}
