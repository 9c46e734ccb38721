import type { Envelope } from '#shared/messaging/envelope.ts';
import { parseWith } from '#shared/messaging/parse.ts';
import { object, someText } from '#shared/messaging/read.ts';
import { ORDER_CANCELLED, ORDER_CONFIRMED, ORDER_PLACED } from '#shared/names.ts';
import { type AnnouncedNotifications, NO_NOTIFICATIONS, type NotificationTerms } from '#shared/notification/request.ts';
import type { AboutProcess, CommandOf } from '#shared/once/execute-message.ts';
import { reminderDecider } from './decider.ts';
import { type Reminder, type ReminderCommand, type ReminderEvent, reminderKey } from './reminder.ts';

export type ReminderSettings = {
  /** How long an order may stay unconfirmed. Absent: no order gets a reminder. */
  reminderAfterMs?: number;
};

const anOrder = object({ orderId: someText });

const ABOUT_REMINDERS: readonly string[] = [ORDER_PLACED, ORDER_CONFIRMED, ORDER_CANCELLED];

/** The reminder that a message is about. undefined: none. @throws PoisonMessage if its data is unreadable. */
export const reminderIn = ({ type, tenantid, data }: AboutProcess) =>
  ABOUT_REMINDERS.includes(type)
    ? reminderKey(tenantid, parseWith(anOrder, data, 'The message names no order').orderId)
    : undefined;

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
    const key = command && reminderIn(envelope);
    if (!key) return undefined;
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
