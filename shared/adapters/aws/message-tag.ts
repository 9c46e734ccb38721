import type { OutgoingMessage } from '#shared/delivery/provider.ts';

/** What a message carries beside its content; its provider repeats them on every event about it. */
export const MESSAGE_TAG = { tenant: 'tenant', notification: 'notification', attempt: 'attempt' } as const;

/** The tags of one attempt, by name. Ids only: providers log them, and tell them to whoever reads their events. */
export const tagsOf = ({ tenant, notificationId, attemptNonce }: OutgoingMessage): Record<string, string> => ({
  [MESSAGE_TAG.tenant]: tenant,
  [MESSAGE_TAG.notification]: notificationId,
  [MESSAGE_TAG.attempt]: attemptNonce,
});
