import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { endUserMessagingProvider } from '#shared/adapters/aws/providers/end-user-messaging/provider.ts';
import { sesProvider } from '#shared/adapters/aws/providers/ses/provider.ts';
import { snsSmsProvider } from '#shared/adapters/aws/providers/sns/provider.ts';
import { snsPublisher } from '#shared/adapters/aws/runtime/sns-publisher.ts';
import type { OutgoingMessage } from '#shared/delivery/provider.ts';
import { ACCOUNT, clientSettings, REGION, startGatewayWithEngines } from '#test/support/local-gateway.ts';
import { memoryProvider } from '#test/support/memory/memory-provider.ts';
import { memoryTopic } from '#test/support/memory/memory-topic.ts';
import {
  type ProviderUnderTest,
  type PublisherUnderTest,
  providerContract,
  publisherContract,
} from './outside.contract.ts';

const POOL = `arn:aws:sms-voice:${REGION}:${ACCOUNT}:pool/pool-1a`;
const about = { tenant: 'acme', notificationId: 'order_o1_1-1', attemptNonce: 'nonce-1' };
const email: OutgoingMessage = {
  ...about,
  recipients: ['ada@example.com'],
  rendered: { channel: 'email', subject: 'Grüße 👋', text: 'Grüße 👋\nand more', html: '<p>Grüße 👋</p>' },
};
const sms: OutgoingMessage = {
  ...about,
  recipients: ['+4366012345678'],
  rendered: { channel: 'sms', body: 'Grüße: 2 items', segments: 1 },
};

let engines: Awaited<ReturnType<typeof startGatewayWithEngines>>;
let real: {
  publisher: PublisherUnderTest;
  email: ProviderUnderTest;
  sms: ProviderUnderTest;
  smsByPool: ProviderUnderTest;
};

before(async () => {
  engines = await startGatewayWithEngines({
    configurationSets: { mail: { eventTypes: [] } },
    smsConfigurationSets: { texts: { eventTypes: [] } },
  });
  const { endpoints } = engines.gateway;
  Object.assign(process.env, {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'operator',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
    AWS_ENDPOINT_URL_SESV2: endpoints.sesv2,
    AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2: endpoints['pinpoint-sms-voice-v2'],
  });
  const inbox = async (path: string) =>
    (await (await fetch(`${engines.sink.inboxUrl}/${path}`)).json()) as Record<string, unknown>[];
  /** Both gateways of text messages deliver into one inbox. */
  const texts = async (isFrom: (origin: unknown) => boolean) =>
    (await inbox('sms'))
      .filter(({ from }) => isFrom(from))
      .map(({ id, to, body }) => ({ providerMessageId: String(id), to: String(to), says: String(body) }));
  real = {
    publisher: await realTopic(endpoints),
    email: {
      provider: sesProvider({ sender: 'orders@shop.example', configurationSet: 'mail', timeoutMs: 20_000 }),
      message: email,
      received: async () =>
        (await inbox('emails')).map(({ id, to, text }) => ({
          providerMessageId: String(id),
          to: (to as string[])[0] ?? '',
          says: String(text),
        })),
    },
    sms: {
      provider: snsSmsProvider({ timeoutMs: 20_000 }),
      message: sms,
      received: () => texts((from) => from === undefined),
    },
    smsByPool: {
      provider: endUserMessagingProvider({ originationIdentity: POOL, configurationSet: 'texts', timeoutMs: 20_000 }),
      message: sms,
      received: () => texts((from) => from === POOL),
    },
  };
});
after(() => engines.close());

/** A topic with a queue behind it, as a subscriber has one. */
async function realTopic(endpoints: Record<'sns' | 'sqs', string>): Promise<PublisherUnderTest> {
  const sns = new SNSClient(clientSettings(endpoints.sns));
  const sqs = new SQSClient(clientSettings(endpoints.sqs));
  const { TopicArn = assert.fail() } = await sns.send(new CreateTopicCommand({ Name: 'contract' }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'contract' }));
  const Endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT}:contract`;
  await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery: 'true' } }),
  );
  const all: { body: string; attributes: Record<string, string> }[] = [];
  const arrived = async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    for (const { Body = '', MessageAttributes = {}, ReceiptHandle } of Messages) {
      const attributes = Object.entries(MessageAttributes).map(([name, value]) => [name, value.StringValue ?? '']);
      all.push({ body: Body, attributes: Object.fromEntries(attributes) });
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return all;
  };
  return { publisher: snsPublisher({ topicArn: TopicArn, client: sns }), arrived };
}

const topic = memoryTopic();
publisherContract('in memory', () => ({
  publisher: topic,
  arrived: async () => topic.published.map(({ body, attributes }) => ({ body, attributes })),
}));
publisherContract('SNS', () => real.publisher);

const inMemory = (message: OutgoingMessage): ProviderUnderTest => {
  const provider = memoryProvider();
  const received = async () =>
    provider.accepted.map(({ recipients, rendered }, index) => ({
      providerMessageId: `provider-${index + 1}`,
      to: recipients[0] ?? '',
      says: rendered.channel === 'email' ? rendered.text : rendered.body,
    }));
  return { provider, message, received };
};
providerContract('e-mail in memory', () => inMemory(email));
providerContract('text message in memory', () => inMemory(sms));
providerContract('SES', () => real.email);
providerContract('SNS text messages', () => real.sms);
providerContract('End User Messaging', () => real.smsByPool);

describe('Text messages by SNS', () => {
  it('come from the number or the name that the stage has for them', async () => {
    for (const origin of [{ originationNumber: '+43800100200' }, { senderId: 'SHOP' }]) {
      assert.equal((await snsSmsProvider({ ...origin, timeoutMs: 20_000 }).send(sms)).kind, 'accepted');
    }
    const entries = (await (await fetch(`${engines.sink.inboxUrl}/sms`)).json()) as { from?: string }[];
    assert.deepEqual(
      entries.slice(-2).map(({ from }) => from),
      ['+43800100200', 'SHOP'],
    );
  });
});
