import type { ContactChannel } from '#shared/names.ts';
import type { AnyTemplate } from '#shared/notification/template.ts';
import type { FallbackEvent } from './fallback.ts';
import { ORDER_FALLBACK } from './order-fallback.ts';

type FallbackMessage = { channels: readonly ContactChannel[]; template: AnyTemplate; purpose: string };

/** What the process sends to the contact of the order, on the channel that the notification did not use. */
export const FALLBACK_MESSAGE = {
  FallbackRequested: { channels: ['email', 'sms'], template: ORDER_FALLBACK, purpose: 'fallback' },
} as const satisfies Partial<Record<FallbackEvent['type'], FallbackMessage>>;
