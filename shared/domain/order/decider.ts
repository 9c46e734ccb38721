import type { AnnouncedNotifications, NotificationTerms } from '#shared/domain/notification/request.ts';
import type { Decider } from '#shared/messaging/decider.ts';
import { SHAPES } from '../shapes.ts';
import { announce, answer } from './announce.ts';
import { decide, evolve, type Order, type OrderCommand, type OrderEvent } from './order.ts';

/** The order, as the executor takes it. */
export const orderDecider: Decider<Order, OrderCommand, OrderEvent, NotificationTerms, AnnouncedNotifications> = {
  schemaVersion: SHAPES.order.written,
  decide,
  evolve,
  announce,
  answer,
  // Nothing waits for an order yet.
  due: () => undefined,
};
