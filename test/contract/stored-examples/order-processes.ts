import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { approvalDecider } from '#shared/approval/decider.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { type Approval, approvalKey } from '#shared/order/approval.ts';
import type { Order } from '#shared/order/order.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { reminderDecider } from '#shared/reminder/decider.ts';
import { type Reminder, type ReminderCommand, reminderKey } from '#shared/reminder/reminder.ts';
import { CONTACT, FIRST_CLAIM_MS, partitionOf, type Stage, TENANT } from './stage.ts';

/** An order as a process reads it. */
const orderOf = (orderId: string): Order => ({
  orderId,
  status: 'placed',
  contact: CONTACT,
  currency: 'EUR',
  lines: [],
  total: 0,
  placedAt: '2026-01-01T00:00:00.000Z',
});

/** An approval in each of its states. */
export async function approvals({
  ports,
  itemAt,
}: Stage): Promise<Record<string, Item> & Record<Approval['status'], Item>> {
  const at = '2026-01-01T00:00:00.000Z';
  const after = async (orderId: string, isOn: boolean): Promise<Item> => {
    const order: Order = { ...orderOf(orderId), status: 'approved', confirmedAt: at, approvedAt: at };
    await executeTransition(
      {
        decider: approvalDecider,
        key: approvalKey(TENANT, orderId),
        command: { type: 'SendApproval', data: { order, isOn } },
        terms: { firstClaimMs: FIRST_CLAIM_MS, recipientKey: recipientKey('key') },
      },
      { subscriber: 'approval', transitionId: orderId, metadata: { correlationId: 'correlation' } },
      ports,
    );
    return itemAt(partitionOf(orderId), `APPROVAL#${orderId}`);
  };
  return { requested: await after('approval-1', true), ended: await after('approval-2', false) };
}

/** A reminder in each of its states. */
export async function reminders({
  ports,
  clock,
  itemAt,
}: Stage): Promise<Record<string, Item> & Record<Reminder['status'], Item>> {
  const after = async (orderId: string, ...commands: ReminderCommand[]): Promise<Item> => {
    for (const command of commands) {
      await executeTransition(
        {
          decider: reminderDecider,
          key: reminderKey(TENANT, orderId),
          command,
          terms: { firstClaimMs: FIRST_CLAIM_MS, recipientKey: recipientKey('key') },
        },
        {
          subscriber: 'reminder',
          transitionId: `${command.type} of ${orderId}`,
          metadata: { correlationId: 'correlation' },
        },
        ports,
      );
    }
    return itemAt(partitionOf(orderId), `REMINDER#${orderId}`);
  };
  const cause = { causationId: 'message-1', correlationId: 'correlation' };
  const schedule: ReminderCommand = { type: 'ScheduleReminder', data: { ...cause, dueAt: clock.now() } };
  const send = (order: Order): ReminderCommand => ({ type: 'SendReminder', data: { order, isOn: true } });
  const { contact: _contact, ...erased } = orderOf('reminder-3');
  return {
    scheduled: await after('reminder-1', schedule),
    reminded: await after('reminder-2', schedule, send(orderOf('reminder-2'))),
    ended: await after('reminder-3', schedule, send(erased)),
    withdrawn: await after('reminder-4', schedule, { type: 'WithdrawReminder' }),
  };
}
