import { ATTACHMENT_EVENT_NAMES } from '#shared/attachment/event-names.ts';
import { CUSTOMER_EVENT_NAMES } from '#shared/customer/event-names.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { NOTIFICATION_EVENT_NAMES } from '#shared/notification/event-names.ts';
import { ORDER_EVENT_NAMES } from '#shared/order/event-names.ts';

/** The types of the events that the platform's concepts publish. A request to send a notification is no event. */
export const EVENT_TYPES: readonly string[] = Object.keys({
  ...ORDER_EVENT_NAMES,
  ...CUSTOMER_EVENT_NAMES,
  ...NOTIFICATION_EVENT_NAMES,
  ...ATTACHMENT_EVENT_NAMES,
}).filter((type) => type !== NOTIFICATION_REQUESTED);
