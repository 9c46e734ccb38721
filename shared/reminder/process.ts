import type { Envelope } from '#shared/messaging/envelope.ts';
import { parseWith } from '#shared/messaging/parse.ts';
import { object, someText } from '#shared/messaging/read.ts';
import { ORDER_CANCELLED, ORDER_CONFIRMED, ORDER_PLACED } from '#shared/names.ts';
import { type AnnouncedNotifications, NO_NOTIFICATIONS, type NotificationTerms } from '#shared/notification/request.ts';
import type { CommandOf } from '#shared/once/execute-message.ts';
import { reminderDecider } from './decider.ts';
import { type Reminder, type ReminderCommand, type ReminderEvent, reminderKey } from './reminder.ts';

export type ReminderSettings = {
  /** How long an order may stay unconfirmed. Absent: no order gets a reminder. */
  reminderAfterMs?: number;
};

const anOrder = object({ orderId: someText });

/** The command of a message to the reminder of its order. */
export const reminderOf =
  ({
    reminderAfterMs,
  }: ReminderSettings): CommandOf<
    Reminder,
    ReminderCommand,
    ReminderEvent,
    NotificationTerms,
    AnnouncedNotifications
  > =>
  (envelope) => {
    const command = reminderAfterMs === undefined ? undefined : commandOf(envelope, reminderAfterMs);
    if (!command) return undefined;
    const { orderId } = parseWith(anOrder, envelope.data, 'The message names no order');
    const key = reminderKey(envelope.tenantid, orderId);
    // A message schedules or withdraws the reminder. Only `wake-due` requests it.
    const decided = { decider: reminderDecider, key, command, terms: NO_NOTIFICATIONS };
    return command.type === 'ScheduleReminder' ? { ...decided, assume: 'absent' } : decided;
  };

function commandOf({ type, id, time, correlationid }: Envelope, afterMs: number): ReminderCommand | undefined {
  switch (type) {
    case ORDER_PLACED: {
      const dueAt = Date.parse(time) + afterMs;
      return { type: 'ScheduleReminder', data: { dueAt, causationId: id, correlationId: correlationid } };
    }
    case ORDER_CONFIRMED:
    case ORDER_CANCELLED:
      return { type: 'WithdrawReminder' };
    default:
      return undefined;
  }
}
