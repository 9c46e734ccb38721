import type { Subject } from '#shared/messaging/identity.ts';
import { messageIdOf } from '#shared/once/command-id.ts';
import { envelopeId } from '#shared/once/envelopes.ts';
import type { NotificationHeader } from './notification.ts';

/**
 * The id of the event that led to a notification. A direct notification has no event, so its cause is the command that
 * requested it. The cause of what a process manager requests is the message that it handled. The id is derived from the
 * command's id, so that the row does not store it. undefined: an earlier release wrote the row.
 */
export function causationIdOf(
  subject: Subject,
  { requestedBy, causePosition }: Pick<NotificationHeader, 'requestedBy' | 'causePosition'>,
): string | undefined {
  if (requestedBy === undefined || causePosition === undefined) return undefined;
  if (causePosition > 0) return envelopeId(subject, requestedBy, causePosition);
  return messageIdOf(requestedBy) ?? requestedBy;
}
