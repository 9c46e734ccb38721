import type { Decision, DecisionContext } from '#shared/messaging/decider.ts';
import type { Due } from '#shared/messaging/due.ts';
import type { StateKey, StatePart, Subject } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { ORDER, type Order } from '#shared/order/order.ts';
import type { Contact } from '#shared/recipient/contact.ts';

/**
 * The process that reminds the contact of an order that is not confirmed in time. It is a part of the order, and contains
 * no contact.
 *
 * ```
 *   order placed ──> scheduled ──due, and the order is still placed──> reminded
 *                        ├── order confirmed or cancelled ──────────> withdrawn
 *                        └── due, and there is nothing to send ─────> ended
 * ```
 */
export type Reminder = { orderId: string } & ReminderProgress;

export type ReminderProgress =
  | (ReminderCause & {
      status: 'scheduled';
      /** Epoch milliseconds. */
      dueAt: number;
    })
  | { status: 'reminded' | 'withdrawn' | 'ended' };

/** What led to the reminder. */
export type ReminderCause = {
  /** Id of the message that the order was placed. */
  causationId: string;
  correlationId: string;
};

export const REMINDER = shapeOf<Reminder>('reminder');

/** The name of the kind of due rows. It never changes, because stored rows have it. */
export const REMINDER_KIND = 'reminder';

/** The key of an order's reminder: a part of the order. */
export type ReminderKey = Subject & { part: StatePart };

export const reminderKey = (tenant: string, orderId: string): ReminderKey => ({
  tenant,
  type: ORDER.name,
  id: orderId,
  part: { type: REMINDER.name, id: orderId },
});

/** The key of a reminder, if the state is one. */
export const reminderKeyIn = ({ part, ...subject }: StateKey): ReminderKey | undefined =>
  part?.type === REMINDER.name ? { ...subject, part } : undefined;

export type ReminderCommand =
  | { type: 'ScheduleReminder'; data: ReminderCause & { dueAt: number } }
  | { type: 'WithdrawReminder' }
  /** The reminder is due. `order`: absent if a restored table has lost it. `isOn`: the tenant's settings allow it. */
  | { type: 'SendReminder'; data: { order?: Order; isOn: boolean } };

export type ReminderEvent =
  | { type: 'ReminderScheduled'; data: ReminderCause & { orderId: string; dueAt: number } }
  | { type: 'ReminderWithdrawn' | 'ReminderEnded'; data: { orderId: string } }
  | { type: 'CustomerReminded'; data: { orderId: string; order: Order; contact: Contact & { email: string } } };

/** The events of a command. Whatever comes after the end of the process, or a second time, has none. */
export function decide(
  command: ReminderCommand,
  reminder: Reminder | undefined,
  { key, now }: DecisionContext,
): Decision<ReminderEvent> {
  const data = { orderId: key.id };
  if (command.type === 'ScheduleReminder') {
    return accepted(...(reminder ? [] : [{ type: 'ReminderScheduled', data: { ...data, ...command.data } } as const]));
  }
  // A confirmation that is seen before the order was seen writes nothing: the reminder reads the order when it is due.
  if (reminder?.status !== 'scheduled') return accepted();
  if (command.type === 'WithdrawReminder') return accepted({ type: 'ReminderWithdrawn', data });
  if (reminder.dueAt > now) return accepted();
  const { order, isOn } = command.data;
  if (order && order.status !== 'placed') return accepted({ type: 'ReminderWithdrawn', data });
  // The contact was erased or has no address, the tenant wants no reminders, or the order was lost.
  const contact = order?.contact;
  if (!order || contact?.email === undefined || !isOn) return accepted({ type: 'ReminderEnded', data });
  return accepted({
    type: 'CustomerReminded',
    data: { ...data, order, contact: { ...contact, email: contact.email } },
  });
}

const accepted = (...events: ReminderEvent[]): Decision<ReminderEvent> => ({ kind: 'accepted', events });

/** The process after an event. */
export function evolve(_reminder: Reminder | undefined, { type, data }: ReminderEvent): Reminder {
  const { orderId } = data;
  switch (type) {
    case 'ReminderScheduled':
      return { status: 'scheduled', ...data };
    case 'ReminderWithdrawn':
      return { orderId, status: 'withdrawn' };
    case 'ReminderEnded':
      return { orderId, status: 'ended' };
    case 'CustomerReminded':
      return { orderId, status: 'reminded' };
    default:
      return type satisfies never;
  }
}

/** A scheduled reminder is due at its time, and never afterwards. */
export const dueOf = (reminder: Reminder): Due | undefined =>
  reminder.status === 'scheduled' ? { kind: REMINDER_KIND, at: reminder.dueAt } : undefined;
