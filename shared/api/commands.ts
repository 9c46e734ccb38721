import { type AttachmentPorts, attachmentRoutes } from '#shared/attachment/commands.ts';
import { type NotificationPorts, notificationRoutes } from '#shared/direct-notification/commands.ts';
import { erasureRoutes } from '#shared/erasure/commands.ts';
import type { CommandSettings } from '#shared/http/command.ts';
import type { HttpFunction } from '#shared/http/event.ts';
import { httpFunction } from '#shared/http/http-function.ts';
import { orderRoutes } from '#shared/order/commands.ts';
import { type SuppressionPorts, suppressionRoutes } from '#shared/suppression/commands.ts';

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
