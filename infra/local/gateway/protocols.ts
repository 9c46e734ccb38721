import type { IncomingMessage } from 'node:http';
import { mappingIdIn } from '../aws/addresses.ts';
import type { ServiceName } from '../aws/services.ts';
import { wholeMessageOf } from '../base/failure.ts';
import { isMailSend } from './mail-send.ts';
import { type Input, type MappingContext, OPERATIONS, type Operation, UnknownOperation } from './operations.ts';

/** `x-amz-target` prefixes of the JSON services. */
const targets: Partial<Record<ServiceName, string>> = {
  dynamodb: 'DynamoDB_20120810',
  dynamodbstreams: 'DynamoDBStreams_20120810',
  sqs: 'AmazonSQS',
  secretsmanager: 'secretsmanager',
  'pinpoint-sms-voice-v2': 'PinpointSMSVoiceV2',
};

/**
 * Reads the operation of a request and the permissions that it needs. The protocols are those of the pinned SDK
 * (3.116x: AWS JSON, query for SNS, REST for SES, S3 and Lambda). No client of ours uses Smithy RPC v2 CBOR. Its paths are
 * recognised only for a clear refusal.
 * @throws UnknownOperation for any other request.
 */
export function readOperation(
  service: ServiceName,
  incoming: IncomingMessage,
  body: Buffer,
  context: MappingContext,
): Operation {
  // No permission of AWS is about it.
  if (isMailSend(incoming)) return { name: 'SendEmail', input: {}, grants: [] };
  const { name, input } = readRequest(service, incoming, body);
  const grantsOf = Object.hasOwn(OPERATIONS[service], name) ? OPERATIONS[service][name] : undefined;
  if (!grantsOf) throw new UnknownOperation(`${service} ${name}`);
  const grants = grantsOf(input, context);
  if (grants.length === 0) throw new UnknownOperation(`${service} ${name} without a resource in its request`);
  return { name, input, grants };
}

/** The operation's name and its parameters, as each protocol transmits them. */
export function readRequest(
  service: ServiceName,
  incoming: IncomingMessage,
  body: Buffer,
): { name: string; input: Input } {
  const url = new URL(incoming.url ?? '/', 'http://gateway');
  if (url.pathname.startsWith('/service/'))
    throw new UnknownOperation(`${service} over Smithy RPC v2 (${url.pathname})`);
  if (service === 's3') return readS3(incoming, url);
  if (service === 'sns') return readQuery(body);
  if (service === 'sesv2') return readSes(incoming, url, body);
  if (service === 'lambda') return readLambda(incoming, url, body);
  if (service === 'appsync') return readEvents(incoming, url, body);
  const [prefix, name] = String(incoming.headers['x-amz-target'] ?? '').split('.');
  if (prefix !== targets[service] || !name) {
    throw new UnknownOperation(
      `${service} ${incoming.method} ${url.pathname} with x-amz-target ${incoming.headers['x-amz-target'] ?? '(none)'}`,
    );
  }
  return { name, input: parseJson(service, body) };
}

function parseJson(service: ServiceName, body: Buffer): Input {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw new UnknownOperation(`${service} with a body that is not JSON (${wholeMessageOf(cause)})`);
  }
}

function readQuery(body: Buffer): { name: string; input: Input } {
  const { Action = '(no Action)', ...input } = Object.fromEntries(new URLSearchParams(body.toString()));
  return { name: Action, input };
}

function readSes(incoming: IncomingMessage, url: URL, body: Buffer): { name: string; input: Input } {
  const route = `${incoming.method} ${url.pathname}`;
  if (route !== 'POST /v2/email/outbound-emails') throw new UnknownOperation(`sesv2 ${route}`);
  return { name: 'SendEmail', input: parseJson('sesv2', body) };
}

/** Publishing is the only operation of the HTTP endpoint of AppSync Events. */
function readEvents(incoming: IncomingMessage, url: URL, body: Buffer): { name: string; input: Input } {
  if (incoming.method !== 'POST' || url.pathname !== '/event')
    throw new UnknownOperation(`appsync ${incoming.method} ${url.pathname}`);
  return { name: 'EventPublish', input: parseJson('appsync', body) };
}

/** The calls about one event source mapping. */
function readLambda(incoming: IncomingMessage, url: URL, body: Buffer): { name: string; input: Input } {
  const UUID = mappingIdIn(url.pathname);
  const name = { GET: 'GetEventSourceMapping', PUT: 'UpdateEventSourceMapping' }[incoming.method ?? ''];
  if (UUID === undefined || name === undefined) throw new UnknownOperation(`lambda ${incoming.method} ${url.pathname}`);
  return { name, input: { ...parseJson('lambda', body), UUID } };
}

/** Query parameters that make an S3 request a different operation than its method and path suggest. */
const s3Subresources = [
  'acl',
  'cors',
  'delete',
  'lifecycle',
  'policy',
  'tagging',
  'uploads',
  'uploadId',
  'versioning',
  'versions',
  'attributes',
];

/** S3 with the bucket in the path: the SDK uses this form when the endpoint is an IP address. */
function readS3(incoming: IncomingMessage, url: URL): { name: string; input: Input } {
  const [, bucket = '', ...rest] = url.pathname.split('/');
  const Bucket = decodeURIComponent(bucket);
  const Key = decodeURIComponent(rest.join('/'));
  const versionId = url.searchParams.get('versionId') ?? undefined;
  const CopySource = incoming.headers['x-amz-copy-source'];
  const subresource = s3Subresources.find((name) => url.searchParams.has(name));
  const route = `${incoming.method} ${!Bucket ? 'service' : Key ? 'object' : 'bucket'}${subresource ? `?${subresource}` : ''}`;
  const names: Record<string, string> = {
    'GET object': 'GetObject',
    'HEAD object': 'HeadObject',
    'PUT object': CopySource ? 'CopyObject' : 'PutObject',
    'DELETE object': 'DeleteObject',
    'GET bucket': 'ListObjectsV2',
    'HEAD bucket': 'HeadBucket',
  };
  const name = names[route];
  if (!name) throw new UnknownOperation(`s3 ${route}`);
  return { name, input: { Bucket, Key, versionId, CopySource } };
}
