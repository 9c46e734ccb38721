import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { notifying } from '#shared/adapters/aws/runtime/command-ports.ts';
import { executorSettings } from '#shared/adapters/aws/runtime/executor-settings.ts';
import { subscriberHandler } from '#shared/adapters/aws/runtime/subscriber-handler.ts';
import { FUNCTION } from '#shared/names.ts';
import { executeMessage } from '#shared/once/execute-message.ts';
import { WEBHOOK_PURPOSES } from '#shared/order/webhook-purposes.ts';
import { webhooksOf } from '#shared/webhook/process.ts';
import { recentEndpoints } from '#shared/webhook/recent-endpoints.ts';
import { WEBHOOK_SETTINGS } from '#shared/webhook/settings.ts';

/** Passes each message on to the endpoints that subscribe to it: one notification for each endpoint, once. */
export const handler = subscriberHandler(FUNCTION.requestWebhooks, ({ table, ...system }) => {
  const ports = {
    ...system,
    ...notifying(table),
    store: onceStore(table),
    settings: executorSettings(4000),
    subscriptionsOf: recentEndpoints(stateStore(table, WEBHOOK_SETTINGS), system.clock),
    purposes: WEBHOOK_PURPOSES,
    subscriber: FUNCTION.requestWebhooks,
  };
  const commandOf = webhooksOf(ports);
  return (body) => executeMessage(body, commandOf, ports);
});
