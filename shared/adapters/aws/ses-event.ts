import type { Acceptance } from '#shared/delivery/feedback.ts';
import { parseBody, parseWith } from '#shared/messaging/parse.ts';
import { object, type Reader, someText, text, textThat } from '#shared/messaging/read.ts';
import { MESSAGE_TAG } from './message-tag.ts';

/** What SES told us. `other`: events that nothing is recorded for yet. */
export type SesEvent =
  | { kind: 'send'; acceptance: Acceptance }
  | { kind: 'other'; eventType: string }
  /** The plain-text greeting that SES publishes when the event destination is created. */
  | { kind: 'greeting' };

/** SES allows a tag several values; ours have one. */
const tag: Reader<string> = (value, path, faults) =>
  text(Array.isArray(value) && value.length === 1 ? value[0] : undefined, path, faults);
const UTC_MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const moment = textThat('moment in UTC', (value) => UTC_MOMENT.test(value) && !Number.isNaN(Date.parse(value)));
const anEvent = object({ eventType: text });
const aSend = object({
  mail: object({
    messageId: someText,
    timestamp: moment,
    tags: object({ [MESSAGE_TAG.tenant]: tag, [MESSAGE_TAG.notification]: tag, [MESSAGE_TAG.attempt]: tag }),
  }),
});

const GREETING = /^Successfully validated SNS topic for Amazon SES event publishing/;

/**
 * Reads an event of SES event publishing, with raw delivery.
 * @throws PoisonMessage naming the fault; it never quotes the event, which holds addresses.
 */
export function parseSesEvent(body: string): SesEvent {
  if (GREETING.test(body)) return { kind: 'greeting' };
  const event = parseBody(body);
  const { eventType } = parseWith(anEvent, event, 'The message is no SES event');
  if (eventType !== 'Send') return { kind: 'other', eventType };
  const { mail } = parseWith(aSend, event, 'The Send event lacks what our own messages carry');
  const { tenant, notification: notificationId, attempt: attemptNonce } = mail.tags;
  return {
    kind: 'send',
    acceptance: { providerMessageId: mail.messageId, acceptedAt: mail.timestamp, tenant, notificationId, attemptNonce },
  };
}
