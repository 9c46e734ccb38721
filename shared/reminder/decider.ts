import type { Decider } from '#shared/messaging/decider.ts';
import { OF_PROCESS } from '#shared/notification/notification-id.ts';
import {
  type AnnouncedNotifications,
  announcedTogether,
  type NotificationTerms,
  requestNotification,
} from '#shared/notification/request.ts';
import { contentFrom } from '#shared/notification/template.ts';
import type { Order } from '#shared/order/order.ts';
import type { Contact } from '#shared/recipient/contact.ts';
import { REMINDER_MESSAGE } from './messages.ts';
import { ORDER_REMINDER, type OrderReminder } from './order-reminder.ts';
import {
  decide,
  dueOf,
  evolve,
  REMINDER,
  type Reminder,
  type ReminderCommand,
  type ReminderEvent,
} from './reminder.ts';

/** The reminder's decider for the executor. It publishes no message of its own, only the request to send. */
export const reminderDecider: Decider<
  Reminder,
  ReminderCommand,
  ReminderEvent,
  NotificationTerms,
  AnnouncedNotifications
> = {
  shape: REMINDER,
  process: REMINDER.name,
  decide,
  evolve,
  announce: (events, _reminder, context) =>
    announcedTogether(
      events.flatMap((event) => {
        if (event.type !== 'CustomerReminded') return [];
        const { order, contact } = event.data;
        return requestNotification({
          context,
          version: OF_PROCESS.version,
          position: OF_PROCESS.reminder,
          channel,
          purpose,
          // The message that the order was placed.
          causePosition: 0,
          ...(order.customerId !== undefined && { customerId: order.customerId }),
          content: contentFrom(ORDER_REMINDER, [contact.email], {
            locale: contact.locale,
            data: dataOf(order, contact),
          }),
        });
      }),
    ),
  // Timelines show it.
  answer: ({ status }) => ({ status }),
  due: dueOf,
};

const { channels, purpose } = REMINDER_MESSAGE.CustomerReminded;
const [channel] = channels;

const dataOf = ({ orderId, currency, total, placedAt }: Order, { name }: Contact): OrderReminder => ({
  orderId,
  name,
  currency,
  total,
  placedAt,
});
