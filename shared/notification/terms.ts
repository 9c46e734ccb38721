import { type CommandPorts, secretOf } from '#shared/http/command.ts';
import type { NotificationTerms } from '#shared/notification/request.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';

/** The ports of HTTP commands that request notifications. */
export type NotifyingPorts = CommandPorts & {
  /** The terms of such commands, except `recipientKey`. */
  notifications: Omit<NotificationTerms, 'recipientKey'>;
};

/** The terms that a command passes to its decider if it requests notifications. */
export async function notificationTerms(ports: NotifyingPorts): Promise<NotificationTerms> {
  return { ...ports.notifications, recipientKey: recipientKey(await secretOf(ports)) };
}
