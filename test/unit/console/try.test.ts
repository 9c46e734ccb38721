import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FIRST_DRAFT, orderOf } from '#console/try/draft.ts';
import { receivedCount } from '#console/try/received.ts';
import { isSettled, type Step, stepsOf } from '#console/try/steps.ts';
import { TEXTS } from '#console/try/texts.ts';
import { checked } from '#infra/checked.ts';
import { DEMO_FAULT_NAMES } from '#infra/local/console/demo-faults.ts';
import { tryItOf } from '#infra/try-it.ts';
import type { NotificationDetailsView, TimelineEntryView } from '#shared/message-log/responses.ts';
import { placeOrderSchema } from '#shared/order/requests.ts';

const START = Date.parse('2026-11-30T09:00:00.000Z');
const at = (ms: number): string => new Date(START + ms).toISOString();
const entry = (kind: TimelineEntryView['kind'], ms: number): TimelineEntryView => ({ kind, at: at(ms) });

const messageOf = (
  timeline: TimelineEntryView[],
  more: Partial<NotificationDetailsView> = {},
): NotificationDetailsView => ({
  notificationId: 'order_1_1-1',
  channel: 'email',
  purpose: 'order-confirmation',
  correlationId: 'c',
  status: 'PENDING',
  createdAt: at(0),
  recipients: [{ address: 'ada@example.com', outcome: 'PENDING' }],
  attempts: [],
  durations: {},
  timeline,
  ...more,
});

const states = (steps: Step[]): string =>
  steps.map(({ state, status }) => (status ? `${state} ${status}` : state)).join(', ');

describe('the steps of “Try it”', () => {
  const published = [entry('accepted', 0), entry('published', 20)];
  const called = [...published, entry('claimed', 40)];
  const cases: Readonly<Record<string, [NotificationDetailsView, string]>> = {
    'nothing but the commit': [messageOf([entry('accepted', 0)]), 'open, open, open, open'],
    'a message in the queue': [messageOf(published), 'done, open, open, open'],
    'a call': [messageOf(called, { status: 'SENDING' }), 'done, done, active SENDING, open'],
    'a lost answer': [
      messageOf([...called, entry('unknown', 60)], { status: 'UNKNOWN' }),
      'done, done, attention UNKNOWN, open',
    ],
    'a provider that is down': [
      messageOf(published, { deferredBecause: 'PROVIDER_UNREACHABLE' }),
      'done, attention, attention DEFERRED, open',
    ],
    'a person who has to decide': [
      messageOf([...called, entry('unknown', 60), entry('held', 9000)], { status: 'HELD' }),
      'done, done, attention HELD, open',
    ],
    'a text message that is not reported': [
      messageOf([...called, entry('sent', 60)], { status: 'SENT', channel: 'sms' }),
      'done, done, done ACCEPTED, open UNREPORTED',
    ],
    'a bounce': [
      messageOf([...called, entry('sent', 60), { ...entry('feedback', 90), outcome: 'BOUNCED' }], {
        status: 'SENT',
        recipients: [{ outcome: 'BOUNCED' }],
      }),
      'done, done, done ACCEPTED, bad BOUNCED',
    ],
    'a suppressed address': [messageOf(published, { status: 'SUPPRESSED' }), 'done, open, bad SUPPRESSED, open'],
  };
  for (const [name, [message, expected]] of Object.entries(cases))
    it(`light for ${name} what its timeline says`, () => assert.equal(states(stepsOf(message)), expected));

  it('carry the real times, from the commit', () => {
    const steps = stepsOf(messageOf([...called, entry('sent', 65)], { status: 'SENT' }));
    assert.deepEqual(
      steps.map(({ afterMs }) => afterMs),
      [20, 40, 65, undefined],
    );
  });

  it('are read less often when nothing more is expected', () => {
    const sent = [...called, entry('sent', 60)];
    assert.equal(isSettled(messageOf(called, { status: 'UNKNOWN' })), false);
    assert.equal(isSettled(messageOf(sent, { status: 'SENT' })), false);
    assert.equal(isSettled(messageOf(sent, { status: 'SENT', channel: 'sms' })), true);
    assert.equal(isSettled(messageOf([...sent, entry('feedback', 80)], { status: 'SENT' })), true);
    assert.equal(isSettled(messageOf(called, { status: 'HELD' })), true);
  });
});

describe('the form of “Try it”', () => {
  it('makes an order that the API accepts', () => {
    const order = orderOf(FIRST_DRAFT, 'a1');
    assert.deepEqual(checked(placeOrderSchema, order).faults ?? [], []);
    assert.match(JSON.stringify(order), /"email":"success\+a1@simulator.amazonses.com".*"unitPrice":1250/);
  });

  it('leaves out what is empty, and reads a decimal comma', () => {
    const lines = [{ description: ' Tea ', quantity: '3', unitPrice: '0,10' }];
    assert.deepEqual(orderOf({ ...FIRST_DRAFT, address: 'own', ownAddress: ' ', phone: '', lines }, 'a1'), {
      contact: { name: 'Ada Lovelace' },
      currency: 'EUR',
      lines: [{ sku: 'LINE-1', description: 'Tea', quantity: 3, unitPrice: 10 }],
    });
  });
});

it('“Try it” explains each fault of the local cloud', () => {
  for (const name of DEMO_FAULT_NAMES)
    for (const group of ['fault', 'breaks', 'does'])
      assert.ok(Object.hasOwn(TEXTS, `${group}.${name}`), `${group}.${name}`);
});

it('“Try it” is on deployed stages without faults, and not in production', () => {
  assert.deepEqual(tryItOf({ production: false }), { tryIt: { faults: [] } });
  assert.deepEqual(tryItOf({ production: true }), {});
});

it('“Try it” counts what the outside world received of one message', () => {
  const common = { id: 'i', at: at(0), from: 'f', subject: 's', html: '', attachments: [], text: '' };
  const inbox = {
    emails: [
      { ...common, to: ['a'], tags: { notification: 'order_1_1-1' } },
      { ...common, to: ['a'], tags: { notification: 'order_2_1-1' } },
    ],
    sms: [
      { id: 's', at: at(0), to: '+43', body: 'Order 1a is placed' },
      { id: 't', at: at(0), to: '+43', body: 'Hello', context: { notification: 'order_1a_1-2' } },
    ],
    webhooks: [],
  };
  assert.equal(receivedCount(inbox, { notificationId: 'order_1_1-1', channel: 'email' }, '1'), 1);
  assert.equal(receivedCount(inbox, { notificationId: 'order_1a_1-2', channel: 'sms' }, '1a'), 2);
});
