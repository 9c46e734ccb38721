import { customerStore } from '#shared/adapters/aws/dynamodb/customers.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { notifying } from '#shared/adapters/aws/runtime/command-ports.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { executorSettings } from '#shared/adapters/aws/runtime/executor-settings.ts';
import { subscriberHandler } from '#shared/adapters/aws/runtime/subscriber-handler.ts';
import { approvalOf } from '#shared/approval/process.ts';
import { greetingOf } from '#shared/greeting/process.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { executeMessage, handleByEach } from '#shared/once/execute-message.ts';
import { ORDER } from '#shared/order/order.ts';
import { reminderOf } from '#shared/reminder/process.ts';

const { reminderAfterSeconds } = readEnvironment({
  reminderAfterSeconds: [ENV.reminderAfterSeconds, 'optional number'],
});

/** The process managers. Each message is a command to every process that waits for it, executed once by each. */
export const handler = subscriberHandler(FUNCTION.runProcess, ({ table, ...system }) => {
  const ports = {
    ...system,
    ...notifying(table),
    store: onceStore(table),
    settings: executorSettings(4000),
    customers: customerStore(table),
    orders: stateStore(table, ORDER),
  };
  const greeting = greetingOf(ports);
  const approval = approvalOf(ports);
  const reminder = reminderOf(
    reminderAfterSeconds === undefined ? {} : { reminderAfterMs: reminderAfterSeconds * 1000 },
  );
  // Processes about one order share its partition, so each process has command ids of its own.
  const processes = [
    (body: string) => executeMessage(body, greeting, { ...ports, subscriber: FUNCTION.runProcess }),
    (body: string) => executeMessage(body, approval, { ...ports, subscriber: 'approval' }),
    (body: string) => executeMessage(body, reminder, { ...ports, subscriber: 'reminder' }),
  ];
  return (body) => handleByEach(body, processes);
});
