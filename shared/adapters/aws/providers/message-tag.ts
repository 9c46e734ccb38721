import type { OutgoingMessage } from '#shared/delivery/provider.ts';

/** Tags of a message beside its content. The provider repeats them on every event about the message. */
export const MESSAGE_TAG = { tenant: 'tenant', notification: 'notification', attempt: 'attempt' } as const;

/** The tags of one attempt, by name. They contain only ids, because providers log them and put them into events. */
export const tagsOf = ({ tenant, notificationId, attemptNonce }: OutgoingMessage): Record<string, string> => ({
  [MESSAGE_TAG.tenant]: tenant,
  [MESSAGE_TAG.notification]: notificationId,
  [MESSAGE_TAG.attempt]: attemptNonce,
});
