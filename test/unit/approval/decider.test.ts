import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ApprovalCommand, ApprovalEvent, ApprovedOrder } from '#shared/approval/approval.ts';
import { approvalEmail } from '#shared/approval/approval-email.ts';
import { approvalDecider } from '#shared/approval/decider.ts';
import { approvalKey } from '#shared/order/approval.ts';
import type { Order } from '#shared/order/order.ts';
import { requestedIn, TERMS } from '#test/support/requested.ts';
import { specification } from '#test/support/specification.ts';

const orderId = 'order7';
const contact = { name: 'Ada Lovelace', email: 'ada@example.com', locale: 'de-AT' };
const order: ApprovedOrder = {
  orderId,
  status: 'approved',
  contact,
  customerId: 'customer-1',
  currency: 'EUR',
  lines: [{ sku: 'MUG', description: 'Mug, blue', quantity: 2, unitPrice: 1250 }],
  total: 2500,
  placedAt: '2026-01-01T03:04:05.000Z',
  confirmedAt: '2026-01-01T04:04:05.000Z',
  approvedAt: '2026-01-01T05:04:05.000Z',
};
const { contact: _, ...erased } = order;

const { given } = specification(approvalDecider, {
  key: approvalKey('acme', orderId),
  now: Date.UTC(2026, 0, 2, 3, 4, 5),
  version: 1,
  correlationId: 'correlation-1',
  commandId: 'msg#approval#message-1',
  terms: TERMS,
});

const send = (read: Order = order): ApprovalCommand => ({ type: 'SendApproval', data: { order: read, isOn: true } });
const requested: ApprovalEvent = { type: 'ApprovalRequested', data: { orderId, order, contact } };
const ended: ApprovalEvent = { type: 'ApprovalEnded', data: { orderId } };

describe('the approval of an order', () => {
  it('is requested once', () => {
    given().when(send()).thenEvents(requested);
    given().when(send()).thenState({ orderId, status: 'requested' });
    for (const history of [requested, ended]) given(history).when(send()).thenEvents();
  });

  it('is one e-mail of its own number, filled from the order, and caused by the message about the approval', () => {
    const { announced } = given().when(send()).accepted();
    const [{ state, content } = assert.fail(), ...others] = requestedIn(announced);
    assert.deepEqual(others, []);
    const { channel, purpose, causePosition, requestedBy, customerId } = state;
    assert.deepEqual([channel, purpose, causePosition, customerId], ['email', 'approval', 0, 'customer-1']);
    assert.equal(requestedBy, 'msg#approval#message-1');
    assert.deepEqual(content, {
      recipients: ['ada@example.com'],
      locale: 'de-AT',
      template: 'order-approval',
      data: {
        orderId,
        name: 'Ada Lovelace',
        currency: 'EUR',
        total: 2500,
        itemCount: 2,
        approvedAt: order.approvedAt,
        lines: [{ description: 'Mug, blue', quantity: 2, unitPrice: 1250 }],
      },
    });
    assert.deepEqual(announced.notifications, [
      { notificationId: 'order_order7_0-1', channel: 'email', status: 'PENDING' },
    ]);
  });

  it('ends without a message if the contact was erased or has no e-mail address', () => {
    for (const read of [erased, { ...order, contact: { name: 'Ada', phone: '+4366012345678' } }]) {
      given().when(send(read)).thenEvents(ended);
      given().when(send(read)).thenMessages();
    }
  });

  it('ends without a message if the tenant has switched it off', () => {
    given()
      .when({ type: 'SendApproval', data: { order, isOn: false } })
      .thenEvents(ended);
  });

  it('has no event for an order that is not approved, as after a restore', () => {
    const { approvedAt: _at, ...confirmed } = order;
    given()
      .when(send({ ...confirmed, status: 'confirmed' }))
      .thenEvents();
  });

  it('is never due', () => assert.equal(approvalDecider.due({ orderId, status: 'requested' }), undefined));
});

describe('the e-mail of an approval', () => {
  const data = {
    orderId,
    name: 'Ada\nLovelace',
    currency: 'EUR',
    total: 2500,
    itemCount: 2,
    approvedAt: order.approvedAt,
    lines: order.lines,
  };

  it('is English or German, and its subject has no words of the customer', () => {
    assert.deepEqual(approvalEmail({ locale: 'en', data }), {
      channel: 'email',
      subject: 'Order order7 is approved',
      text: [
        'Hello Ada Lovelace,',
        'your order order7 was approved on January 1, 2026 at 5:04 AM UTC. It has 2 items.',
        '2 x Mug, blue, €25.00',
        'Total: €25.00',
        '-- \nYou receive this message because this address was given with the order.\n',
      ].join('\n\n'),
    });
    const { subject, text } = approvalEmail({ locale: 'de', data: { ...data, itemCount: 1 } });
    assert.equal(subject, 'Bestellung order7 ist freigegeben');
    assert.match(text, /wurde am .* freigegeben\. Sie enthält 1 Artikel\./);
    assert.match(text, /Summe: 25,00\s€/);
  });

  it('has no list without lines', () => {
    const { text } = approvalEmail({ locale: 'en', data: { ...data, total: 0, itemCount: 0, lines: [] } });
    assert.match(text, /It has 0 items\.\n\nTotal: €0\.00/);
  });
});
