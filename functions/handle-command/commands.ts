import type { HttpFunction } from '#shared/http/event.ts';
import { httpFunction } from '#shared/http/http-function.ts';
import { type AttachmentPorts, attachmentRoutes } from './attachments.ts';
import type { CommandSettings } from './command.ts';
import { erasureRoutes } from './erasures.ts';
import { type NotificationPorts, notificationRoutes } from './notifications.ts';
import { orderRoutes } from './orders.ts';
import { type SuppressionPorts, suppressionRoutes } from './suppressions.ts';

export type CommandApiPorts = NotificationPorts & SuppressionPorts & AttachmentPorts;

/** Every command of the HTTP API. Each is validated and then passed to the executor. */
export function commandApi(ports: CommandApiPorts, settings: CommandSettings): HttpFunction {
  return httpFunction({
    routes: {
      ...orderRoutes(ports, settings),
      ...notificationRoutes(ports, settings),
      ...suppressionRoutes(ports, settings),
      ...erasureRoutes(ports, settings),
      ...attachmentRoutes(ports, settings),
    },
    random: ports.random,
    log: ports.log,
  });
}
