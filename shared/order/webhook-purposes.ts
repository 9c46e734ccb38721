import { ORDER_MESSAGE } from './announce.ts';

/**
 * Why an endpoint gets a message about an order, where that is more than the event itself. A confirmed order is the
 * request for its invoice: the message has the figures and lines that were committed.
 */
export const WEBHOOK_PURPOSES: Readonly<Record<string, string>> = { [ORDER_MESSAGE.confirmed]: 'invoice' };
