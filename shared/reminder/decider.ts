import type { AnnounceContext } from '#shared/messaging/decider.ts';
import { OF_PROCESS } from '#shared/notification/notification-id.ts';
import { processDecider } from '#shared/notification/process-decider.ts';
import {
  type AnnouncedNotifications,
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

/** The reminder's decider for the executor. */
export const reminderDecider = processDecider<Reminder, ReminderCommand, ReminderEvent>({
  shape: REMINDER,
  decide,
  evolve,
  requestsOf: (event, context) => (event.type === 'CustomerReminded' ? [reminderRequest(event.data, context)] : []),
  due: dueOf,
});

const { channels, purpose } = REMINDER_MESSAGE.CustomerReminded;
const [channel] = channels;

const reminderRequest = (
  { order, contact }: Extract<ReminderEvent, { type: 'CustomerReminded' }>['data'],
  context: AnnounceContext<NotificationTerms>,
): AnnouncedNotifications =>
  requestNotification({
    context,
    version: OF_PROCESS.version,
    position: OF_PROCESS.reminder,
    channel,
    purpose,
    // The message that the order was placed.
    causePosition: 0,
    ...(order.customerId !== undefined && { customerId: order.customerId }),
    content: contentFrom(ORDER_REMINDER, [contact.email], { locale: contact.locale, data: dataOf(order, contact) }),
  });

const dataOf = ({ orderId, currency, total, placedAt }: Order, { name }: Contact): OrderReminder => ({
  orderId,
  name,
  currency,
  total,
  placedAt,
});
