import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { startFauxqs } from '#infra/local/engines/fauxqs.ts';
import { startReaper } from '#infra/local/processes/reaper.ts';
import { startSink } from '#infra/local/sink/sink.ts';
import { dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import { ENV, type FunctionName } from '#shared/names.ts';
import { inboxOf } from './api.ts';
import type { Outputs } from './deployment.ts';
import { TENANT_CLAIM } from './http-event.ts';
import { ACCOUNT, clientSettings, REGION, startGatewayFor, temporaryFolder } from './local-gateway.ts';
import { openLetters } from './open-letters.ts';
import { startTable } from './table.ts';

const CONFIGURATION_SET = 'mail';

/** Enough time for one call, and for one round of `wake-due` (which keeps 8 s back). */
export const lambdaContext = (remainingMs = 8001): Context =>
  ({ awsRequestId: 'invocation-1', getRemainingTimeInMillis: () => remainingMs }) as Context;

/**
 * The functions' handlers themselves, loaded into this process as Lambda loads them: all that they know
 * stands in environment variables. Under them a table, a topic and providers of the test's own.
 */
export async function startHandlers() {
  const folder = temporaryFolder();
  const reaper = startReaper();
  const onFailure = (error: Error): never => {
    throw error;
  };
  const [table, messaging, sink] = await Promise.all([
    startTable(),
    startFauxqs({ folder: folder.path, reaper, log: () => undefined, onFailure }),
    startSink({
      dataDir: `${folder.path}/sink`,
      secrets: { key: 'key of the fingerprints' },
      configurationSets: { [CONFIGURATION_SET]: { eventTypes: [] } },
      region: REGION,
      accountId: ACCOUNT,
    }),
  ]);
  const dynamo = await endpointOf(table.client);
  const { gateway, addFunction } = await startGatewayFor({
    upstreams: {
      dynamodb: dynamo,
      dynamodbstreams: dynamo,
      sns: messaging.url,
      sqs: messaging.url,
      s3: messaging.url,
      sesv2: sink.url,
      secretsmanager: sink.url,
      lambda: sink.url,
      'pinpoint-sms-voice-v2': sink.url,
      appsync: sink.url,
    },
    smsUpstream: sink.url,
  });
  const accessKeyId = addFunction('functions', [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
  const topic = await openTopic(gateway.endpoints);
  const returned = await openQueue(gateway.endpoints);
  Object.assign(process.env, sdkVariables(gateway.endpoints, accessKeyId), {
    ...functionVariables({
      tableName: table.tableName,
      topicArn: topic.arn,
      queueUrl: topic.queueUrl,
      ownQueueUrl: returned.queueUrl,
    }),
  });
  const load = async <Event, Result>(
    name: FunctionName,
  ): Promise<(event: Event, context: Context) => Promise<Result>> =>
    (await import(`#functions/${name}/handler.ts`)).handler;
  const store = dynamoStore(table);
  return {
    load,
    /** Hands these messages to a function as its queue would. */
    deliver: async (name: FunctionName, event: SQSEvent): Promise<SQSBatchResponse> =>
      (await load<SQSEvent, SQSBatchResponse>(name))(event, lambdaContext(30_000)),
    table,
    store,
    gateway,
    inbox: inboxOf({ inboxUrl: sink.inboxUrl } as Outputs),
    published: topic.received,
    /** What functions returned to their own queue, and when SQS hands it out. */
    returned: returned.waiting,
    deadLetters: () => openLetters(store),
    async stop() {
      topic.close();
      returned.close();
      await gateway.close();
      await Promise.all([sink.close(), messaging.stop(), table.stop()]);
      await reaper.close();
      folder.remove();
    },
  };
}

async function endpointOf({ config }: Awaited<ReturnType<typeof startTable>>['client']): Promise<string> {
  const { protocol, hostname, port } = (await config.endpoint?.()) ?? {};
  return `${protocol}//${hostname}:${port}`;
}

/** A topic, and everything that comes through it. */
async function openTopic({ sns, sqs }: { sns: string; sqs: string }) {
  const [topics, queues] = [new SNSClient(clientSettings(sns)), new SQSClient(clientSettings(sqs))];
  const { TopicArn = '' } = await topics.send(new CreateTopicCommand({ Name: 'topic' }));
  const { QueueUrl = '' } = await queues.send(new CreateQueueCommand({ QueueName: 'subscriber' }));
  const Endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT}:subscriber`;
  await topics.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery: 'true' } }),
  );
  const received = async (): Promise<string[]> => {
    const { Messages = [] } = await queues.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    return Messages.map(({ Body = '' }) => Body);
  };
  const close = (): void => {
    topics.destroy();
    queues.destroy();
  };
  return { arn: TopicArn, queueUrl: QueueUrl, received, close };
}

/** A queue of the functions' own, and what waits in it. */
async function openQueue({ sqs }: { sqs: string }) {
  const queues = new SQSClient(clientSettings(sqs));
  const { QueueUrl = '' } = await queues.send(new CreateQueueCommand({ QueueName: 'own' }));
  const waiting = async (): Promise<Message[]> => {
    const received = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    });
    return (await queues.send(received)).Messages ?? [];
  };
  return { queueUrl: QueueUrl, waiting, close: () => queues.destroy() };
}

function sdkVariables(endpoints: Record<string, string>, accessKeyId: string): Record<string, string | undefined> {
  return {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SESV2: endpoints.sesv2,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsmanager,
    AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2: endpoints['pinpoint-sms-voice-v2'],
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
  };
}

const CIRCUIT = {
  windowSeconds: 30,
  leastRefused: 5,
  refusedShare: 0.5,
  firstProbeSeconds: 1,
  longestProbeSeconds: 1,
  longestWaitSeconds: 1,
};

/** As a stage sets them, with everything due at once. */
function functionVariables(resources: { tableName: string; topicArn: string; queueUrl: string; ownQueueUrl: string }) {
  return {
    [ENV.stage]: 'test',
    [ENV.table]: resources.tableName,
    [ENV.topic]: resources.topicArn,
    [ENV.feedQueues]: resources.queueUrl,
    [ENV.mostReceives]: '30',
    [ENV.ownQueue]: resources.ownQueueUrl,
    [ENV.ownQueueRetentionSeconds]: '345600',
    [ENV.secret]: 'key',
    [ENV.webhookKey]: 'key',
    [ENV.webhookOverlapSeconds]: '60',
    [ENV.webhookPauses]: '[1]',
    [ENV.contentRetentionDays]: '30',
    [ENV.attachmentsBucket]: 'attachments',
    [ENV.attachmentsHost]: 's3.example.com',
    [ENV.uploadSeconds]: '300',
    [ENV.attachmentUsableSeconds]: '3600',
    [ENV.tenantClaim]: TENANT_CLAIM,
    [ENV.outboxGraceSeconds]: '0',
    [ENV.firstClaimSeconds]: '0',
    [ENV.wakeIntervalSeconds]: '1',
    [ENV.wakeRatePerSecond]: '100',
    [ENV.senderRatePerSecond]: '100',
    [ENV.providerInFlightSeconds]: '0',
    [ENV.feedMarginSeconds]: '0',
    [ENV.feedCountLagSeconds]: '0',
    [ENV.holdAfterSeconds]: '0',
    [ENV.recheckSeconds]: '1',
    [ENV.onUnknown]: JSON.stringify({ email: { default: 'hold' }, sms: { default: 'hold' } }),
    [ENV.smsGateway]: 'sns',
    [ENV.leaseSeconds]: '20',
    [ENV.circuit]: JSON.stringify(CIRCUIT),
    [ENV.unknownDeadlineSeconds]: '0',
    [ENV.providerTimeoutMs]: '2000',
    [ENV.sender]: 'orders@shop.example',
    [ENV.emailProvider]: 'ses',
    [ENV.reportingChannels]: 'email',
    [ENV.configurationSet]: CONFIGURATION_SET,
  };
}
