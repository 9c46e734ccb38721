import { type CommandPorts, secretOf } from '#shared/http/command.ts';
import type { NotificationTerms } from '#shared/notification/request.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import type { SettingsOf } from './settings/settings-reader.ts';

/** The ports of HTTP commands that request notifications. */
export type NotifyingPorts = CommandPorts & {
  /** The terms of such commands, except those of the tenant and `recipientKey`. */
  notifications: Omit<NotificationTerms, 'recipientKey' | 'settings'>;
  settingsOf: SettingsOf;
};

/** The terms that a command of this tenant passes to its decider if it requests notifications. */
export async function notificationTerms(
  { notifications, settingsOf, ...ports }: NotifyingPorts,
  tenant: string,
): Promise<NotificationTerms> {
  const settings = await settingsOf(tenant);
  return {
    ...notifications,
    recipientKey: recipientKey(await secretOf(ports)),
    ...(settings && { settings }),
  };
}
