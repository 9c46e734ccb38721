import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import type { Log } from '#shared/messaging/system.ts';
import { channelsOn } from '#shared/notification/request.ts';
import { type NotifyingPorts, notificationTerms } from '#shared/notification/terms.ts';
import type { DueState } from '#shared/once/due.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { addLogFields, withLogFields } from '#shared/once/log-context.ts';
import type { DueStore, StateStore } from '#shared/once/ports.ts';
import { executeTransition } from '#shared/once/transition.ts';
import type { Waker } from '#shared/once/wake.ts';
import type { Order } from '#shared/order/order.ts';
import { type OrderReaderPorts, unchangedOrder } from '#shared/order/unchanged-order.ts';
import { reminderDecider } from './decider.ts';
import { REMINDER_MESSAGE } from './messages.ts';
import type { Reminder, ReminderCommand, ReminderKey } from './reminder.ts';

export type WakeReminderPorts = ExecutorPorts &
  NotifyingPorts &
  OrderReaderPorts & {
    reminders: Pick<StateStore<Reminder>, 'read'>;
    due: Pick<DueStore, 'postponeDue'>;
    log: Log;
  };

/** Id under which the transition at the due time is recorded. */
const SUBSCRIBER = 'reminder-due';

/** Delay before a row that could not be processed is read again. */
const RETRY_MS = 60_000;

/** Processes reminders that are due: it requests the e-mail if the order is still placed. */
export function reminderWaker(ports: WakeReminderPorts): Waker<DueState<ReminderKey>> {
  const wakeOne = ({ key }: DueState<ReminderKey>): Promise<void> =>
    withLogFields({ orderId: key.id }, () => wake(key, ports).catch((error) => postpone(key, error, ports)));
  return async (rows) => void (await Promise.all(rows.map(wakeOne)));
}

async function wake(key: ReminderKey, ports: WakeReminderPorts): Promise<void> {
  const stored = await ports.reminders.read(key);
  // The index may be stale: only the row counts.
  if (stored?.state.status !== 'scheduled' || stored.state.dueAt > ports.clock.now()) return;
  const { causationId, correlationId, dueAt } = stored.state;
  addLogFields({ correlationId });
  const order = unchangedOrder(key, new Date(dueAt).toISOString(), ports);
  const terms = await notificationTerms(ports, key.tenant);
  const { channels } = REMINDER_MESSAGE.CustomerReminded;
  const isOn = channelsOn('CustomerReminded', channels, terms).length > 0;
  await executeTransition(
    {
      decider: reminderDecider,
      key,
      assume: stored,
      terms,
      readCommand: async (): Promise<ReminderCommand> => {
        const found = await orUndefined(order.read());
        return { type: 'SendReminder', data: { isOn, ...(found && { order: found }) } };
      },
      related: order.related,
    },
    // A reminder has one cause and is due once, so the cause identifies the transition.
    { subscriber: SUBSCRIBER, transitionId: causationId, metadata: { correlationId, causationId } },
    ports,
  );
}

/** The order; undefined if it certainly does not exist, as after a restore. */
async function orUndefined(reading: Promise<Order>): Promise<Order | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof PoisonMessage)) throw error;
    return undefined;
  }
}

/** A row that fails does not affect the others: it is postponed, so that it does not come before fresh rows. */
async function postpone(key: ReminderKey, error: unknown, { due, clock, log }: WakeReminderPorts): Promise<void> {
  if (error instanceof NewerVersion) log.warn('Reminder of a newer version left to a newer release');
  else log.error('Reminder not woken', { error });
  await due.postponeDue(key, clock.now() + RETRY_MS).catch((failure) => {
    log.error('Row not postponed', { error: failure });
  });
}
