import { ORDER_MESSAGE } from './announce.ts';

/** The events that the public messages about orders announce. */
export const ORDER_EVENT_NAMES = {
  [ORDER_MESSAGE.placed]: 'OrderPlaced',
  [ORDER_MESSAGE.itemAdded]: 'ItemAdded',
  [ORDER_MESSAGE.firstItemAdded]: 'FirstItemAdded',
  [ORDER_MESSAGE.confirmed]: 'OrderConfirmed',
  [ORDER_MESSAGE.approved]: 'OrderApproved',
  [ORDER_MESSAGE.cancelled]: 'OrderCancelled',
  [ORDER_MESSAGE.contactErased]: 'ContactErased',
} as const satisfies Record<(typeof ORDER_MESSAGE)[keyof typeof ORDER_MESSAGE], string>;
