import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSendGridEvent } from '#shared/adapters/aws/providers/sendgrid/event.ts';
import { SENDGRID_MEANINGS } from '#shared/adapters/aws/providers/sendgrid-meanings.ts';

const OURS = {
  email: 'ada@example.com',
  timestamp: 1_767_225_601,
  sg_event_id: 'ZXZlbnQ',
  sg_message_id: 'euo2iKxdSayPF4YE4--I7A.recvd-5f54b5d587-pczjm-1-67BADEEA-6.0',
  counterfoil_stage: 'local',
  counterfoil_tenant: 'acme',
  counterfoil_notification: 'order_o1_1-1',
  counterfoil_attempt: 'n1',
};

const read = (more: object) => {
  const event = parseSendGridEvent(JSON.stringify({ ...OURS, ...more }));
  return event.kind === 'feedback' ? event : assert.fail(event.kind);
};

/** The event of a value in the table, as SendGrid writes it. */
function eventOf(event: string, value: string): object {
  const [type, classification] = value.split('/');
  if (event === 'bounce')
    return { event, type, ...(classification !== 'none' && { bounce_classification: classification }) };
  return { event, ...(event === 'dropped' && { reason: value }) };
}

describe('an event of SendGrid', () => {
  it('has the meaning that the table gives to each documented value', () => {
    for (const [event, meanings] of Object.entries(SENDGRID_MEANINGS)) {
      for (const [value, [outcome]] of Object.entries(meanings)) {
        if (event === '*' || (value.includes('*') && Object.keys(meanings).length > 1)) continue;
        const { feedback, isUndocumented, eventType } = read(eventOf(event, value));
        assert.deepEqual(
          [feedback.deliveryEvent?.kind, isUndocumented, eventType],
          [outcome, undefined, event],
          `${event} ${value}`,
        );
      }
    }
  });

  it('identifies the attempt by our own arguments, and the message by the id that the answer gave', () => {
    assert.deepEqual(read({ event: 'processed' }).feedback, {
      channel: 'email',
      acceptance: {
        providerMessageId: 'euo2iKxdSayPF4YE4--I7A',
        acceptedAt: '2026-01-01T00:00:01.000Z',
        tenant: 'acme',
        notificationId: 'order_o1_1-1',
        attemptNonce: 'n1',
      },
    });
    // `attempt` is SendGrid's own count of its tries.
    assert.equal(read({ event: 'deferred', attempt: '5' }).feedback.acceptance.attemptNonce, 'n1');
    // An asynchronous bounce has no id of the message.
    const bounce = read({ event: 'bounce', type: 'bounce', sg_message_id: undefined });
    assert.equal(bounce.feedback.acceptance.providerMessageId, 'n1');
    const older = read({ event: 'delivered', sg_message_id: '14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0' });
    assert.equal(older.feedback.acceptance.providerMessageId, '14c5d75ce93.dfd.64b469');
  });

  it('records a word as the code, and never a text that may quote an address', () => {
    for (const [more, code] of [
      [{ event: 'bounce', type: 'bounce', bounce_classification: 'Invalid Address' }, 'InvalidAddress'],
      [{ event: 'dropped', reason: 'Bounced Address' }, 'BouncedAddress'],
      [{ event: 'bounce', type: 'bounce' }, undefined],
      [{ event: 'bounce', type: 'bounce', bounce_classification: 'to ada@example.com' }, 'UNRECOGNISED'],
      [{ event: 'dropped', reason: 'ada example com' }, 'UNRECOGNISED'],
      [{ event: 'dropped', reason: 'Quota' }, 'Quota'],
      [{ event: 'invented_later' }, 'invented_later'],
      [{ event: 'to ada@example.com' }, 'UNRECOGNISED'],
      [{ event: '*' }, 'UNRECOGNISED'],
      [{ event: 'toString' }, 'toString'],
    ] as const) {
      assert.equal(read(more).feedback.deliveryEvent?.code, code, JSON.stringify(more));
    }
  });

  it('suppresses no one for a value that is not documented', () => {
    for (const more of [
      { event: 'bounce', type: 'bounce', bounce_classification: 'Invented' },
      { event: 'bounce', type: 'invented' },
      { event: 'dropped', reason: 'Invented' },
      { event: 'invented' },
    ]) {
      const { feedback, isUndocumented } = read(more);
      assert.equal(isUndocumented, true, JSON.stringify(more));
      assert.ok(!['BOUNCED', 'COMPLAINED'].includes(feedback.deliveryEvent?.kind ?? ''), JSON.stringify(more));
    }
  });

  it('is poison without our arguments, a time or an address, and its error quotes nothing', () => {
    for (const more of [
      { counterfoil_tenant: undefined },
      { counterfoil_attempt: 'ada@example.com' },
      { timestamp: 'yesterday' },
      { timestamp: -1 },
      { email: 7 },
    ]) {
      assert.throws(
        () => read({ event: 'delivered', ...more }),
        (error: Error) => error.name === 'PoisonMessage' && !error.message.includes('ada@'),
        JSON.stringify(more),
      );
    }
  });
});
