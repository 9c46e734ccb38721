import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  PinpointSMSVoiceV2Client,
  SendTextMessageCommand,
  type SendTextMessageCommandInput,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { SmsEntry } from '#infra/local/sink/sink.ts';
import { eventually } from '#test/support/eventually.ts';
import { ACCOUNT, clientSettings, REGION, rejection } from '#test/support/local-gateway.ts';
import { list, mail, published, send, sink, to } from './sink-under-test.ts';

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
    const eventsOf = async (DestinationPhoneNumber: string, count: number) => {
      const { MessageId } = await sendText({ DestinationPhoneNumber, ConfigurationSetName: 'texts' });
      const own = () =>
        published.map(({ event }): Record<string, unknown> => event).filter(({ messageId }) => messageId === MessageId);
      await eventually(`${count} events`, async () => own().length === count);
      return own();
    };
    const arrived = await eventsOf('+4366012345678', 3);
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
      (await eventsOf('+4366012340404', 2)).map(({ eventType, isFinal }) => [eventType, isFinal]),
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
