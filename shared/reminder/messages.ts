import type { Channel } from '#shared/names.ts';
import type { ReminderEvent } from './reminder.ts';

/** What the process sends to the contact of the order, as `CONTACT_MESSAGES` says it of an order's events. */
export const REMINDER_MESSAGE = {
  CustomerReminded: { channels: ['email'], purpose: 'reminder' },
} as const satisfies Partial<Record<ReminderEvent['type'], { channels: readonly Channel[]; purpose: string }>>;
