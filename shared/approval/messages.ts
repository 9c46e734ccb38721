import type { Channel } from '#shared/names.ts';

/** What the process sends to the contact of the order, as `CONTACT_MESSAGES` says it of an order's events. */
export const APPROVAL_MESSAGE = {
  OrderApproved: { channels: ['email'], purpose: 'approval' },
} as const satisfies Readonly<Record<string, { channels: readonly Channel[]; purpose: string }>>;
