import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseTextEvent } from '#shared/adapters/aws/providers/end-user-messaging/event.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';

/** AWS's documented example, with a context as ours is. */
const event = (more: object = {}) => ({
  eventType: 'TEXT_SUCCESSFUL',
  eventVersion: '1.0',
  eventTimestamp: 1_686_975_103_470,
  isFinal: true,
  originationPhoneNumber: '+12065550152',
  destinationPhoneNumber: '+14255550156',
  isoCountryCode: 'US',
  mcc: '310',
  mnc: '800',
  messageId: '862a8790-60c0-4430-9b2b-658bdexample',
  messageRequestTimestamp: 1_686_975_103_170,
  messageEncoding: 'GSM',
  messageType: 'PROMOTIONAL',
  messageStatus: 'SUCCESSFUL',
  messageStatusDescription: 'Message has been accepted by phone carrier',
  context: { tenant: 'acme', notification: 'order_o1_1-1', attempt: 'n1' },
  totalMessageParts: 1,
  totalMessagePrice: 0.09582,
  totalCarrierFee: 0,
  ...more,
});
const parse = (more: object = {}) => parseTextEvent(JSON.stringify(event(more)));
const acceptance = {
  providerMessageId: '862a8790-60c0-4430-9b2b-658bdexample',
  acceptedAt: '2023-06-17T04:11:43.170Z',
  tenant: 'acme',
  notificationId: 'order_o1_1-1',
  attemptNonce: 'n1',
};

describe('an event of End User Messaging', () => {
  it('that is not the last, or of a type without a result, proves acceptance alone', () => {
    for (const more of [
      { isFinal: false },
      { eventType: 'TEXT_UNREACHABLE', isFinal: false },
      { eventType: 'TEXT_PENDING', isFinal: false },
      { eventType: 'TEXT_QUEUED', isFinal: undefined },
    ]) {
      const read = parse(more);
      assert.deepEqual(read.kind === 'feedback' && read.feedback, { channel: 'sms', acceptance });
    }
  });

  it('about a call or a picture is nothing to us', () => {
    assert.deepEqual(parse({ eventType: 'VOICE_ANSWERED' }), { kind: 'other' });
  });

  it('of a message that is not ours, or of another shape, is refused without quoting it', () => {
    const bodies = [
      'to +14255550156',
      '{}',
      ...[
        { context: undefined },
        { context: { tenant: 'acme', notification: '+14255550156', attempt: 'n1' } },
        { messageId: '+14255550156' },
        { eventTimestamp: '+14255550156' },
        { eventTimestamp: Number.MAX_VALUE },
        { eventTimestamp: Date.UTC(10_000, 0, 1) },
        { destinationPhoneNumber: 14_255_550_156 },
      ].map((more) => JSON.stringify(event(more))),
    ];
    for (const body of bodies) {
      assert.throws(
        () => parseTextEvent(body),
        (error: PoisonMessage) => {
          assert.ok(error instanceof PoisonMessage, body);
          assert.doesNotMatch(`${error.message} ${error.cause}`, /4255550156|14_255/);
          return true;
        },
      );
    }
  });
});
