import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fallbackDecider } from '#shared/fallback/decider.ts';
import { type FallbackCommand, type FallbackEvent, fallbackKey } from '#shared/fallback/fallback.ts';
import { fallbackEmail } from '#shared/fallback/fallback-email.ts';
import { fallbackSms } from '#shared/fallback/fallback-sms.ts';
import type { AnnouncedOutcome, Notification } from '#shared/notification/notification.ts';
import type { Order } from '#shared/order/order.ts';
import { requestedIn, TERMS } from '#test/support/requested.ts';
import { specification } from '#test/support/specification.ts';

const orderId = 'order7';
const notificationId = 'order_order7_1-1';
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const at = '2026-01-02T03:04:05.000Z';
const cause = { causationId: 'message-1', correlationId: 'correlation-1' };
const contact = { name: 'Ada Lovelace', email: 'ada@example.com', phone: '+4366012345678', locale: 'de-AT' };
const order: Order = {
  orderId,
  status: 'placed',
  contact,
  customerId: 'customer-1',
  currency: 'EUR',
  lines: [],
  total: 0,
  placedAt: at,
};
const { contact: _, ...erased } = order;

const header = {
  channel: 'email',
  purpose: 'order-confirmation',
  createdAt: at,
  correlationId: 'c',
  attempts: [],
} as const;
const sent = (...outcomes: AnnouncedOutcome[]): Notification => ({ ...header, outcomes, status: 'SENT', sentAt: at });
const failed: Notification = { ...header, status: 'FAILED', reason: 'MESSAGE_REJECTED', failedAt: at };
const suppressed: Notification = { ...header, status: 'SUPPRESSED', suppressedAt: at, reason: 'BOUNCE' };
const markedSent = (...outcomes: AnnouncedOutcome[]): Notification => ({
  ...sent(...outcomes),
  resolutions: [{ action: 'mark-sent', by: 'eve', at }],
});
const OPEN: Notification[] = [
  { ...header, status: 'PENDING', dueAt: NOW },
  { ...header, status: 'SENDING', nonce: 'n', leaseUntil: NOW },
  { ...header, status: 'UNKNOWN', reason: 'TIMEOUT', since: at, deadline: NOW },
  { ...header, status: 'HELD', reason: 'POLICY', heldAt: at },
  { ...header, status: 'SUPPRESSED', suppressedAt: at },
  { ...header, status: 'SUPPRESSED', suppressedAt: at, reason: 'COMPLAINT' },
  { ...header, status: 'SUPPRESSED', suppressedAt: at, reason: 'MANUAL' },
  { ...header, status: 'CANCELLED', cancelledAt: at },
];

const { given } = specification(fallbackDecider, {
  key: fallbackKey({ tenant: 'acme', type: 'order', id: orderId }, notificationId),
  now: NOW,
  version: 2,
  correlationId: cause.correlationId,
  commandId: 'msg#fallback#message-2',
  terms: TERMS,
});

const awaitDelivery: FallbackCommand = { type: 'AwaitDelivery', data: { ...cause, dueAt: NOW } };
const noteDelivery: FallbackCommand = { type: 'NoteDelivery' };
const send = (notification: Notification, read: Order = order): FallbackCommand => ({
  type: 'SendFallback',
  data: { notification, order: read, channels: ['email', 'sms'] },
});
const awaited = (dueAt = NOW): FallbackEvent => ({
  type: 'DeliveryAwaited',
  data: { notificationId, ...cause, dueAt },
});
const noted: FallbackEvent = { type: 'DeliveryNoted', data: { notificationId } };
const ended: FallbackEvent = { type: 'FallbackEnded', data: { notificationId } };
const requested: Extract<FallbackEvent, { type: 'FallbackRequested' }> = {
  type: 'FallbackRequested',
  data: { notificationId, channel: 'sms', address: contact.phone, name: contact.name, order },
};

describe('a fallback', () => {
  it('waits for the delivery of what was sent, and is due then', () => {
    given().when(awaitDelivery).thenEvents(awaited());
    const { state } = given().when(awaitDelivery).accepted();
    assert.deepEqual(fallbackDecider.due(state), { kind: 'fallback', at: NOW });
    given(awaited()).when(awaitDelivery).thenEvents();
  });

  it('is withdrawn by the delivery, and is not due any more', () => {
    given(awaited()).when(noteDelivery).thenEvents(noted);
    const { state } = given(awaited()).when(noteDelivery).accepted();
    assert.deepEqual([state, fallbackDecider.due(state)], [{ notificationId, status: 'delivered' }, undefined]);
  });

  it('is sent at once if the message failed, bounced or was rejected, whether or not it was waited for', () => {
    for (const history of [[], [awaited(NOW + 1)]])
      for (const lost of [failed, sent('bounced'), sent('rejected'), sent('delivered', 'bounced')])
        given(...history)
          .when(send(lost))
          .thenEvents(requested);
  });

  it('is sent at once if the message was suppressed because an earlier one bounced', () => {
    given().when(send(suppressed)).thenEvents(requested);
    given(requested).when(send(suppressed)).thenEvents();
  });

  it('is not sent if nothing is reported about a message that a person marked as sent, but is if it bounces', () => {
    given(awaited()).when(send(markedSent())).thenEvents(noted);
    given(awaited(NOW + 1))
      .when(send(markedSent()))
      .thenEvents();
    for (const history of [[awaited(NOW + 1)], [awaited(), noted]])
      given(...history)
        .when(send(markedSent('bounced')))
        .thenEvents(requested);
  });

  it('of an outdated message ends without a message: the one about the cancellation or the approval has its own', () => {
    const cancelled: Order = { ...order, status: 'cancelled', cancelledAt: at };
    const approved: Order = { ...order, status: 'approved', confirmedAt: at, approvedAt: at };
    for (const read of [cancelled, approved]) {
      given(awaited()).when(send(sent(), read)).thenEvents(ended);
      given().when(send(failed, read)).thenEvents(ended);
    }
    for (const [purpose, read] of [['order-cancellation', cancelled] as const, ['approval', approved] as const])
      given()
        .when(send({ ...failed, purpose }, read))
        .thenEvents({ ...requested, data: { ...requested.data, order: read } });
    const confirmed: Order = { ...order, status: 'confirmed', confirmedAt: at };
    given()
      .when(send(failed, confirmed))
      .thenEvents({ ...requested, data: { ...requested.data, order: confirmed } });
  });

  it('is sent if the message bounced or was rejected after it had been delivered, and only once', () => {
    for (const lost of [sent('delivered', 'bounced'), sent('delivered', 'rejected')]) {
      given(awaited(), noted).when(send(lost)).thenEvents(requested);
      given(awaited(), noted, requested).when(send(lost)).thenEvents();
    }
    for (const command of [noteDelivery, awaitDelivery, send(sent('delivered')), send(sent('delivered', 'complained'))])
      given(awaited(), noted).when(command).thenEvents();
  });

  it('is sent when it is due and no delivery was reported, and not before', () => {
    given(awaited()).when(send(sent())).thenEvents(requested);
    for (const history of [[], [awaited(NOW + 1)]])
      given(...history)
        .when(send(sent()))
        .thenEvents();
  });

  it('is not sent if the message was delivered, although no message said so, or was complained about', () => {
    for (const arrived of [sent('delivered'), sent('complained'), sent('complained', 'bounced')]) {
      given(awaited()).when(send(arrived)).thenEvents(noted);
      given().when(send(arrived)).thenEvents();
    }
  });

  it('is never sent while the outcome is unknown or held, nor for what was suppressed or cancelled', () => {
    for (const open of OPEN) {
      given().when(send(open)).thenEvents();
      given(awaited(NOW + 1))
        .when(send(open))
        .thenEvents();
      given(awaited()).when(send(open)).thenEvents(ended);
    }
  });

  it('ends without a message if the contact has no other address or was erased, or the tenant has switched it off', () => {
    const withoutPhone = { ...order, contact: { name: 'Ada', email: contact.email } };
    for (const read of [erased, withoutPhone]) given().when(send(failed, read)).thenEvents(ended);
    given()
      .when(send({ ...failed, erasedAt: at }))
      .thenEvents(ended);
    given().when(send(failed, erased)).thenMessages();
    const off: FallbackCommand = { type: 'SendFallback', data: { notification: failed, order, channels: ['email'] } };
    given().when(off).thenEvents(ended);
  });

  it('happens at most once: what is reported afterwards has no event', () => {
    for (const end of [requested, ended])
      for (const command of [awaitDelivery, noteDelivery, send(failed), send(sent('bounced')), send(sent('delivered'))])
        given(awaited(), end).when(command).thenEvents();
  });

  it('is one text message with a number of its own, caused by the message about the failure', () => {
    const { announced } = given().when(send(failed)).accepted();
    const [{ state, content } = assert.fail(), ...others] = requestedIn(announced);
    assert.deepEqual(others, []);
    const { channel, purpose, causePosition, requestedBy, customerId } = state;
    assert.deepEqual([channel, purpose, causePosition, customerId], ['sms', 'fallback', 0, 'customer-1']);
    assert.equal(requestedBy, 'msg#fallback#message-2');
    assert.deepEqual(content, {
      recipients: [contact.phone],
      locale: 'de-AT',
      template: 'order-fallback',
      data: { orderId, name: contact.name, status: 'placed' },
    });
    assert.deepEqual(announced.notifications, [
      { notificationId: 'order_order7_1-101', channel: 'sms', status: 'PENDING' },
    ]);
  });

  it('of a text message is an e-mail', () => {
    const { announced } = given()
      .when(send({ ...failed, channel: 'sms' }))
      .accepted();
    const [{ state, content } = assert.fail()] = requestedIn(announced);
    assert.deepEqual([state.channel, content.recipients], ['email', [contact.email]]);
  });
});

describe('the texts of a fallback', () => {
  const data = { orderId, name: 'Ada\nLovelace', status: 'approved' } as const;

  it('are English or German, and say where the order stands', () => {
    assert.deepEqual(fallbackSms({ locale: 'en', data }), {
      channel: 'sms',
      body: 'Order order7 is approved. We could not reach you by e-mail, Ada Lovelace.',
      segments: 1,
    });
    assert.equal(
      fallbackSms({ locale: 'de', data: { ...data, status: 'confirmed' } }).body,
      'Bestellung order7 ist bestätigt. Wir konnten Sie per E-Mail nicht erreichen, Ada Lovelace.',
    );
    assert.deepEqual(fallbackEmail({ locale: 'en', data }), {
      channel: 'email',
      subject: 'About your order order7',
      text: [
        'Hello Ada Lovelace,',
        'Order order7 is approved. We could not reach you by text message.',
        '-- \nYou receive this message because this address was given with the order.\n',
      ].join('\n\n'),
    });
    assert.equal(fallbackEmail({ locale: 'de', data }).subject, 'Zu Ihrer Bestellung order7');
  });
});
