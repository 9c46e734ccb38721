import type { ContactChannel } from '#shared/names.ts';
import type { AnyTemplate } from '#shared/notification/template.ts';
import { ORDER_REMINDER } from './order-reminder.ts';
import type { ReminderEvent } from './reminder.ts';

type ReminderMessage = { channels: readonly ContactChannel[]; template: AnyTemplate; purpose: string };

/** What the process sends to the contact of the order, as `CONTACT_MESSAGES` says it of an order's events. */
export const REMINDER_MESSAGE = {
  CustomerReminded: { channels: ['email'], template: ORDER_REMINDER, purpose: 'reminder' },
} as const satisfies Partial<Record<ReminderEvent['type'], ReminderMessage>>;
