import { after, afterEach, before } from 'node:test';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { PinpointSMSVoiceV2Client, SendTextMessageCommand } from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { PolicyStatement } from '#infra/local/aws/policy.ts';
import { translateRefusedConnections } from '#infra/local/gateway/refused-connection.ts';
import { ACCOUNT, clientSettings, REGION, startGatewayWithEngines } from '#test/support/local-gateway.ts';

/** One gateway with its engines for a file of tests, clients of it, and what they call. */

// The environment of a function does this before it loads the function.
translateRefusedConnections();

type Local = Awaited<ReturnType<typeof startGatewayWithEngines>>;

export let local: Local;

export let topicArn: string;

export let queueUrl: string;

export const table = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/orders`;

const queueArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:letters`;

export const secretArn = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:hashes-AbCdEf`;

export const pool = `arn:aws:sms-voice:${REGION}:${ACCOUNT}:pool/pool-1a`;

export const allow = (Action: string | string[], Resource: string | string[]): PolicyStatement => ({
  Effect: 'Allow',
  Action,
  Resource,
});

export const everything = [allow('*', '*')];

export const dynamo = (key?: string) => new DynamoDBClient(clientSettings(local.gateway.endpoints.dynamodb, key));

export const streams = (key?: string) =>
  new DynamoDBStreamsClient(clientSettings(local.gateway.endpoints.dynamodbstreams, key));

export const sns = (key?: string) => new SNSClient(clientSettings(local.gateway.endpoints.sns, key));

export const sqs = (key?: string) => new SQSClient(clientSettings(local.gateway.endpoints.sqs, key));

export const ses = (key?: string) => new SESv2Client(clientSettings(local.gateway.endpoints.sesv2, key));

export const secrets = (key?: string) =>
  new SecretsManagerClient(clientSettings(local.gateway.endpoints.secretsmanager, key));

export const smsVoice = (key?: string) =>
  new PinpointSMSVoiceV2Client(clientSettings(local.gateway.endpoints['pinpoint-sms-voice-v2'], key));

export const item = (id: string) => ({ pk: { S: id }, sk: { S: 'STATE' }, due: { S: 'now' } });

export const put = (id: string) => new PutItemCommand({ TableName: 'orders', Item: item(id) });

export const transaction = (...ids: string[]) =>
  new TransactWriteItemsCommand({
    TransactItems: ids.map((id) => ({
      Put: { TableName: 'orders', Item: item(id), ConditionExpression: 'attribute_not_exists(pk)' },
    })),
  });

/** Whether an item exists, read directly from the engine. */
export async function exists(id: string): Promise<boolean> {
  const engine = new DynamoDBClient(clientSettings(local.upstreams.dynamodb));
  const { Item } = await engine.send(
    new GetItemCommand({ TableName: 'orders', Key: { pk: { S: id }, sk: { S: 'STATE' } } }),
  );
  return Item !== undefined;
}

export const email = (to: string) =>
  new SendEmailCommand({
    FromEmailAddress: 'orders@shop.example',
    Destination: { ToAddresses: [to] },
    Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'Hello' } } } },
    ConfigurationSetName: 'mail',
  });

export const emailsTo = async (to: string) => {
  const emails = (await (await fetch(`${local.sink.inboxUrl}/emails`)).json()) as { to: string[] }[];
  return emails.filter((entry) => entry.to.includes(to)).length;
};

export const text = (MessageBody: string, OriginationIdentity = pool) =>
  new SendTextMessageCommand({ DestinationPhoneNumber: '+4366012345678', OriginationIdentity, MessageBody });

export const textsOf = async (...bodies: string[]) => {
  const texts = (await (await fetch(`${local.sink.inboxUrl}/sms`)).json()) as { to: string; body: string }[];
  return texts.filter(({ body }) => bodies.includes(body)).map(({ to, body }) => [to, body]);
};

export const countOf = (functionName: string, operation: string) =>
  local.gateway.calls.list().find((entry) => entry.function === functionName && entry.operation === operation);

before(async () => {
  local = await startGatewayWithEngines({
    secrets: { [secretArn]: 'key of the hashes' },
    configurationSets: { mail: { eventTypes: [] } },
  });
  const operator = dynamo();
  await operator.send(
    new CreateTableCommand({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'due'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'due',
          KeySchema: [{ AttributeName: 'due', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  await waitUntilTableExists({ client: operator, maxWaitTime: 10, minDelay: 0.01 }, { TableName: 'orders' });
  topicArn = (await sns().send(new CreateTopicCommand({ Name: 'events' }))).TopicArn as string;
  queueUrl = (await sqs().send(new CreateQueueCommand({ QueueName: 'letters' }))).QueueUrl as string;
  await sns().send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: queueArn,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
});

after(() => local.close());

afterEach(() => {
  local.gateway.faults.clear();
  local.gateway.calls.reset();
});
