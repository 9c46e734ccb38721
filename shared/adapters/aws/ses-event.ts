import * as z from 'zod/mini';
import type { Acceptance } from '#shared/delivery/feedback.ts';
import { parseBody, parseWith } from '#shared/messaging/parse.ts';
import { MESSAGE_TAG } from './message-tag.ts';

/** What SES told us. `other`: events that nothing is recorded for yet. */
export type SesEvent =
  | { kind: 'send'; acceptance: Acceptance }
  | { kind: 'other'; eventType: string }
  /** The plain-text greeting that SES publishes when the event destination is created. */
  | { kind: 'greeting' };

const tag = z.array(z.string()).check(z.minLength(1), z.maxLength(1));
const eventSchema = z.object({ eventType: z.string() });
const sendSchema = z.object({
  mail: z.object({
    messageId: z.string().check(z.minLength(1)),
    timestamp: z.iso.datetime(),
    tags: z.object({ [MESSAGE_TAG.tenant]: tag, [MESSAGE_TAG.notification]: tag, [MESSAGE_TAG.attempt]: tag }),
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
  const { eventType } = parseWith(eventSchema, event, 'The message is no SES event');
  if (eventType !== 'Send') return { kind: 'other', eventType };
  const { mail } = parseWith(sendSchema, event, 'The Send event lacks what our own messages carry');
  const [tenant, notificationId, attemptNonce] = [
    MESSAGE_TAG.tenant,
    MESSAGE_TAG.notification,
    MESSAGE_TAG.attempt,
  ].map((name) => mail.tags[name as 'tenant'][0] ?? '') as [string, string, string];
  return {
    kind: 'send',
    acceptance: { providerMessageId: mail.messageId, acceptedAt: mail.timestamp, tenant, notificationId, attemptNonce },
  };
}
