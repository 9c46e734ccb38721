import { customerStore } from '#shared/adapters/aws/dynamodb/customers.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { notifying } from '#shared/adapters/aws/runtime/command-ports.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { executorSettings } from '#shared/adapters/aws/runtime/executor-settings.ts';
import { subscriberHandler } from '#shared/adapters/aws/runtime/subscriber-handler.ts';
import { approvalOf } from '#shared/approval/process.ts';
import { fallbackOf } from '#shared/fallback/process.ts';
import { greetingOf } from '#shared/greeting/process.ts';
import { type ContactChannel, ENV, FUNCTION, PROCESS } from '#shared/names.ts';
import { NOTIFICATION } from '#shared/notification/notification.ts';
import { executeMessage, handleByEach } from '#shared/once/execute-message.ts';
import { ORDER } from '#shared/order/order.ts';
import { reminderOf } from '#shared/reminder/process.ts';

const { reminderAfterSeconds, reportingChannels } = readEnvironment({
  reportingChannels: [ENV.reportingChannels, 'text'],
  reminderAfterSeconds: [ENV.reminderAfterSeconds, 'optional number'],
});

const CHANNELS: readonly ContactChannel[] = ['email', 'sms'];

/** The process managers. Each message is a command to every process that waits for it, executed once by each. */
export const handler = subscriberHandler(FUNCTION.runProcess, ({ table, ...system }) => {
  const ports = {
    ...system,
    ...notifying(table),
    store: onceStore(table),
    settings: executorSettings(4000),
    customers: customerStore(table),
    orders: stateStore(table, ORDER),
    notificationStates: stateStore(table, NOTIFICATION),
    reporting: CHANNELS.filter((channel) => reportingChannels.split(' ').includes(channel)),
  };
  const greeting = greetingOf(ports);
  const approval = approvalOf(ports);
  const fallback = fallbackOf(ports);
  const reminder = reminderOf(
    reminderAfterSeconds === undefined ? {} : { reminderAfterMs: reminderAfterSeconds * 1000 },
  );
  // Processes about one order share its partition, so each process has command ids of its own.
  const processes = [
    (body: string) => executeMessage(body, greeting, { ...ports, subscriber: PROCESS.greeting }),
    (body: string) => executeMessage(body, approval, { ...ports, subscriber: PROCESS.approval }),
    (body: string) => executeMessage(body, reminder, { ...ports, subscriber: PROCESS.reminder }),
    (body: string) => executeMessage(body, fallback, { ...ports, subscriber: PROCESS.fallback }),
  ];
  return (body) => handleByEach(body, processes);
});
