import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  PublishCommand,
  paginateListSubscriptionsByTopic,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CannotRun } from '../base/failure.ts';
import type { BucketPlan, Plan, QueuePlan, SubscriptionPlan, TablePlan } from '../template/plan.ts';

export type Target = {
  /** The engine itself: CloudFormation creates resources, not a function, so the gateway is not involved. */
  endpoint: string;
  region: string;
};

const client = ({ endpoint, region }: Target) => ({
  endpoint,
  region,
  credentials: { accessKeyId: 'cloudformation', secretAccessKey: 'local' },
});

/**
 * Creates the tables that do not exist yet.
 * @returns the stream label of each table that has a stream, by logical id.
 * @throws CannotRun when a table exists with other keys or indexes.
 */
export async function createTables(tables: TablePlan[], target: Target): Promise<Record<string, string>> {
  const dynamo = new DynamoDBClient(client(target));
  try {
    const labels: Record<string, string> = {};
    for (const table of tables) {
      const found = (await describe(dynamo, table.name)) ?? (await create(dynamo, table));
      refuseOtherShape(table, found);
      if (found.LatestStreamLabel) labels[table.logicalId] = found.LatestStreamLabel;
    }
    return labels;
  } finally {
    dynamo.destroy();
  }
}

async function describe(dynamo: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await dynamo.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function create(dynamo: DynamoDBClient, { name, properties }: TablePlan): Promise<TableDescription> {
  const { GlobalSecondaryIndexes, StreamSpecification, TimeToLiveSpecification, ...keys } = properties;
  const input: CreateTableCommandInput = {
    TableName: name,
    ...keys,
    BillingMode: 'PAY_PER_REQUEST',
    ...(GlobalSecondaryIndexes.length > 0 && { GlobalSecondaryIndexes }),
    ...(StreamSpecification && { StreamSpecification: { StreamEnabled: true, ...StreamSpecification } }),
  };
  const { TableDescription: created } = await dynamo.send(new CreateTableCommand(input));
  if (!created) throw new CannotRun(`The engine does not describe the new table ${name}.`);
  if (TimeToLiveSpecification?.Enabled)
    await dynamo.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
  return created;
}

/** A table cannot change its keys, at AWS or here. With other keys, the stored data would not match the template. */
function refuseOtherShape({ name, properties }: TablePlan, found: TableDescription): void {
  const shape = ({
    KeySchema,
    GlobalSecondaryIndexes = [],
  }: Pick<TableDescription, 'KeySchema' | 'GlobalSecondaryIndexes'>) =>
    JSON.stringify([
      KeySchema,
      GlobalSecondaryIndexes.map((index) => [index.IndexName, index.KeySchema, index.Projection]).sort(),
    ]);
  if (shape(properties) === shape(found)) return;
  throw new CannotRun(
    `Table ${name} has other keys or indexes than the template says; start with --fresh to create it again (its data is lost).`,
  );
}

/**
 * Publishes the events of providers and of alarms. No function publishes them, so the gateway is not involved.
 */
export function topicPublisher(target: Target) {
  const sns = new SNSClient(client(target));
  return {
    publish: async (TopicArn: string, Message: string): Promise<void> =>
      void (await sns.send(new PublishCommand({ TopicArn, Message }))),
    close: (): void => sns.destroy(),
  };
}

/** Creates the buckets that do not exist yet. Objects in existing buckets remain. @throws CannotRun */
export async function createBuckets(buckets: BucketPlan[], { endpoint }: Target): Promise<void> {
  for (const { name } of buckets) {
    const { ok, status } = await fetch(`${endpoint}/${name}`, { method: 'PUT' });
    // 409: the bucket exists, and it is ours.
    if (!ok && status !== 409) throw new CannotRun(`The engine does not create the bucket ${name} (${status}).`);
  }
}

/** Creates or updates topics, queues and subscriptions according to the plan. Messages in queues remain. */
export async function createMessaging({ topics, queues, subscriptions }: Plan, target: Target): Promise<void> {
  const sqs = new SQSClient(client(target));
  const sns = new SNSClient(client(target));
  try {
    for (const queue of queues) await createQueue(sqs, queue);
    for (const { name, arn } of topics) {
      await sns.send(new CreateTopicCommand({ Name: name }));
      await subscribe(
        sns,
        arn,
        subscriptions.filter(({ topicArn }) => topicArn === arn),
      );
    }
  } finally {
    sqs.destroy();
    sns.destroy();
  }
}

async function createQueue(sqs: SQSClient, queue: QueuePlan): Promise<void> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: queue.name }));
  await sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl,
      Attributes: {
        VisibilityTimeout: String(queue.visibilityTimeoutSeconds),
        RedrivePolicy: queue.redrive ? JSON.stringify(queue.redrive) : '',
      },
    }),
  );
}

/** Subscriptions hold no data, so a different one is replaced and a superfluous one is removed. */
async function subscribe(sns: SNSClient, topicArn: string, wanted: SubscriptionPlan[]): Promise<void> {
  const missing = new Map(wanted.map((subscription) => [subscription.queueArn, subscription]));
  for (const { arn, endpoint } of await subscriptionsOf(sns, topicArn)) {
    const expected = missing.get(endpoint);
    if (expected && (await isAsPlanned(sns, arn, expected))) missing.delete(endpoint);
    else await sns.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
  }
  for (const subscription of missing.values()) {
    await sns.send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: 'sqs',
        Endpoint: subscription.queueArn,
        Attributes: attributesOf(subscription),
      }),
    );
  }
}

async function subscriptionsOf(sns: SNSClient, topicArn: string): Promise<{ arn: string; endpoint: string }[]> {
  const pages = await Array.fromAsync(paginateListSubscriptionsByTopic({ client: sns }, { TopicArn: topicArn }));
  return pages
    .flatMap(({ Subscriptions = [] }) => Subscriptions)
    .map(({ SubscriptionArn = '', Endpoint = '' }) => ({ arn: SubscriptionArn, endpoint: Endpoint }));
}

function attributesOf({ raw, filterPolicy }: SubscriptionPlan): Record<string, string> {
  return { RawMessageDelivery: String(raw), ...(filterPolicy ? { FilterPolicy: JSON.stringify(filterPolicy) } : {}) };
}

async function isAsPlanned(sns: SNSClient, arn: string, planned: SubscriptionPlan): Promise<boolean> {
  const { Attributes = {} } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }));
  const expected = attributesOf(planned);
  return (
    (Attributes.FilterPolicy ?? '') === (expected.FilterPolicy ?? '') &&
    Attributes.RawMessageDelivery === expected.RawMessageDelivery
  );
}
