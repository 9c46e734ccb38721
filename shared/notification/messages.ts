import type { Envelope } from '#shared/messaging/envelope.ts';
import { COUNTER, type CounterName, MESSAGE_ATTRIBUTE, NOTIFICATION_MESSAGE } from '#shared/names.ts';

/** Messages about notifications that are counted when they are published, because an operator has to look at them. */
export const COUNTED_MESSAGES: readonly (readonly [type: string, name: CounterName])[] = [
  [NOTIFICATION_MESSAGE.doubled, COUNTER.notificationDoubled],
  [NOTIFICATION_MESSAGE.failed, COUNTER.notificationFailed],
];

/**
 * The attributes that subscribers filter on, for a message that an earlier release wrote: such a message has them in
 * its data only. This is needed as long as an outbox row of that release may be unpublished.
 */
export function earlierAttributes({ data }: Envelope): Record<string, string> {
  const { channel, attachments, attachmentId } = (data ?? {}) as Record<string, unknown>;
  return {
    ...(typeof channel === 'string' && { [MESSAGE_ATTRIBUTE.channel]: channel }),
    ...(Boolean(attachments || attachmentId) && { [MESSAGE_ATTRIBUTE.attachments]: 'true' }),
  };
}
