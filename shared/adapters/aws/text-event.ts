import type { Feedback } from '#shared/delivery/recipient-feedback.ts';
import type { RecipientEventKind } from '#shared/domain/notification/outcomes.ts';
import { parseBody, parseWith } from '#shared/messaging/parse.ts';
import { boolean, number, object, optional, type Reader, someText, textThat } from '#shared/messaging/read.ts';
import { MESSAGE_TAG } from './message-tag.ts';

/** What End User Messaging told us. `other`: not about a text message. */
export type TextEvent = { kind: 'feedback'; eventType: string; feedback: Feedback } | { kind: 'other' };

/** Ids are logged and kept: what is none may be a number. */
const id = textThat('id', (value) => /^[A-Za-z0-9_-]{1,256}$/.test(value));
/** Epoch milliseconds that can be written as a date. */
const moment: Reader<number> = (value, path, faults) => {
  const time = number(value, path, faults);
  if (typeof time === 'number' && !(Math.abs(time) <= 8.64e15)) faults.push(`${path} is no moment`);
  return time;
};
const anEvent = object({ eventType: someText });
const aTextEvent = object({
  messageId: id,
  eventTimestamp: moment,
  messageRequestTimestamp: moment,
  isFinal: optional(boolean),
  destinationPhoneNumber: someText,
  context: object({ [MESSAGE_TAG.tenant]: id, [MESSAGE_TAG.notification]: id, [MESSAGE_TAG.attempt]: id }),
});

/**
 * What became of the message, by the end of its event's type. Whatever else the service tells of a message is
 * that it is on its way. Whether a carrier's word or the phone's own is the last depends on the country.
 * https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html
 */
const OUTCOMES: Record<string, RecipientEventKind> = {
  DELIVERED: 'DELIVERED',
  SUCCESSFUL: 'DELIVERED',
  // There is no such number; any other message to it fails as well.
  INVALID: 'BOUNCED',
  INVALID_MESSAGE: 'UNDELIVERED',
  UNREACHABLE: 'UNDELIVERED',
  CARRIER_UNREACHABLE: 'UNDELIVERED',
  BLOCKED: 'UNDELIVERED',
  CARRIER_BLOCKED: 'UNDELIVERED',
  PROTECT_BLOCKED: 'UNDELIVERED',
  SPAM: 'UNDELIVERED',
  TTL_EXPIRED: 'UNDELIVERED',
  UNKNOWN: 'UNCONFIRMED',
};

/**
 * Reads an event of a configuration set's SNS destination, with raw delivery. Each is evidence that the message
 * was accepted; only a final one says what became of it.
 * @throws PoisonMessage naming the fault; it never quotes the event, which holds a number.
 */
export function parseTextEvent(body: string): TextEvent {
  const event = parseBody(body);
  const { eventType } = parseWith(anEvent, event, 'The message is no event of End User Messaging');
  if (!eventType.startsWith('TEXT_')) return { kind: 'other' };
  const { messageId, context, ...read } = parseWith(aTextEvent, event, 'The event lacks what our own messages carry');
  const status = eventType.slice('TEXT_'.length);
  const kind = Object.hasOwn(OUTCOMES, status) ? OUTCOMES[status] : undefined;
  const isLast = read.isFinal === true || status === 'DELIVERED';
  return {
    kind: 'feedback',
    eventType: kind ? eventType : 'TEXT',
    feedback: {
      channel: 'sms',
      acceptance: {
        providerMessageId: messageId,
        acceptedAt: new Date(read.messageRequestTimestamp).toISOString(),
        tenant: context.tenant,
        notificationId: context.notification,
        attemptNonce: context.attempt,
      },
      ...(kind &&
        isLast && {
          told: {
            kind,
            at: new Date(read.eventTimestamp).toISOString(),
            ...(kind !== 'DELIVERED' && { code: status }),
            whom: { addresses: [read.destinationPhoneNumber] },
          },
        }),
    },
  };
}
