import { type Customer, customerKey } from '#shared/customer/customer.ts';
import type { CustomerStore } from '#shared/customer/ports.ts';
import { absent } from '#shared/messaging/absence.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { parseWith } from '#shared/messaging/parse.ts';
import { object, optional, type Reader, someText } from '#shared/messaging/read.ts';
import { CUSTOMER_REGISTERED, ORDER_PLACED } from '#shared/names.ts';
import type { AnnouncedNotifications, NotificationTerms } from '#shared/notification/request.ts';
import { type NotifyingPorts, notificationTerms } from '#shared/notification/terms.ts';
import type { CommandOf } from '#shared/once/execute-message.ts';
import type { Contact } from '#shared/recipient/contact.ts';
import { greetingDecider } from './decider.ts';
import { type Greeting, type GreetingCommand, type GreetingEvent, greetingKey, isCompletedBy } from './greeting.ts';

export type GreetingPorts = NotifyingPorts & { customers: Pick<CustomerStore, 'read'> };

/** What the process reads of a message, and the command that the message means to it. */
type Noted = { type: GreetingCommand['type']; reader: Reader<{ customerId?: string }> };

const NOTED: Readonly<Record<string, Noted>> = {
  [CUSTOMER_REGISTERED]: { type: 'NoteRegistration', reader: object({ customerId: someText }) },
  // Not every order names a customer.
  [ORDER_PLACED]: { type: 'NoteOrder', reader: object({ customerId: optional(someText) }) },
};

/**
 * The command of a message to the greeting. An order without a customer has none. The contact is read only for the
 * message that completes the process, so a later order costs the read of the greeting and nothing else.
 * @throws NotSeenYet while the customer's row may not be visible yet; PoisonMessage if there is none.
 */
export const greetingOf =
  (
    ports: GreetingPorts,
  ): CommandOf<Greeting, GreetingCommand, GreetingEvent, NotificationTerms, AnnouncedNotifications> =>
  async ({ type: messageType, tenantid, time, data }: Envelope) => {
    const noted = NOTED[messageType];
    if (!noted) return undefined;
    const { type, reader } = noted;
    const { customerId } = parseWith(reader, data, 'The message names no customer');
    if (customerId === undefined) return undefined;
    return {
      decider: greetingDecider,
      key: greetingKey(tenantid, customerId),
      terms: await notificationTerms(ports, tenantid),
      readCommand: async (greeting) => {
        if (!isCompletedBy(type, greeting)) return { type, data: {} };
        const customer = await ports.customers.read(customerKey(tenantid, customerId));
        if (!customer) throw absent(NO_SUCH_CUSTOMER, time, ports.clock.now());
        return { type, data: contactIn(customer.state) };
      },
    };
  };

const NO_SUCH_CUSTOMER = {
  reason: 'NO_SUCH_CUSTOMER',
  detail: 'The tenant has no customer with this id, although a message says that the customer was registered.',
};

const contactIn = (customer: Customer): { contact?: Contact } =>
  customer.status === 'registered' ? { contact: customer.contact } : {};
