import { after, before, beforeEach } from 'node:test';
import { SESv2Client, SendEmailCommand, type SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import { type EmailEntry, type Sink, startSink } from '#infra/local/sink/sink.ts';
import { ACCOUNT, clientSettings, REGION, temporaryFolder } from '#test/support/local-gateway.ts';

/** One sink for a file of tests, and what they send to it and read from it. */

export const secretArn = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:hashes-AbCdEf`;

const configurationSets = {
  everything: {
    eventTopicArn: 'arn:everything',
    eventTypes: [
      'SEND',
      'DELIVERY',
      'BOUNCE',
      'COMPLAINT',
      'DELIVERY_DELAY',
      'REJECT',
      'RENDERING_FAILURE',
      'OPEN',
      'CLICK',
    ],
  },
  mail: { eventTopicArn: 'arn:topic', eventTypes: ['SEND', 'delivery', 'Bounce', 'COMPLAINT'] },
  sends: { eventTopicArn: 'arn:sends', eventTypes: ['send'] },
  silent: { eventTypes: [] },
};

type Event = {
  eventType: string;
  mail: { messageId: string; destination: string[]; tags: Record<string, string[]> };
  [detail: string]: unknown;
};

export let folder: ReturnType<typeof temporaryFolder>;

export let sink: Sink;

/** Plain texts that a topic received. They are not events. */
export const announced: string[] = [];

export const published: { topicArn: string; event: Event }[] = [];

export const start = (more: object = {}) =>
  startSink({
    dataDir: folder.path,
    secrets: { [secretArn]: 'key of the hashes' },
    configurationSets,
    smsConfigurationSets: { texts: { eventTopicArn: 'arn:texts', eventTypes: ['TEXT_ALL'] } },
    identities: ['shop.example', 'me@own.example'],
    region: REGION,
    accountId: ACCOUNT,
    publish: async (topicArn, message) => {
      if (message.startsWith('{')) published.push({ topicArn, event: JSON.parse(message) });
      else announced.push(`${topicArn}: ${message}`);
    },
    ...more,
  });

before(async () => {
  folder = temporaryFolder();
  sink = await start();
});

after(async () => {
  await sink.close();
  folder.remove();
});

beforeEach(() => {
  published.splice(0);
  sink.controls.replace({});
});

export const mail = (more: Partial<SendEmailCommandInput> = {}): SendEmailCommandInput => ({
  FromEmailAddress: 'Shop <orders@shop.example>',
  Destination: { ToAddresses: ['ada@example.com'] },
  Content: { Simple: { Subject: { Data: 'Grüße' }, Body: { Text: { Data: 'text' }, Html: { Data: '<p>html</p>' } } } },
  ...more,
});

export const to = (...addresses: string[]) => ({ Destination: { ToAddresses: addresses } });

export const send = (input: SendEmailCommandInput, url = sink.url) =>
  new SESv2Client(clientSettings(url)).send(new SendEmailCommand(input));

export const list = async <T>(path: string): Promise<T[]> =>
  (await (await fetch(`${sink.inboxUrl}${path}`)).json()) as T[];

export const emails = () => list<EmailEntry>('/emails');

export const eventsOf = (messageId: string | undefined) =>
  published.map(({ event }) => event).filter((event) => event.mail.messageId === messageId);
