import { customerStore } from '#shared/adapters/aws/dynamodb/customers.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { notifying } from '#shared/adapters/aws/runtime/command-ports.ts';
import { executorSettings } from '#shared/adapters/aws/runtime/executor-settings.ts';
import { subscriberHandler } from '#shared/adapters/aws/runtime/subscriber-handler.ts';
import { greetingOf } from '#shared/greeting/process.ts';
import { FUNCTION } from '#shared/names.ts';
import { executeMessage } from '#shared/once/execute-message.ts';

/** The process managers. Each message is a command to the process that waits for it, executed once. */
export const handler = subscriberHandler(FUNCTION.runProcess, ({ table, ...system }) => {
  const ports = {
    ...system,
    ...notifying(table),
    store: onceStore(table),
    settings: executorSettings(4000),
    customers: customerStore(table),
    subscriber: FUNCTION.runProcess,
  };
  const commandOf = greetingOf(ports);
  return (body) => executeMessage(body, commandOf, ports);
});
