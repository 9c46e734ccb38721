import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import { type EmailEntry, startSink } from '#infra/local/sink/sink.ts';
import { eventually } from '#test/support/eventually.ts';
import { clientSettings, rejection } from '#test/support/local-gateway.ts';
import { emails, eventsOf, folder, mail, secretArn, send, sink, start, to } from './sink-under-test.ts';

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
