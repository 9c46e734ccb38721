import { identitiesOf } from '../aws/addresses.ts';
import type { PolicyStatement } from '../aws/policy.ts';
import type { Scope, ServiceName } from '../aws/services.ts';
import { type Grant, listOf, wildcard } from './iam.ts';

/** A request of a function: the operation, its parameters and the permissions that it needs. */
export type Operation = { name: string; input: Input; grants: Grant[] };

/** The parameters of a request, as its protocol transmits them. */
// biome-ignore lint/suspicious/noExplicitAny: requests of ten services, each with its own model. Every use checks the values that it reads.
export type Input = Record<string, any>;

/** The information that determines the permissions, in addition to the request. */
export type MappingContext = Scope & {
  /** The caller's statements. Only they show which identity or secret a name refers to. */
  policies: PolicyStatement[];
  /** Verified SES identities, where they are known. */
  verifiedIdentities: string[];
};

type GrantsOf = (input: Input, context: MappingContext) => Grant[];

/**
 * The operations that the gateway can authorise, with the permissions that each of them needs at AWS. An operation that
 * is not listed is refused by name. Add it here when the stack starts to use it.
 */
export const OPERATIONS: Record<ServiceName, Record<string, GrantsOf>> = {
  dynamodb: {
    GetItem: onTable('dynamodb:GetItem'),
    PutItem: onTable('dynamodb:PutItem'),
    UpdateItem: onTable('dynamodb:UpdateItem'),
    DeleteItem: onTable('dynamodb:DeleteItem'),
    Query: onTableOrIndex('dynamodb:Query'),
    Scan: onTableOrIndex('dynamodb:Scan'),
    BatchGetItem: onEachTable('dynamodb:BatchGetItem'),
    BatchWriteItem: onEachTable('dynamodb:BatchWriteItem'),
    TransactGetItems: onEachItem({ Get: 'dynamodb:GetItem' }),
    TransactWriteItems: onEachItem({
      Put: 'dynamodb:PutItem',
      Update: 'dynamodb:UpdateItem',
      Delete: 'dynamodb:DeleteItem',
      ConditionCheck: 'dynamodb:ConditionCheckItem',
    }),
    DescribeTable: onTable('dynamodb:DescribeTable'),
  },
  dynamodbstreams: {
    ListStreams: (input, context) => [
      {
        action: 'dynamodb:ListStreams',
        resource: input.TableName === undefined ? '*' : `${tableArn(input, context)}/stream/*`,
      },
    ],
    DescribeStream: onStream('dynamodb:DescribeStream'),
    GetShardIterator: onStream('dynamodb:GetShardIterator'),
    GetRecords: (input, context) => [
      { action: 'dynamodb:GetRecords', resource: streamOfIterator(text(input, 'ShardIterator'), context) },
    ],
  },
  sns: {
    // A phone number has no ARN; IAM matches the number itself.
    Publish: (input) => [{ action: 'sns:Publish', resource: text(input, 'TopicArn', 'TargetArn', 'PhoneNumber') }],
    PublishBatch: (input) => [{ action: 'sns:Publish', resource: text(input, 'TopicArn') }],
  },
  sqs: {
    SendMessage: onQueue('sqs:SendMessage'),
    SendMessageBatch: onQueue('sqs:SendMessage'),
    ReceiveMessage: onQueue('sqs:ReceiveMessage'),
    DeleteMessage: onQueue('sqs:DeleteMessage'),
    DeleteMessageBatch: onQueue('sqs:DeleteMessage'),
    ChangeMessageVisibility: onQueue('sqs:ChangeMessageVisibility'),
    ChangeMessageVisibilityBatch: onQueue('sqs:ChangeMessageVisibility'),
    GetQueueAttributes: onQueue('sqs:GetQueueAttributes'),
    GetQueueUrl: (input, context) => [
      { action: 'sqs:GetQueueUrl', resource: queueArn(text(input, 'QueueName'), context) },
    ],
  },
  s3: {
    GetObject: readingObject,
    HeadObject: readingObject,
    PutObject: onObject('s3:PutObject'),
    CopyObject: (input, context) => [
      copiedFrom(text(input, 'CopySource')),
      ...onObject('s3:PutObject')(input, context),
    ],
    DeleteObject: onObject('s3:DeleteObject', 's3:DeleteObjectVersion'),
    ListObjectsV2: onBucket('s3:ListBucket'),
    HeadBucket: onBucket('s3:ListBucket'),
  },
  sesv2: { SendEmail: sendEmailGrants },
  secretsmanager: {
    GetSecretValue: (input, context) => [
      { action: 'secretsmanager:GetSecretValue', resource: secretArn(text(input, 'SecretId'), context) },
    ],
  },
  'pinpoint-sms-voice-v2': { SendTextMessage: sendTextMessageGrants },
  lambda: {
    GetEventSourceMapping: onMapping('lambda:GetEventSourceMapping'),
    UpdateEventSourceMapping: onMapping('lambda:UpdateEventSourceMapping'),
  },
  appsync: { EventPublish: publishingEvents },
};

// ── DynamoDB ──────────────────────────────────────────────────────────────────────────────────────

function onTable(action: string): GrantsOf {
  return (input, context) => [{ action, resource: tableArn(input, context) }];
}

function onTableOrIndex(action: string): GrantsOf {
  return (input, context) => {
    const table = tableArn(input, context);
    return [{ action, resource: input.IndexName === undefined ? table : `${table}/index/${input.IndexName}` }];
  };
}

function onEachTable(action: string): GrantsOf {
  return ({ RequestItems }, context) =>
    Object.keys(RequestItems ?? {}).map((TableName) => ({ action, resource: tableArn({ TableName }, context) }));
}

function onEachItem(actions: Record<string, string>): GrantsOf {
  return ({ TransactItems }, context) => {
    const needed = new Map<string, Grant>();
    for (const item of TransactItems ?? []) {
      for (const [kind, part] of Object.entries<Input>(item)) {
        const action = actions[kind];
        if (!action) throw new UnknownOperation(`a transaction item of kind ${kind}`);
        const grant = { action, resource: tableArn(part, context) };
        needed.set(`${grant.action} ${grant.resource}`, grant);
      }
    }
    return [...needed.values()];
  };
}

/** A request refers to a table by its name or its ARN. */
function tableArn(input: Input, { region, accountId }: Scope): string {
  const table = text(input, 'TableName');
  return table.startsWith('arn:') ? table : `arn:aws:dynamodb:${region}:${accountId}:table/${table}`;
}

function onStream(action: string): GrantsOf {
  return (input, context) => [{ action, resource: streamArn(text(input, 'StreamArn'), context) }];
}

/** The engines write their own name in place of the region. The policies contain the stack's region. */
function streamArn(arn: string, { region, accountId }: Scope): string {
  return arn.replace(/^(arn:aws:dynamodb):(?:dynoxide|ddblocal):\d+:/, `$1:${region}:${accountId}:`);
}

/**
 * The stream that an iterator reads. AWS checks the stream's ARN, which is part of the iterator. DynamoDB Local writes
 * the ARN in clear text. dynoxide writes the table's name as base64 JSON; then the stream's label is taken from the
 * caller's statement, because no policy can know the label in advance.
 */
function streamOfIterator(iterator: string, context: MappingContext): string {
  const inClear = /arn:aws:dynamodb:[^|]+\/stream\/[^|]+/.exec(iterator)?.[0];
  if (inClear) return streamArn(inClear, context);
  const table = /"table_name":"([^"]+)"/.exec(Buffer.from(iterator, 'base64').toString())?.[1];
  if (!table) throw new UnknownOperation('a shard iterator that does not name its stream');
  const prefix = `${tableArn({ TableName: table }, context)}/stream/`;
  return (
    resourcesOf(context.policies).find((resource) => streamArn(resource, context).startsWith(prefix)) ?? `${prefix}?`
  );
}

// ── SQS, S3, Secrets Manager ──────────────────────────────────────────────────────────────────────

function onQueue(action: string): GrantsOf {
  return (input, context) => {
    const url = text(input, 'QueueUrl');
    return [{ action, resource: queueArn(url.slice(url.lastIndexOf('/') + 1), context) }];
  };
}

function queueArn(name: string, { region, accountId }: Scope): string {
  return `arn:aws:sqs:${region}:${accountId}:${name}`;
}

function onMapping(action: string): GrantsOf {
  return (input, { region, accountId }) => [
    { action, resource: `arn:aws:lambda:${region}:${accountId}:event-source-mapping:${text(input, 'UUID')}` },
  ];
}

/** The request names its API by the host, which the gateway replaces. There is one API, and the policies name it. */
function publishingEvents(input: Input, { region, accountId, policies }: MappingContext): Grant[] {
  const [namespace] = text(input, 'channel').replace(/^\//, '').split('/');
  const end = `/channelNamespace/${namespace}`;
  const known = resourcesOf(policies).find((resource) => resource.endsWith(end));
  return [{ action: 'appsync:EventPublish', resource: known ?? `arn:aws:appsync:${region}:${accountId}:apis/?${end}` }];
}

function onBucket(action: string): GrantsOf {
  return (input) => [{ action, resource: `arn:aws:s3:::${text(input, 'Bucket')}` }];
}

/** A request that names a version of an object needs a separate permission. */
function onObject(action: string, versionAction = action): GrantsOf {
  return (input) => [
    {
      action: input.versionId === undefined ? action : versionAction,
      resource: `arn:aws:s3:::${text(input, 'Bucket')}/${text(input, 'Key')}`,
    },
  ];
}

/**
 * S3 answers 403 in place of 404 to a caller that may not list the bucket. Here every reader needs that permission, so
 * that a missing permission shows before an object is missing.
 */
function readingObject(input: Input, context: MappingContext): Grant[] {
  return [
    ...onObject('s3:GetObject', 's3:GetObjectVersion')(input, context),
    ...onBucket('s3:ListBucket')(input, context),
  ];
}

function copiedFrom(source: string): Grant {
  const [path = '', version] = source.split('?versionId=');
  const resource = `arn:aws:s3:::${decodeURIComponent(path).replace(/^\//, '')}`;
  return { action: version === undefined ? 's3:GetObject' : 's3:GetObjectVersion', resource };
}

/** For a secret that is requested by name, AWS checks its ARN, which ends in six characters that AWS chose. */
function secretArn(id: string, { region, accountId, policies }: MappingContext): string {
  if (id.startsWith('arn:')) return id;
  const named = `arn:aws:secretsmanager:${region}:${accountId}:secret:${id}`;
  return resourcesOf(policies).find((resource) => wildcard(`${named}-??????`).test(resource)) ?? named;
}

// ── SES ───────────────────────────────────────────────────────────────────────────────────────────

/**
 * SES checks the sender's identity and the configuration set. If a recipient belongs to a verified identity of the same
 * account, SES checks that identity too.
 */
function sendEmailGrants(input: Input, context: MappingContext): Grant[] {
  const { region, accountId, verifiedIdentities } = context;
  const arn = (resource: string) => `arn:aws:ses:${region}:${accountId}:${resource}`;
  const { ToAddresses = [], CcAddresses = [], BccAddresses = [] } = input.Destination ?? {};
  const resources = new Set<string>([
    input.FromEmailAddressIdentityArn ?? arn(`identity/${senderIdentity(text(input, 'FromEmailAddress'), context)}`),
  ]);
  if (input.ConfigurationSetName !== undefined) resources.add(arn(`configuration-set/${input.ConfigurationSetName}`));
  for (const recipient of [...ToAddresses, ...CcAddresses, ...BccAddresses]) {
    const own = identitiesOf(recipient).find((identity) => verifiedIdentities.includes(identity));
    if (own) resources.add(arn(`identity/${own}`));
  }
  return [...resources].map((resource) => ({ action: 'ses:SendEmail', resource }));
}

/**
 * The most specific verified identity of an address. If it is unknown, an identity that the caller's statements name.
 */
function senderIdentity(address: string, { region, accountId, policies, verifiedIdentities }: MappingContext): string {
  const candidates = identitiesOf(address);
  const granted = (identity: string) =>
    resourcesOf(policies).some((resource) =>
      wildcard(resource).test(`arn:aws:ses:${region}:${accountId}:identity/${identity}`),
    );
  return (
    candidates.find((identity) => verifiedIdentities.includes(identity)) ??
    candidates.find(granted) ??
    candidates[1] ??
    address
  );
}

// ── End User Messaging ────────────────────────────────────────────────────────────────────────────

/**
 * SendTextMessage is checked for each resource that its request names, and for no others: for a pool, neither its
 * numbers nor their opt-out list are checked (Service Authorization Reference).
 */
function sendTextMessageGrants(input: Input, { region, accountId }: MappingContext): Grant[] {
  const arn = (type: string, name: string) =>
    name.startsWith('arn:') ? name : `arn:aws:sms-voice:${region}:${accountId}:${type}/${name}`;
  const origin = text(input, 'OriginationIdentity');
  // The ARN does not follow from a number, and the resource type does not follow from an id.
  if (!origin.startsWith('arn:')) throw new UnknownOperation(`an origination identity that is not an ARN (${origin})`);
  const { ConfigurationSetName: set, ProtectConfigurationId: protection } = input;
  const resources = [
    origin,
    ...(set === undefined ? [] : [arn('configuration-set', set)]),
    ...(protection === undefined ? [] : [arn('protect-configuration', protection)]),
  ];
  return resources.map((resource) => ({ action: 'sms-voice:SendTextMessage', resource }));
}

function resourcesOf(policies: PolicyStatement[]): string[] {
  return policies.flatMap(({ Resource }) => listOf(Resource));
}

/** The first of these parameters that is in the request. */
function text(input: Input, ...names: string[]): string {
  const value = names.map((name) => input[name]).find((candidate) => candidate !== undefined);
  if (typeof value !== 'string' || value === '') throw new UnknownOperation(`a request without ${names.join(' or ')}`);
  return value;
}

/**
 * The gateway cannot determine the operation or the resource of a request. The request is refused: the gateway never
 * guesses.
 */
export class UnknownOperation extends Error {
  constructor(what: string) {
    super(
      `The local gateway cannot determine which permission this needs: ${what}. Add it to infra/local/gateway/operations.ts.`,
    );
    this.name = 'UnknownOperation';
  }
}
