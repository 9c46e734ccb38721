import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { approvalDecider } from '#shared/approval/decider.ts';
import { fallbackDecider } from '#shared/fallback/decider.ts';
import { type FallbackCommand, type FallbackProcess, fallbackKey } from '#shared/fallback/fallback.ts';
import type { Notification } from '#shared/notification/notification.ts';
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

/** A fallback in each of its states. */
export async function fallbacks({
  ports,
  clock,
  itemAt,
}: Stage): Promise<Record<string, Item> & Record<FallbackProcess['status'], Item>> {
  const at = '2026-01-01T00:00:00.000Z';
  const failed: Notification = {
    channel: 'email',
    purpose: 'order-confirmation',
    createdAt: at,
    correlationId: 'correlation',
    attempts: [],
    status: 'FAILED',
    reason: 'MESSAGE_REJECTED',
    failedAt: at,
  };
  const after = async (orderId: string, ...commands: FallbackCommand[]): Promise<Item> => {
    const notificationId = `order_${orderId}_1-1`;
    for (const command of commands) {
      await executeTransition(
        {
          decider: fallbackDecider,
          key: fallbackKey({ tenant: TENANT, type: 'order', id: orderId }, notificationId),
          command,
          terms: { firstClaimMs: FIRST_CLAIM_MS, recipientKey: recipientKey('key') },
        },
        {
          subscriber: 'fallback',
          transitionId: `${command.type} of ${orderId}`,
          metadata: { correlationId: 'correlation' },
        },
        ports,
      );
    }
    return itemAt(partitionOf(orderId), `FALLBACK#${notificationId}`);
  };
  const cause = { causationId: 'message-1', correlationId: 'correlation' };
  const awaitDelivery: FallbackCommand = { type: 'AwaitDelivery', data: { ...cause, dueAt: clock.now() } };
  const send = (order: Order): FallbackCommand => ({
    type: 'SendFallback',
    data: { notification: failed, order, channels: ['sms'] },
  });
  const { contact: _contact, ...erased } = orderOf('fallback-4');
  return {
    waiting: await after('fallback-1', awaitDelivery),
    delivered: await after('fallback-2', awaitDelivery, { type: 'NoteDelivery' }),
    requested: await after('fallback-3', awaitDelivery, send(orderOf('fallback-3'))),
    ended: await after('fallback-4', send(erased)),
  };
}
