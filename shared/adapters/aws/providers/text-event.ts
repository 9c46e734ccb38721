import type { Feedback } from '#shared/feedback/recipient-feedback.ts';
import { parseBody, parseWith } from '#shared/messaging/parse.ts';
import { boolean, number, object, optional, type Reader, someText, textThat } from '#shared/messaging/read.ts';
import { EARLIEST_MS, LATEST_MS } from '#shared/messaging/timestamp.ts';
import { MESSAGE_TAG } from './message-tag.ts';
import { codeFrom, textMeaning } from './provider-events.ts';

/** An event of End User Messaging. `other`: it is not about a text message. */
export type TextEvent =
  | {
      kind: 'feedback';
      eventType: string;
      feedback: Feedback;
      /** The table of provider events has no row for its type. */
      isUndocumented?: true;
    }
  | { kind: 'other' };

/** Ids are logged and stored, so the format is checked: a value in another format may be a phone number. */
const id = textThat('id', (value) => /^[A-Za-z0-9_-]{1,256}$/.test(value));
/** Epoch milliseconds in the years 1 to 9999. Other years would be sorted incorrectly in keys. */
const moment: Reader<number> = (value, path, faults) => {
  const time = number(value, path, faults);
  if (typeof time === 'number' && !(time >= EARLIEST_MS && time <= LATEST_MS)) faults.push(`${path} is no timestamp`);
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
 * Reads an event of a configuration set's SNS destination, with raw delivery. Each event proves that the message was
 * accepted. The table of provider events decides whether it also reports an outcome.
 * @throws PoisonMessage naming the fault; it never quotes the event, which holds a number.
 */
export function parseTextEvent(body: string): TextEvent {
  const event = parseBody(body);
  const { eventType } = parseWith(anEvent, event, 'The message is not an event of End User Messaging');
  if (!eventType.startsWith('TEXT_')) return { kind: 'other' };
  const { messageId, context, ...read } = parseWith(aTextEvent, event, 'The event lacks the fields of our messages');
  const status = eventType.slice('TEXT_'.length);
  const meaning = textMeaning(eventType, read.isFinal === true);
  const { isDocumented, row } = meaning;
  const code = row.outcome === 'DELIVERED' ? undefined : codeFrom(status, meaning);
  return {
    kind: 'feedback',
    eventType: isDocumented ? eventType : 'TEXT',
    feedback: {
      channel: 'sms',
      acceptance: {
        providerMessageId: messageId,
        acceptedAt: new Date(read.messageRequestTimestamp).toISOString(),
        tenant: context.tenant,
        notificationId: context.notification,
        attemptNonce: context.attempt,
      },
      ...(row.outcome && {
        deliveryEvent: {
          kind: row.outcome,
          at: new Date(read.eventTimestamp).toISOString(),
          ...(code !== undefined && { code }),
          affected: { addresses: [read.destinationPhoneNumber] },
        },
      }),
    },
    ...(!isDocumented && { isUndocumented: true }),
  };
}
