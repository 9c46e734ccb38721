import { onFirstUse } from '#shared/adapters/aws/first-use.ts';
import type { HttpEvent, HttpFunction } from '#shared/http/event.ts';
import { httpFunction, type Routes } from '#shared/http/http-function.ts';
import type { AttachmentPorts } from './attachments.ts';
import type { CommandSettings } from './command.ts';
import type { NotificationPorts } from './notifications.ts';
import { orderRoutes } from './orders.ts';
import type { SuppressionPorts } from './suppressions.ts';

export type CommandApiPorts = NotificationPorts & SuppressionPorts & AttachmentPorts;

/** Every command of the HTTP API: validated, then handed to the one executor. */
export function commandApi(ports: CommandApiPorts, settings: CommandSettings): HttpFunction {
  return httpFunction({
    routes: {
      ...orderRoutes(ports, settings),
      ...onFirstRequest(['POST /notifications', 'POST /notifications/{notificationId}/resolve'], async () => {
        const { notificationRoutes } = await import('./notifications.ts');
        return notificationRoutes(ports, settings);
      }),
      ...onFirstRequest(['POST /suppressions', 'DELETE /suppressions'], async () => {
        const { suppressionRoutes } = await import('./suppressions.ts');
        return suppressionRoutes(ports, settings);
      }),
      ...onFirstRequest(['DELETE /customers/{customerId}/personal-data', 'DELETE /personal-data'], async () => {
        const { erasureRoutes } = await import('./erasures.ts');
        return erasureRoutes(ports, settings);
      }),
      ...onFirstRequest(['POST /attachments'], async () => {
        const { attachmentRoutes } = await import('./attachments.ts');
        return attachmentRoutes(ports, settings);
      }),
    },
    random: ports.random,
    log: ports.log,
  });
}

/** Routes that a cold start loads only if its first request is for one of them: orders are what most requests are. */
function onFirstRequest<Key extends string>(keys: Key[], load: () => Promise<Routes<Key>>): Routes<Key> {
  const routes = onFirstUse(load);
  const handle = (key: Key) => async (event: HttpEvent) => (await routes())[key](event);
  return Object.fromEntries(keys.map((key) => [key, handle(key)])) as Routes<Key>;
}
