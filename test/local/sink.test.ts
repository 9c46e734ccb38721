import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  PinpointSMSVoiceV2Client,
  SendTextMessageCommand,
  type SendTextMessageCommandInput,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client, SendEmailCommand, type SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type EmailEntry, type Sink, type SmsEntry, startSink, type WebhookEntry } from '#infra/local/sink/sink.ts';
import { eventually } from '#test/support/eventually.ts';
import { ACCOUNT, clientSettings, REGION, rejection, temporaryFolder } from '#test/support/local-gateway.ts';

const secretArn = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:hashes-AbCdEf`;
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

let folder: ReturnType<typeof temporaryFolder>;
let sink: Sink;
/** Plain texts that a topic received. They are not events. */
let announced: string[] = [];
let published: { topicArn: string; event: Event }[] = [];

const start = (more: object = {}) =>
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
  published = [];
  sink.controls.replace({});
});

const mail = (more: Partial<SendEmailCommandInput> = {}): SendEmailCommandInput => ({
  FromEmailAddress: 'Shop <orders@shop.example>',
  Destination: { ToAddresses: ['ada@example.com'] },
  Content: { Simple: { Subject: { Data: 'Grüße' }, Body: { Text: { Data: 'text' }, Html: { Data: '<p>html</p>' } } } },
  ...more,
});
const to = (...addresses: string[]) => ({ Destination: { ToAddresses: addresses } });
const send = (input: SendEmailCommandInput, url = sink.url) =>
  new SESv2Client(clientSettings(url)).send(new SendEmailCommand(input));
const list = async <T>(path: string): Promise<T[]> => (await (await fetch(`${sink.inboxUrl}${path}`)).json()) as T[];
const emails = () => list<EmailEntry>('/emails');
const eventsOf = (messageId: string | undefined) =>
  published.map(({ event }) => event).filter((event) => event.mail.messageId === messageId);

describe('SES SendEmail', () => {
  it('stores each accepted call as one entry, and returns its id', async () => {
    const before = (await emails()).length;
    const { MessageId } = await send(
      mail({
        Destination: {
          ToAddresses: ['ada@example.com', 'Bob <bob@example.com>'],
          CcAddresses: ['cc@example.com'],
          BccAddresses: ['bcc@example.com'],
        },
        Content: {
          Simple: {
            Subject: { Data: 'Grüße' },
            Body: { Text: { Data: 'text' }, Html: { Data: '<p>html</p>' } },
            Headers: [{ Name: 'X-Shop', Value: 'one' }],
            Attachments: [{ FileName: 'bill.pdf', RawContent: Buffer.from('bill'), ContentType: 'application/pdf' }],
          },
        },
        EmailTags: [{ Name: 'notificationId', Value: 'order_1_1' }],
        ConfigurationSetName: 'silent',
      }),
    );
    assert.match(MessageId ?? '', /^0107[0-9a-f]{12}-[0-9a-f-]{36}-000000$/);
    const entries = await emails();
    assert.equal(entries.length, before + 1);
    const { at, ...entry } = entries.at(-1) as EmailEntry;
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 5000);
    assert.deepEqual(entry, {
      id: MessageId,
      from: 'Shop <orders@shop.example>',
      to: ['ada@example.com', 'bob@example.com', 'cc@example.com', 'bcc@example.com'],
      subject: 'Grüße',
      text: 'text',
      html: '<p>html</p>',
      attachments: [
        { name: 'bill.pdf', size: 4, sha256: '623210167553939c87ed8c5f2bfe0b3e0684e12c3a3dd2513613c4e67263b5a1' },
      ],
      headers: { 'X-Shop': 'one' },
      tags: { notificationId: 'order_1_1' },
    });
  });

  const refusals: [string, Partial<SendEmailCommandInput>, string, RegExp][] = [
    ['no recipient', to(), 'BadRequestException', /recipients/],
    [
      '51 recipients',
      to(...Array.from({ length: 51 }, (_, n) => `a${n}@example.com`)),
      'BadRequestException',
      /exceeds 50/,
    ],
    ['an address without a domain', to('ada'), 'BadRequestException', /Missing final '@domain'/],
    ['an address without a name', to('@example.com'), 'BadRequestException', /User name is missing/],
    ['a space in an address', to('a da@example.com'), 'BadRequestException', /control or whitespace/],
    ['an address that is not ASCII', to('gräfin@example.com'), 'BadRequestException', /Local address/],
    ['a domain that is not ASCII', to('a@exämple.com'), 'BadRequestException', /Domain contains illegal character/],
    ['two dots in a domain', to('a@example..com'), 'BadRequestException', /dot-dot/],
    ['a line break in an address', to('a@example.com\r\nBcc: b@example.com'), 'BadRequestException', /illegal|control/],
    [
      'a space in a tag',
      { EmailTags: [{ Name: 'a', Value: 'b c' }] },
      'BadRequestException',
      /Invalid tag value <b c>/,
    ],
    ['an empty tag', { EmailTags: [{ Name: '', Value: 'b' }] }, 'BadRequestException', /Invalid tag name/],
    [
      'a tag of 257 characters',
      { EmailTags: [{ Name: 'a', Value: 'b'.repeat(257) }] },
      'BadRequestException',
      /at most 256/,
    ],
    [
      'a tag twice',
      {
        EmailTags: [
          { Name: 'a', Value: 'b' },
          { Name: 'a', Value: 'c' },
        ],
      },
      'BadRequestException',
      /Duplicate tag name/,
    ],
    [
      'a sender that is not verified',
      { FromEmailAddress: 'me@elsewhere.example' },
      'MessageRejected',
      /not verified.*EU-CENTRAL-1: me@elsewhere\.example/,
    ],
    ['a neighbour of a verified address', { FromEmailAddress: 'you@own.example' }, 'MessageRejected', /not verified/],
    [
      'an unknown configuration set',
      { ConfigurationSetName: 'nowhere' },
      'NotFoundException',
      /<nowhere> does not exist/,
    ],
    [
      'a line break in a header',
      {
        Content: {
          Simple: {
            Subject: { Data: 's' },
            Body: { Text: { Data: 't' } },
            Headers: [{ Name: 'X-A', Value: 'b\r\nBcc: c@example.com' }],
          },
        },
      },
      'BadRequestException',
      /Invalid value of header <X-A>/,
    ],
    [
      'raw MIME, which is not emulated',
      { Content: { Raw: { Data: Buffer.from('x') } } },
      'BadRequestException',
      /Content\.Simple only.*Raw/,
    ],
  ];
  for (const [what, input, name, message] of refusals) {
    it(`refuses ${what}, and stores nothing`, async () => {
      const before = (await emails()).length;
      const error = await rejection(send(mail(input)));
      assert.equal(error.name, name);
      assert.match(error.message, message);
      assert.equal((await emails()).length, before);
    });
  }

  it('refuses invalid JSON and bodies over 40 MB with errors like SES’s', async () => {
    const post = (body: string) => fetch(`${sink.url}/v2/email/outbound-emails`, { method: 'POST', body });
    const broken = await post('{');
    assert.equal(broken.status, 400);
    assert.equal(broken.headers.get('x-amzn-errortype'), 'SerializationException');
    const request = JSON.stringify({ ...mail(), Destination: { ToAddresses: ['ada@example.com'] } });
    const large = await post(request.padEnd(40 * 1024 * 1024 + 1));
    assert.equal(large.headers.get('x-amzn-errortype'), 'BadRequestException');
    assert.match(await large.text(), /more than 41943040 bytes/);
  });

  it('accepts senders on a subdomain of a verified domain, and verified addresses', async () => {
    await send(mail({ FromEmailAddress: 'orders@eu.shop.example' }));
    await send(mail({ FromEmailAddress: 'me@own.example' }));
  });

  it('accepts no more recipients per second than the settings allow', async (t) => {
    let now = Date.UTC(2026, 0, 2, 3, 4, 5);
    const limited = await startSink({ dataDir: join(folder.path, 'limited'), secrets: {}, clock: () => now });
    t.after(limited.close);
    limited.controls.replace({ ratePerSecond: 3 });
    const sent = (count: number) =>
      send(mail(to(...Array.from({ length: count }, (_, n) => `a${n}@example.com`))), limited.url);
    await sent(2);
    await sent(1);
    const error = await rejection(sent(1));
    assert.equal(error.name, 'TooManyRequestsException');
    assert.equal(error.message, 'Maximum sending rate exceeded.');
    assert.equal(error.$metadata?.httpStatusCode, 429);
    now += 1000;
    await sent(2);
    assert.equal((await rejection(sent(2))).name, 'TooManyRequestsException');
  });
});

describe('SES events', () => {
  it('report the acceptance and the outcome of an e-mail, with its tags', async () => {
    const { MessageId } = await send(
      mail({ ConfigurationSetName: 'mail', EmailTags: [{ Name: 'attempt', Value: 'a1' }] }),
    );
    const [sendEvent, delivery] = await eventually('two events', async () =>
      eventsOf(MessageId).length === 2 ? eventsOf(MessageId) : undefined,
    );
    assert.equal(published[0]?.topicArn, 'arn:topic');
    assert.equal(sendEvent?.eventType, 'Send');
    assert.deepEqual(sendEvent?.send, {});
    assert.deepEqual(sendEvent?.mail.destination, ['ada@example.com']);
    assert.deepEqual(sendEvent?.mail.tags.attempt, ['a1']);
    assert.deepEqual(sendEvent?.mail.tags['ses:configuration-set'], ['mail']);
    assert.deepEqual(sendEvent?.mail.tags['ses:from-domain'], ['shop.example']);
    assert.equal(delivery?.eventType, 'Delivery');
    assert.deepEqual((delivery?.delivery as { recipients?: string[] } | undefined)?.recipients, ['ada@example.com']);
  });

  it('are preceded by one plain text on a new topic', async (t) => {
    announced = [];
    const dataDir = join(folder.path, 'announced');
    await (await start({ dataDir, publish: () => Promise.reject(new Error('the topic is away')) })).close();
    const again = await start({ dataDir });
    t.after(again.close);
    const text = 'Successfully validated SNS topic for Amazon SES event publishing.';
    await eventually('three announcements', async () => announced.length === 3);
    assert.deepEqual(announced.sort(), [`arn:everything: ${text}`, `arn:sends: ${text}`, `arn:topic: ${text}`]);
    const { MessageId } = await send(mail({ ConfigurationSetName: 'sends' }), again.url);
    await eventually('an event', async () => eventsOf(MessageId).length === 1);
    assert.equal(announced.length, 3);
  });

  it('match the mailbox simulator, with one outcome for each recipient', async () => {
    const simulator = ['success+1', 'bounce+a', 'complaint', 'ooto', 'suppressionlist'].map(
      (name) => `${name}@simulator.amazonses.com`,
    );
    const { MessageId } = await send(mail({ ...to(...simulator), ConfigurationSetName: 'mail' }));
    const events = await eventually('eight events', async () =>
      eventsOf(MessageId).length === 8 ? eventsOf(MessageId) : undefined,
    );
    const about = (type: string, detail: string, recipients: string) =>
      events
        .filter(({ eventType }) => eventType === type)
        .map((event) => (event[detail] as Record<string, unknown>)[recipients]);
    assert.deepEqual(about('Delivery', 'delivery', 'recipients'), [[simulator[0]], [simulator[2]], [simulator[3]]]);
    const bounces = events
      .filter(({ eventType }) => eventType === 'Bounce')
      .map((event) => event.bounce as { bounceType: string; bounceSubType: string });
    assert.deepEqual(bounces.map(({ bounceType, bounceSubType }) => `${bounceType} ${bounceSubType}`).sort(), [
      'Permanent General',
      'Permanent Suppressed',
      'Transient General',
    ]);
    assert.deepEqual(about('Complaint', 'complaint', 'complainedRecipients'), [[{ emailAddress: simulator[2] }]]);
    assert.equal(events.at(-1)?.eventType, 'Complaint');
  });

  it('have the outcome that the settings define by the end of the address, in SES’s format', async () => {
    sink.controls.replace({
      outcomes: {
        '@full.example': 'soft-bounced',
        '@slow.example': 'delayed',
        '@virus.example': 'rejected',
        '@template.example': 'rendering-failed',
        '@reader.example': 'clicked',
        '@forwards.example': 'forward-bounced',
        '@corrected.example': 'not-spam',
        '@listed.example': 'account-suppressed',
      },
    });
    const typesFor = async (address: string, count: number) => {
      const { MessageId } = await send(mail({ ...to(address), ConfigurationSetName: 'everything' }));
      await eventually(`${count} events`, async () => eventsOf(MessageId).length === count);
      return eventsOf(MessageId);
    };
    const shown = (events: Awaited<ReturnType<typeof typesFor>>) => events.map(({ eventType }) => eventType);
    const full = await typesFor('ada@full.example', 3);
    assert.deepEqual(shown(full), ['Send', 'DeliveryDelay', 'Bounce']);
    const bounce = full[2]?.bounce as { bounceType: string; bounceSubType: string } | undefined;
    assert.deepEqual([bounce?.bounceType, bounce?.bounceSubType], ['Transient', 'MailboxFull']);
    assert.deepEqual(shown(await typesFor('ada@slow.example', 3)), ['Send', 'DeliveryDelay', 'Delivery']);
    assert.deepEqual(shown(await typesFor('ada@virus.example', 2)), ['Send', 'Reject']);
    assert.deepEqual(shown(await typesFor('ada@template.example', 1)), ['Rendering Failure']);
    assert.deepEqual(shown(await typesFor('ada@reader.example', 4)), ['Send', 'Delivery', 'Open', 'Click']);
    const forwarded = (await typesFor('ada@forwards.example', 3))[2]?.bounce as typeof bounce & {
      bouncedRecipients: { emailAddress: string }[];
    };
    assert.equal(forwarded.bouncedRecipients[0]?.emailAddress, 'rfc822;forward-of-ada@forward.example');
    const complaints = [(await typesFor('ada@corrected.example', 3))[2], (await typesFor('ada@listed.example', 2))[1]];
    assert.deepEqual(
      complaints.map((event) => {
        const { complaintSubType, complaintFeedbackType } = (event?.complaint ?? {}) as Record<string, unknown>;
        return [complaintSubType, complaintFeedbackType];
      }),
      [
        [null, 'not-spam'],
        ['OnAccountSuppressionList', undefined],
      ],
    );
    sink.controls.replace({});
  });

  it('are published to the topic of their configuration set, if it selects their type', async () => {
    await send(mail());
    await send(mail({ ConfigurationSetName: 'silent' }));
    const { MessageId } = await send(mail({ ConfigurationSetName: 'sends' }));
    const last = await send(mail({ ConfigurationSetName: 'mail' }));
    await eventually('the last event', async () => eventsOf(last.MessageId).length === 2);
    assert.deepEqual(
      published
        .filter(({ event }) => event.mail.messageId !== last.MessageId)
        .map(({ topicArn, event }) => [topicArn, event.eventType, event.mail.messageId]),
      [['arn:sends', 'Send', MessageId]],
    );
  });

  it('are all published, for any number of concurrent e-mails', async () => {
    const sent = await Promise.all(Array.from({ length: 100 }, () => send(mail({ ConfigurationSetName: 'sends' }))));
    await eventually('100 events', async () => published.length === 100);
    assert.deepEqual(
      new Set(published.map(({ event }) => event.mail.messageId)),
      new Set(sent.map(({ MessageId }) => MessageId)),
    );
  });

  it('are duplicated, delayed or reordered by the settings', async () => {
    sink.controls.replace({ events: { Send: { copies: 3 } } });
    const doubled = await send(mail({ ConfigurationSetName: 'sends' }));
    await eventually('three copies', async () => eventsOf(doubled.MessageId).length === 3);

    sink.controls.replace({ events: { Send: { delayMs: 400 } } });
    const late = await send(mail({ ConfigurationSetName: 'mail' }));
    await eventually('both events', async () => eventsOf(late.MessageId).length === 2);
    assert.deepEqual(
      eventsOf(late.MessageId).map(({ eventType }) => eventType),
      ['Delivery', 'Send'],
    );

    sink.controls.replace({ events: { Send: { reorder: true } } });
    // All in one window of a second. Three calls take much less, but the window may end between them.
    const ids: (string | undefined)[] = [];
    await eventually('the beginning of a second', async () => Date.now() % 1000 < 200);
    for (let n = 0; n < 3; n += 1) ids.push((await send(mail({ ConfigurationSetName: 'sends' }))).MessageId);
    await eventually('three events', async () => ids.every((id) => eventsOf(id).length === 1));
    assert.deepEqual(
      published.slice(-3).map(({ event }) => event.mail.messageId),
      ids.toReversed(),
    );
  });

  it('are reordered even if they have the same time', async (t) => {
    let now = Date.UTC(2026, 0, 2, 3, 4, 5);
    const still = await start({ dataDir: join(folder.path, 'still'), clock: () => now });
    t.after(still.close);
    const reordered = { events: { Send: { reorder: true } } };
    still.controls.replace(reordered);
    const ids: (string | undefined)[] = [];
    for (let n = 0; n < 3; n += 1) ids.push((await send(mail({ ConfigurationSetName: 'sends' }), still.url)).MessageId);
    now += 2000;
    still.controls.replace(reordered);
    await eventually('three events', async () => published.length === 3);
    assert.deepEqual(
      published.map(({ event }) => event.mail.messageId),
      ids.toReversed(),
    );
  });

  it('are withheld, and are published when they are released', async () => {
    sink.controls.replace({ events: { Send: { withhold: true } } });
    const { MessageId } = await send(mail({ ConfigurationSetName: 'mail' }));
    await eventually('the delivery', async () => eventsOf(MessageId).length === 1);
    assert.deepEqual(
      eventsOf(MessageId).map(({ eventType }) => eventType),
      ['Delivery'],
    );
    sink.controls.replace({});
    await eventually('the Send event', async () => eventsOf(MessageId).length === 2);
  });

  it('are published again after a failure', async (t) => {
    const lines: string[] = [];
    const failing = await start({
      dataDir: join(folder.path, 'failing'),
      log: (line: string) => lines.push(line),
      publish: async (topicArn: string, message: string) => {
        if (lines.length === 0) throw new Error('the topic is away');
        if (message.startsWith('{')) published.push({ topicArn, event: JSON.parse(message) });
      },
    });
    t.after(failing.close);
    const { MessageId } = await send(mail({ ConfigurationSetName: 'sends' }), failing.url);
    await eventually('the event', async () => eventsOf(MessageId).length === 1);
    assert.match(lines.join(), /the topic is away/);
  });

  it('survive a restart, including delayed and withheld ones', async (t) => {
    const dataDir = join(folder.path, 'restarted');
    const publish = () => Promise.reject(new Error('the topic is away'));
    const stopped = await start({ dataDir, publish });
    const sent: (string | undefined)[] = [];
    for (const Send of [{}, { delayMs: 3_600_000 }, { withhold: true }]) {
      stopped.controls.replace({ events: { Send } });
      sent.push((await send(mail({ ConfigurationSetName: 'sends' }), stopped.url)).MessageId);
    }
    await stopped.close();
    const again = await start({ dataDir, clock: () => Date.now() + 3_600_000 });
    t.after(again.close);
    await eventually('three events', async () => published.length === 3);
    assert.deepEqual(published.map(({ event }) => event.mail.messageId).sort(), sent.toSorted());
  });
});

describe('Text messages', () => {
  const publish = (PhoneNumber: string, Message: string, attributes: Record<string, string> = {}) =>
    new SNSClient(clientSettings(sink.url)).send(
      new PublishCommand({
        PhoneNumber,
        Message,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
        ),
      }),
    );

  it('are stored unchanged', async () => {
    const { MessageId } = await publish('+4366012345678', 'Grüße & 100 % € +1 🎉');
    const { at, ...entry } = (await list<SmsEntry>('/sms')).at(-1) as SmsEntry;
    assert.ok(Date.parse(at) > 0);
    assert.deepEqual(entry, { id: MessageId, to: '+4366012345678', body: 'Grüße & 100 % € +1 🎉' });
  });

  it('contain their sender: a number, or else a name', async () => {
    const SMSType = { 'AWS.SNS.SMS.SMSType': 'Transactional' };
    const name = { 'AWS.SNS.SMS.SenderID': 'SHOP' };
    await publish('+4366012345678', 'from a name', { ...SMSType, ...name });
    await publish('+4366012345678', 'from a number', { ...name, 'AWS.MM.SMS.OriginationNumber': '+43800100200' });
    const entries = await list<SmsEntry>('/sms');
    assert.deepEqual(
      entries.slice(-2).map(({ from }) => from),
      ['SHOP', '+43800100200'],
    );
  });

  it('are refused with SNS’s errors', async () => {
    const before = (await list('/sms')).length;
    for (const [number, text, message] of [
      ['0660123', 'x', /PhoneNumber Reason: 0660123 is not valid to publish to/],
      ['+43', 'x', /not valid/],
      ['+4366012345678', '', /Empty message/],
      ['+4366012345678', 'x'.repeat(1601), /at most 1600/],
    ] as const) {
      const error = await rejection(publish(number, text));
      assert.equal(error.name, 'InvalidParameterException');
      assert.match(error.message, message);
    }
    assert.equal((await list('/sms')).length, before);
  });
});

describe('Text messages by End User Messaging', () => {
  const pool = `arn:aws:sms-voice:${REGION}:${ACCOUNT}:pool/pool-1a`;
  const wanted: SendTextMessageCommandInput = {
    DestinationPhoneNumber: '+4366012345678',
    OriginationIdentity: pool,
    MessageBody: 'Grüße & 100 % € +1 🎉',
    MessageType: 'TRANSACTIONAL',
    TimeToLive: 86_400,
    Context: { notification: 'order_1_1', attempt: 'nonce-1' },
  };
  const sendText = (more: Partial<SendTextMessageCommandInput> = {}) =>
    new PinpointSMSVoiceV2Client(clientSettings(sink.url)).send(new SendTextMessageCommand({ ...wanted, ...more }));

  it('are stored unchanged, one entry for each call, together with those of SNS', async () => {
    const before = (await list('/sms')).length;
    const { MessageId } = await sendText();
    await sendText({ Context: undefined });
    const [{ at, ...entry }, other, ...none] = (await list<SmsEntry>('/sms')).slice(before) as [SmsEntry, SmsEntry];
    assert.ok(Date.parse(at) > 0);
    assert.deepEqual(entry, {
      id: MessageId,
      to: '+4366012345678',
      body: 'Grüße & 100 % € +1 🎉',
      from: pool,
      context: { notification: 'order_1_1', attempt: 'nonce-1' },
    });
    assert.ok(!('context' in other));
    assert.deepEqual(none, []);
  });

  it('have events on the topic of their configuration set: pending, delivered, or failed by number', async () => {
    sink.controls.replace({ failingNumbers: { '0404': 'TEXT_INVALID' } });
    const told = async (DestinationPhoneNumber: string, count: number) => {
      const { MessageId } = await sendText({ DestinationPhoneNumber, ConfigurationSetName: 'texts' });
      const own = () =>
        published.map(({ event }): Record<string, unknown> => event).filter(({ messageId }) => messageId === MessageId);
      await eventually(`${count} events`, async () => own().length === count);
      return own();
    };
    const arrived = await told('+4366012345678', 3);
    assert.deepEqual(
      arrived.map(({ eventType, isFinal }) => [eventType, isFinal]),
      [
        ['TEXT_PENDING', false],
        ['TEXT_SUCCESSFUL', false],
        ['TEXT_DELIVERED', true],
      ],
    );
    assert.deepEqual(arrived[0]?.context, wanted.Context);
    assert.deepEqual(
      (await told('+4366012340404', 2)).map(({ eventType, isFinal }) => [eventType, isFinal]),
      [
        ['TEXT_PENDING', false],
        ['TEXT_INVALID', true],
      ],
    );
    sink.controls.replace({});
    const error = await rejection(sendText({ ConfigurationSetName: 'unknown' }));
    assert.equal(error.name, 'ResourceNotFoundException');
  });

  it('are refused with the service’s errors, which list every fault and quote no value', async () => {
    const before = (await list('/sms')).length;
    const many = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`key${n}`, 'value']));
    const refusals: [Partial<SendTextMessageCommandInput>, RegExp][] = [
      [{ DestinationPhoneNumber: '0660123' }, /DestinationPhoneNumber: must be a phone number/],
      [{ OriginationIdentity: 'a name with spaces' }, /OriginationIdentity: must be/],
      [{ OriginationIdentity: undefined }, /OriginationIdentity/],
      [{ MessageBody: ' \n' }, /MessageBody: must not be blank/],
      [{ MessageBody: 'x'.repeat(1601) }, /at most 1600/],
      [{ TimeToLive: 4 }, /TimeToLive/],
      [{ TimeToLive: 259_201 }, /TimeToLive/],
      [{ Context: many }, /Context: takes at most 5/],
      [{ Context: { attempt: '' } }, /Context/],
      [{ ConfigurationSetName: 'with spaces' }, /ConfigurationSetName/],
      [{ DestinationPhoneNumber: '+43', MessageBody: '' }, /DestinationPhoneNumber.*MessageBody/],
    ];
    for (const [more, message] of refusals) {
      const error = (await rejection(sendText(more))) as Error & { Reason?: string };
      assert.equal(error.name, 'ValidationException');
      assert.equal(error.Reason, 'FIELD_VALIDATION_FAILED');
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /0660123/);
    }
    assert.equal((await list('/sms')).length, before);
  });

  it('are refused for reasons of the account while the settings define it, with each provider’s error', async (t) => {
    t.after(() => sink.controls.replace({}));
    const before = [(await list('/sms')).length, (await list('/emails')).length];
    const bySns = () =>
      new SNSClient(clientSettings(sink.url)).send(new PublishCommand({ PhoneNumber: '+4366012345', Message: 'x' }));
    for (const [refusal, ses, sns, text] of [
      ['paused', 'MessageRejected', 'AuthorizationErrorException', 'AccessDeniedException'],
      ['suspended', 'AccountSuspendedException', 'AuthorizationErrorException', 'AccessDeniedException'],
      ['not-permitted', 'AccessDeniedException', 'AuthorizationErrorException', 'AccessDeniedException'],
      ['not-verified', 'MessageRejected', 'UserErrorException', 'ConflictException'],
      ['quota-reached', 'TooManyRequestsException', 'ThrottledException', 'ServiceQuotaExceededException'],
    ] as const) {
      sink.controls.replace({ refusing: { email: refusal, sms: refusal } });
      const names = [await rejection(send(mail())), await rejection(bySns()), await rejection(sendText())];
      assert.deepEqual(
        names.map(({ name }) => name),
        [ses, sns, text],
        refusal,
      );
    }
    assert.deepEqual([(await list('/sms')).length, (await list('/emails')).length], before);
  });

  it('are refused permanently by number or address if the settings define it', async (t) => {
    sink.controls.replace({ refusedRecipients: ['@refused.example', '0000'] });
    t.after(() => sink.controls.replace({}));
    const before = [(await list('/sms')).length, (await list('/emails')).length];
    const text = (await rejection(sendText({ DestinationPhoneNumber: '+43660120000' }))) as Error & { Reason?: string };
    assert.deepEqual([text.name, text.Reason], ['ConflictException', 'DESTINATION_PHONE_NUMBER_OPTED_OUT']);
    const bySns = new PublishCommand({ PhoneNumber: '+43660120000', Message: 'x' });
    const error = await rejection(new SNSClient(clientSettings(sink.url)).send(bySns));
    assert.equal(error.name, 'InvalidParameterException');
    assert.match(error.message, /opted out/);
    const mailed = await rejection(send(mail(to('ada@example.com', 'ada@refused.example'))));
    assert.equal(mailed.name, 'MessageRejected');
    assert.deepEqual([(await list('/sms')).length, (await list('/emails')).length], before);
    await sendText();
    await send(mail());
    assert.deepEqual(
      [(await list('/sms')).length, (await list('/emails')).length],
      before.map((count) => count + 1),
    );
  });

  it('are refused if they are not JSON', async () => {
    const headers = { 'x-amz-target': 'PinpointSMSVoiceV2.SendTextMessage' };
    const answer = await fetch(sink.url, { method: 'POST', headers, body: '{' });
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /SerializationException/);
  });
});

describe('Secrets', () => {
  const get = (SecretId: string) =>
    new SecretsManagerClient(clientSettings(sink.url)).send(new GetSecretValueCommand({ SecretId }));

  it('are found by ARN, by ARN without its last characters, and by name', async () => {
    for (const id of [secretArn, secretArn.slice(0, -7), 'hashes']) {
      const { SecretString, ARN, Name } = await get(id);
      assert.deepEqual([SecretString, ARN, Name], ['key of the hashes', secretArn, 'hashes']);
    }
    assert.equal((await rejection(get('other'))).name, 'ResourceNotFoundException');
  });
});

describe('A provider that is not emulated', () => {
  it('is refused by name', async () => {
    const request = (headers: Record<string, string>, path = '/') =>
      fetch(`${sink.url}${path}`, { method: 'POST', headers, body: '{}' });
    const media = await request({ 'x-amz-target': 'PinpointSMSVoiceV2.SendMediaMessage' });
    assert.equal(media.status, 400);
    assert.match(await media.text(), /of pinpoint-sms-voice-v2, not SendMediaMessage/);
    assert.match(
      await (await request({}, '/v2/email/templates')).text(),
      /does not emulate POST \/v2\/email\/templates/,
    );
    assert.match(
      await (await request({ 'x-amz-target': 'secretsmanager.PutSecretValue' })).text(),
      /not PutSecretValue/,
    );
  });
});

describe('The inbox', () => {
  it('stores webhooks unchanged', async () => {
    const sent = await fetch(`${sink.inboxUrl}/hooks/billing/in?x=1`, {
      method: 'POST',
      headers: { 'idempotency-key': 'k1' },
      body: '{"a":1}',
    });
    assert.equal(sent.status, 202);
    const entry = (await list<WebhookEntry>('/webhooks')).at(-1) as WebhookEntry;
    assert.deepEqual([entry.path, entry.body, entry.headers['idempotency-key']], ['/billing/in', '{"a":1}', 'k1']);
    assert.equal((await list('/webhooks?offset=1')).length, 0);
  });

  it('shows a page that runs no code of a message', async () => {
    const page = await fetch(sink.inboxUrl);
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self'/);
    assert.doesNotMatch(await page.text(), /https?:\/\/(?!127)/);
    const { MessageId } = await send(
      mail({ Content: { Simple: { Subject: { Data: 's' }, Body: { Html: { Data: '<script>x</script>' } } } } }),
    );
    const html = await fetch(`${sink.inboxUrl}/emails/${MessageId}/html`);
    const policy = html.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /sandbox;/);
    assert.doesNotMatch(policy, /script-src|allow-scripts/);
    assert.equal(await html.text(), '<script>x</script>');
    for (const file of ['/inbox.js', '/inbox.css']) assert.equal((await fetch(`${sink.inboxUrl}${file}`)).status, 200);
  });

  it('announces new entries', async () => {
    const abort = new AbortController();
    const response = await fetch(`${sink.inboxUrl}/changes`, { signal: abort.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = '';
    const watching = (async () => {
      while (!seen.includes('data: email')) seen += (await reader?.read())?.value ?? '';
    })();
    await eventually('the stream to be open', async () => seen.includes('retry'));
    await send(mail());
    await watching;
    abort.abort();
  });

  it('refuses other host names and unknown paths', async () => {
    const { request } = await import('node:http');
    const asked = request(`${sink.inboxUrl}/emails`, { headers: { host: 'evil.example' } }).end();
    const [response] = await once(asked, 'response');
    assert.equal(response.statusCode, 403);
    response.resume();
    for (const path of ['/nothing', '/emails/none/html', '/constructor'])
      assert.equal((await fetch(`${sink.inboxUrl}${path}`)).status, 404);
    assert.equal((await fetch(`${sink.inboxUrl}/emails?offset=-1`)).status, 400);
  });
});

describe('Accepted messages', () => {
  it('are kept with their events after a kill', async (t) => {
    const dataDir = join(folder.path, 'killed');
    const child = spawn(process.execPath, [join(import.meta.dirname, '../support/sink-process.ts'), dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const [line] = await once(child.stdout, 'data');
    const { MessageId } = await send(mail({ ConfigurationSetName: 'mail' }), String(line).trim());
    child.kill('SIGKILL');
    await once(child, 'exit');

    const again = await start({ dataDir });
    t.after(again.close);
    const stored = (await (await fetch(`${again.inboxUrl}/emails`)).json()) as EmailEntry[];
    assert.deepEqual(
      stored.map(({ id }) => id),
      [MessageId],
    );
    await eventually('its Send event', async () => eventsOf(MessageId).length === 1);
  });
});
