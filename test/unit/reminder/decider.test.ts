import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Order } from '#shared/order/order.ts';
import { reminderDecider } from '#shared/reminder/decider.ts';
import { type ReminderCommand, type ReminderEvent, reminderKey } from '#shared/reminder/reminder.ts';
import { reminderEmail } from '#shared/reminder/reminder-email.ts';
import { requestedIn, TERMS } from '#test/support/requested.ts';
import { specification } from '#test/support/specification.ts';

const orderId = 'order7';
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const cause = { causationId: 'message-1', correlationId: 'correlation-1' };
const contact = { name: 'Ada Lovelace', email: 'ada@example.com', locale: 'de-AT' };
const order: Order = {
  orderId,
  status: 'placed',
  contact,
  customerId: 'customer-1',
  currency: 'EUR',
  lines: [{ sku: 'MUG', description: 'Mug', quantity: 2, unitPrice: 1250 }],
  total: 2500,
  placedAt: '2026-01-01T03:04:05.000Z',
};
const { contact: _, ...erased } = order;

const { given } = specification(reminderDecider, {
  key: reminderKey('acme', orderId),
  now: NOW,
  version: 2,
  correlationId: cause.correlationId,
  commandId: `msg#reminder-due#${cause.causationId}`,
  terms: TERMS,
});

const schedule = (dueAt = NOW): ReminderCommand => ({ type: 'ScheduleReminder', data: { ...cause, dueAt } });
const withdraw: ReminderCommand = { type: 'WithdrawReminder' };
const send = (read: Order = order): ReminderCommand => ({ type: 'SendReminder', data: { order: read, isOn: true } });
const scheduled = (dueAt = NOW): ReminderEvent => ({ type: 'ReminderScheduled', data: { orderId, ...cause, dueAt } });
const withdrawn: ReminderEvent = { type: 'ReminderWithdrawn', data: { orderId } };
const ended: ReminderEvent = { type: 'ReminderEnded', data: { orderId } };
const reminded: ReminderEvent = { type: 'CustomerReminded', data: { orderId, order, contact } };

describe('a reminder', () => {
  it('is scheduled once, and is due at its time', () => {
    given().when(schedule()).thenEvents(scheduled());
    given().when(schedule()).thenMessages();
    given(scheduled())
      .when(schedule(NOW + 1))
      .thenEvents();
    const { state } = given().when(schedule()).accepted();
    assert.deepEqual(reminderDecider.due(state), { kind: 'reminder', at: NOW });
  });

  it('is withdrawn by a confirmation or a cancellation, and is not due any more', () => {
    given(scheduled()).when(withdraw).thenEvents(withdrawn);
    const { state } = given(scheduled()).when(withdraw).accepted();
    assert.deepEqual([state, reminderDecider.due(state)], [{ orderId, status: 'withdrawn' }, undefined]);
  });

  it('is sent when it is due and the order is still placed', () => {
    given(scheduled()).when(send()).thenEvents(reminded);
    given(scheduled()).when(send()).thenState({ orderId, status: 'reminded' });
  });

  it('is one e-mail of its own number, caused by the message that the order was placed', () => {
    const { announced } = given(scheduled()).when(send()).accepted();
    const [{ state, content } = assert.fail(), ...others] = requestedIn(announced);
    assert.deepEqual(others, []);
    const { channel, purpose, causePosition, requestedBy, customerId } = state;
    assert.deepEqual([channel, purpose, causePosition, customerId], ['email', 'reminder', 0, 'customer-1']);
    assert.equal(requestedBy, 'msg#reminder-due#message-1');
    assert.deepEqual(content, {
      recipients: ['ada@example.com'],
      locale: 'de-AT',
      template: 'order-reminder',
      data: { orderId, name: 'Ada Lovelace', currency: 'EUR', total: 2500, placedAt: order.placedAt },
    });
    assert.deepEqual(announced.notifications, [
      { notificationId: 'order_order7_0-2', channel: 'email', status: 'PENDING' },
    ]);
  });

  it('is withdrawn when it is due and the order is not placed any more, although no message said so', () => {
    const confirmed: Order = { ...order, status: 'confirmed', confirmedAt: '2026-01-02T00:00:00.000Z' };
    const cancelled: Order = { ...erased, status: 'cancelled', cancelledAt: '2026-01-02T00:00:00.000Z' };
    for (const changed of [confirmed, cancelled]) given(scheduled()).when(send(changed)).thenEvents(withdrawn);
  });

  it('ends without a message if the contact was erased or has no e-mail address', () => {
    const withoutAddress = { ...order, contact: { name: 'Ada', phone: '+4366012345678' } };
    for (const changed of [erased, withoutAddress]) {
      given(scheduled()).when(send(changed)).thenEvents(ended);
      given(scheduled()).when(send(changed)).thenMessages();
    }
  });

  it('ends without a message if the tenant wants no reminders, or a restored table has lost the order', () => {
    for (const data of [{ order, isOn: false }, { isOn: true }])
      given(scheduled()).when({ type: 'SendReminder', data }).thenEvents(ended);
  });

  it('has no event before its time, before it is scheduled, and after its end', () => {
    given(scheduled(NOW + 1))
      .when(send())
      .thenEvents();
    for (const command of [withdraw, send()]) given().when(command).thenEvents();
    for (const end of [withdrawn, ended, reminded])
      for (const command of [schedule(), withdraw, send()]) given(scheduled(), end).when(command).thenEvents();
  });
});

describe('the e-mail of a reminder', () => {
  const data = { orderId, name: 'Ada\nLovelace', currency: 'EUR', total: 2500, placedAt: order.placedAt };

  it('is English or German, and its subject has no words of the customer', () => {
    assert.deepEqual(reminderEmail({ locale: 'en', data }), {
      channel: 'email',
      subject: 'Order order7 is not confirmed yet',
      text: [
        'Hello Ada Lovelace,',
        'your order order7 of January 1, 2026 at 3:04 AM UTC is not confirmed yet. Its total is €25.00.',
        '-- \nYou receive this message because this address was given with the order.\n',
      ].join('\n\n'),
    });
    const { subject, text } = reminderEmail({ locale: 'de', data });
    assert.equal(subject, 'Bestellung order7 ist noch nicht bestätigt');
    assert.match(text, /Ihre Bestellung order7 vom .* ist noch nicht bestätigt\. Die Summe beträgt 25,00\s€\./);
  });
});
