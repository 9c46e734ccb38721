import type { ContactChannel } from '#shared/names.ts';
import type { AnyTemplate } from '#shared/notification/template.ts';
import { ORDER_APPROVAL } from './order-approval.ts';

/** What the process sends to the contact of the order, as `CONTACT_MESSAGES` says it of an order's events. */
export const APPROVAL_MESSAGE = {
  OrderApproved: { channels: ['email'], template: ORDER_APPROVAL, purpose: 'approval' },
} as const satisfies Readonly<
  Record<string, { channels: readonly ContactChannel[]; template: AnyTemplate; purpose: string }>
>;
