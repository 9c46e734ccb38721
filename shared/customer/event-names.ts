import { CUSTOMER_MESSAGE } from './decider.ts';

/** The events that the public messages about customers announce. */
export const CUSTOMER_EVENT_NAMES = {
  [CUSTOMER_MESSAGE.registered]: 'CustomerRegistered',
  [CUSTOMER_MESSAGE.erased]: 'CustomerErased',
} as const satisfies Record<(typeof CUSTOMER_MESSAGE)[keyof typeof CUSTOMER_MESSAGE], string>;
