import { approvalOf } from '#shared/approval/process.ts';
import { CUSTOMER } from '#shared/customer/customer.ts';
import { FALLBACK_DUE } from '#shared/fallback/due.ts';
import { FALLBACK } from '#shared/fallback/fallback.ts';
import { fallbackOf } from '#shared/fallback/process.ts';
import { fallbackWaker } from '#shared/fallback/wake.ts';
import { greetingOf } from '#shared/greeting/process.ts';
import {
  type ContactChannel,
  CUSTOMER_REGISTERED,
  NOTIFICATION_MESSAGE,
  ORDER_APPROVED,
  ORDER_CANCELLED,
  ORDER_CONFIRMED,
  ORDER_PLACED,
  PROCESS,
} from '#shared/names.ts';
import { NOTIFICATION } from '#shared/notification/notification.ts';
import { SETTINGS_VERSION, settingsVersionKey } from '#shared/notification/settings/settings.ts';
import type { CurrentSettings } from '#shared/notification/settings/settings-reader.ts';
import { executeMessage, handleByEach } from '#shared/once/execute-message.ts';
import { type WakeLoop, wakeLoop } from '#shared/once/wake.ts';
import { ORDER } from '#shared/order/order.ts';
import { REMINDER_DUE } from '#shared/reminder/due.ts';
import { reminderOf } from '#shared/reminder/process.ts';
import { REMINDER } from '#shared/reminder/reminder.ts';
import { reminderWaker } from '#shared/reminder/wake.ts';
import type { MemoryStore } from '#test/support/memory/memory-store.ts';
import type { FunctionPorts } from '#test/support/world/functions.ts';
import { SECRET } from './recipients.ts';
import { PROCESS_TIMES, TIMES } from './settings.ts';

/** The greeting of a customer, and the processes of an order: its approval, its reminder and the fallbacks of its notifications. */

const { sent, failed, delivered, bounced, complained, rejected, suppressed } = NOTIFICATION_MESSAGE;
/** Types of the messages that `run-process` gets. */
export const PROCESSED: readonly string[] = [
  ...[CUSTOMER_REGISTERED, ORDER_PLACED, ORDER_CONFIRMED, ORDER_APPROVED, ORDER_CANCELLED],
  ...[sent, failed, delivered, bounced, complained, rejected, suppressed],
];

const { afterMinutes } = PROCESS_TIMES;
const FALLBACKS = { email: { afterMinutes }, sms: { afterMinutes } };
const SETTINGS: CurrentSettings = { version: 1, changedAt: '2026-01-01T00:00:00.000Z', fallback: FALLBACKS };

/** Stores the settings of both tenants. Commands of clients do not use them: they only set fallbacks. */
export function storeSettings(store: MemoryStore, tenants: readonly string[]): Promise<unknown> {
  const state = { fallback: FALLBACKS };
  const stored = { schemaVersion: SETTINGS_VERSION.written, version: 1, state };
  const versions = store.statesOf(SETTINGS_VERSION);
  return Promise.all(tenants.map((tenant) => versions.replace(settingsVersionKey(tenant, 1), 0, stored)));
}

/** What the processes work with. @param reporting channels whose provider reports deliveries. */
const processPorts = (ports: FunctionPorts, reporting: readonly ContactChannel[]) => ({
  ...ports,
  secret: async () => SECRET,
  notifications: { firstClaimMs: TIMES.firstClaimMs },
  settingsOf: async () => SETTINGS,
  orders: ports.store.statesOf(ORDER),
  customers: ports.store.statesOf(CUSTOMER),
  notificationStates: ports.store.statesOf(NOTIFICATION),
  due: ports.store,
  reporting,
});

/** `run-process`, as its handler puts it together. */
export function processHandler(
  functionPorts: FunctionPorts,
  reporting: readonly ContactChannel[],
): (body: string) => Promise<void> {
  const ports = processPorts(functionPorts, reporting);
  const [greeting, approval, fallback] = [greetingOf(ports), approvalOf(ports), fallbackOf(ports)];
  const reminder = reminderOf({ reminderAfterMs: PROCESS_TIMES.reminderAfterMs });
  const processes = [
    (body: string) => executeMessage(body, greeting, { ...ports, subscriber: PROCESS.greeting }),
    (body: string) => executeMessage(body, approval, { ...ports, subscriber: PROCESS.approval }),
    (body: string) => executeMessage(body, reminder, { ...ports, subscriber: PROCESS.reminder }),
    (body: string) => executeMessage(body, fallback, { ...ports, subscriber: PROCESS.fallback }),
  ];
  return (body) => handleByEach(body, processes);
}

/** What `wake-due` does for processes that are due. */
export function processLoops(functionPorts: FunctionPorts): WakeLoop[] {
  const { store } = functionPorts;
  const ports = processPorts(functionPorts, []);
  return [
    wakeLoop(REMINDER_DUE, reminderWaker({ ...ports, reminders: store.statesOf(REMINDER) })),
    wakeLoop(FALLBACK_DUE, fallbackWaker({ ...ports, fallbacks: store.statesOf(FALLBACK) })),
  ];
}
