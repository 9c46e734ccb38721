import type { Decider } from '#shared/messaging/decider.ts';
import type { AnnouncedNotifications, NotificationTerms } from '#shared/notification/request.ts';
import { announce, answer } from './announce.ts';
import { decide, evolve, ORDER, type Order, type OrderCommand, type OrderEvent } from './order.ts';

/** The order's decider for the executor. */
export const orderDecider: Decider<Order, OrderCommand, OrderEvent, NotificationTerms, AnnouncedNotifications> = {
  shape: ORDER,
  decide,
  evolve,
  announce,
  answer,
  // No order is due for anything yet.
  due: () => undefined,
};
