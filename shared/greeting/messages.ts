import type { Channel } from '#shared/names.ts';
import type { GreetingEvent } from './greeting.ts';

/** What the end of the process sends to the customer, as `CONTACT_MESSAGES` says it of an order's events. */
export const GREETING_MESSAGE = {
  CustomerGreeted: { channels: ['sms'], purpose: 'greeting' },
} as const satisfies Partial<Record<GreetingEvent['type'], { channels: readonly Channel[]; purpose: string }>>;
