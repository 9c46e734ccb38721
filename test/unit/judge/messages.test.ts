import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { eventsByNotification, judgeMessages, type Message, messageIn } from '#test/support/judge/messages.ts';

const message = (id: string, type: string, more: Partial<Message> = {}): Message => ({
  id,
  type,
  tenant: 'acme',
  subject: 'order/o1',
  notificationId: 'n1',
  body: `body of ${id}`,
  ...more,
});
const requested = message('m1', NOTIFICATION_REQUESTED);
const sent = message('m2', 'counterfoil.notification.sent.v1');
const KNOWN = new Set(['acme n1']);

describe('The judge of messages', () => {
  const kinds = (stored: Message[], published: Message[]) =>
    judgeMessages(stored, published, KNOWN).map(({ what }) => what);

  it('accepts what is published again, reminders, and two requests for two notifications', () => {
    const other = message('m3', 'counterfoil.notification.sent.v1', { notificationId: 'n2' });
    assert.deepEqual(kinds([requested, sent, other], [sent, requested, sent]), []);
    assert.deepEqual(kinds([requested], [requested, message('m9', NOTIFICATION_REQUESTED)]), []);
  });

  it('finds a message in two wordings, and in another one than its outbox has', () => {
    assert.deepEqual(kinds([sent], [sent, { ...sent, body: 'other' }]), ['published with different contents']);
    assert.deepEqual(kinds([sent], [{ ...sent, body: 'other' }]), ['published with different contents']);
  });

  it('finds what is in no outbox: an event, or a reminder of what is not there', () => {
    assert.deepEqual(kinds([], [sent]), ['published, but in no outbox']);
    const elsewhere = message('m9', NOTIFICATION_REQUESTED, { tenant: 'globex' });
    assert.deepEqual(kinds([], [elsewhere]), ['published, but in no outbox']);
  });

  it('finds an event that was announced under two ids', () => {
    assert.deepEqual(kinds([sent, { ...sent, id: 'm8' }], []), ['one event, twice']);
  });
});

describe('A message', () => {
  it('is read from its envelope, with the notification that its data names', () => {
    const envelope = { id: 'm2', type: sent.type, tenantid: 'acme', subject: 'order/o1' };
    const body = JSON.stringify({ ...envelope, data: { notificationId: 'n1' } });
    assert.deepEqual(messageIn(body), { ...sent, body });
    assert.equal('notificationId' in messageIn(JSON.stringify(envelope)), false);
  });

  it('is an event of its notification', () => {
    const order = message('m4', 'counterfoil.order.placed.v1');
    assert.deepEqual([...eventsByNotification([requested, sent, order])], [['acme n1', ['requested', 'sent']]]);
  });
});
