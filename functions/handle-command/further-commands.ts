import { type AttachmentPorts, attachmentRoutes } from './attachments.ts';
import type { CommandSettings } from './command.ts';
import { erasureRoutes } from './erasures.ts';
import { type NotificationPorts, notificationRoutes } from './notifications.ts';
import { type SuppressionPorts, suppressionRoutes } from './suppressions.ts';

type FurtherPorts = NotificationPorts & SuppressionPorts & AttachmentPorts;

/** The commands that are not about an order. */
export const furtherCommands = (ports: FurtherPorts, settings: CommandSettings) => ({
  ...notificationRoutes(ports, settings),
  ...suppressionRoutes(ports, settings),
  ...erasureRoutes(ports, settings),
  ...attachmentRoutes(ports, settings),
});

/** Their route keys. */
export type FurtherCommand = keyof ReturnType<typeof furtherCommands>;
