import { recipientKey } from '#shared/delivery/recipient-key.ts';
import type { Channel } from '#shared/names.ts';

/** As the stage's secret makes them. */
export const keyOf = recipientKey('simulated secret');

export const keyWithin =
  (tenant: string) =>
  (channel: string, address: string): string =>
    keyOf(tenant, channel as Channel, address);

/** A few people per tenant to whom messages are sent again and again, so that what became of one decides on the next. */
export const REGULARS = ['ann', 'ben', 'cem'].map((name) => `${name}@example.com`);
