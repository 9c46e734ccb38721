import { NewerVersion } from '#shared/messaging/newer-version.ts';
import type { Log } from '#shared/messaging/system.ts';
import { type NotifyingPorts, notificationTerms } from '#shared/notification/terms.ts';
import type { DueState } from '#shared/once/due.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { addLogFields, withLogFields } from '#shared/once/log-context.ts';
import type { DueStore, StateStore } from '#shared/once/ports.ts';
import { executeTransition } from '#shared/once/transition.ts';
import type { Waker } from '#shared/once/wake.ts';
import { type OrderReaderPorts, unchangedOrder } from '#shared/order/unchanged-order.ts';
import { reminderDecider } from './decider.ts';
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
  await executeTransition(
    {
      decider: reminderDecider,
      key,
      assume: stored,
      terms: await notificationTerms(ports),
      readCommand: async (): Promise<ReminderCommand> => ({
        type: 'SendReminder',
        data: { order: await order.read() },
      }),
      related: order.related,
    },
    // A reminder has one cause and is due once, so the cause identifies the transition.
    { subscriber: SUBSCRIBER, transitionId: causationId, metadata: { correlationId, causationId } },
    ports,
  );
}

/** A row that fails does not affect the others: it is postponed, so that it does not come before fresh rows. */
async function postpone(key: ReminderKey, error: unknown, { due, clock, log }: WakeReminderPorts): Promise<void> {
  if (error instanceof NewerVersion) log.warn('Reminder of a newer version left to a newer release');
  else log.error('Reminder not woken', { error });
  await due.postponeDue(key, clock.now() + RETRY_MS).catch((failure) => {
    log.error('Row not postponed', { error: failure });
  });
}
