import type { Inbox } from '#console/base/inbox.ts';

/**
 * How often the outside world received a message. E-mails name their message in a tag. Text messages through SNS name
 * nothing, but contain the order.
 */
export function receivedCount(
  { emails, sms }: Inbox,
  { notificationId, channel }: { notificationId: string; channel: string },
  orderId: string,
): number {
  if (channel === 'sms')
    return sms.filter(({ body, context }) => context?.notification === notificationId || body.includes(orderId)).length;
  return emails.filter(({ tags }) => Object.values(tags).includes(notificationId)).length;
}
