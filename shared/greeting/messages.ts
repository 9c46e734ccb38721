import type { Channel } from '#shared/names.ts';
import type { AnyTemplate } from '#shared/notification/template.ts';
import type { GreetingEvent } from './greeting.ts';
import { WELCOME } from './welcome.ts';

type GreetingMessage = { channels: readonly Channel[]; template: AnyTemplate; purpose: string };

/** What the end of the process sends to the customer, as `CONTACT_MESSAGES` says it of an order's events. */
export const GREETING_MESSAGE = {
  CustomerGreeted: { channels: ['sms'], template: WELCOME, purpose: 'greeting' },
} as const satisfies Partial<Record<GreetingEvent['type'], GreetingMessage>>;
