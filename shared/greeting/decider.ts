import type { AnnounceContext, Decider } from '#shared/messaging/decider.ts';
import {
  type AnnouncedNotifications,
  announcedTogether,
  channelsOn,
  type NotificationTerms,
  requestNotification,
} from '#shared/notification/request.ts';
import { contentFrom } from '#shared/notification/template.ts';
import type { Contact } from '#shared/recipient/contact.ts';
import { decide, evolve, GREETING, type Greeting, type GreetingCommand, type GreetingEvent } from './greeting.ts';
import { GREETING_MESSAGE } from './messages.ts';
import { WELCOME } from './welcome.ts';

/** The greeting's decider for the executor. It publishes no message of its own, only the request to send. */
export const greetingDecider: Decider<
  Greeting,
  GreetingCommand,
  GreetingEvent,
  NotificationTerms,
  AnnouncedNotifications
> = {
  shape: GREETING,
  decide,
  evolve,
  announce: (events, { customerId }, context) =>
    announcedTogether(
      events.flatMap((event) =>
        event.type === 'CustomerGreeted' && isOn(context.terms)
          ? [welcome(customerId, event.data.contact, context)]
          : [],
      ),
    ),
  // Timelines show it.
  answer: ({ status }) => ({ status }),
  // It waits for messages, which may never come.
  due: () => undefined,
};

const { channels, purpose } = GREETING_MESSAGE.CustomerGreeted;

const isOn = (terms: NotificationTerms): boolean => channelsOn('CustomerGreeted', channels, terms).length > 0;

const welcome = (
  customerId: string,
  { name, phone, locale }: Contact & { phone: string },
  context: AnnounceContext<NotificationTerms>,
): AnnouncedNotifications =>
  requestNotification({
    context,
    position: 1,
    channel: 'sms',
    purpose,
    // The message that completed the process.
    causePosition: 0,
    customerId,
    content: contentFrom(WELCOME, [phone], { locale, data: { name } }),
  });
