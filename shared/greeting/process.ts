import { type Customer, customerKey } from '#shared/customer/customer.ts';
import type { CustomerStore } from '#shared/customer/ports.ts';
import { absent } from '#shared/messaging/absence.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { parseWith } from '#shared/messaging/parse.ts';
import { object, optional, type Reader, someText } from '#shared/messaging/read.ts';
import { CUSTOMER_REGISTERED, ORDER_PLACED } from '#shared/names.ts';
import type { AnnouncedNotifications, NotificationTerms } from '#shared/notification/request.ts';
import { type NotifyingPorts, notificationTerms } from '#shared/notification/terms.ts';
import type { AboutProcess, CommandOf } from '#shared/once/execute-message.ts';
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

/** The greeting that a message is about. undefined: none. @throws PoisonMessage if its data is unreadable. */
export function greetingIn({ type, tenantid, data }: AboutProcess): Subject | undefined {
  const noted = NOTED[type];
  const { customerId } = noted ? parseWith(noted.reader, data, 'The message names no customer') : {};
  return customerId === undefined ? undefined : greetingKey(tenantid, customerId);
}

/**
 * The command of a message to the greeting. An order without a customer has none. The contact is read only for the
 * message that completes the process, so a later order costs the read of the greeting and nothing else.
 * @throws NotSeenYet while the customer's row may not be visible yet; PoisonMessage if there is none.
 */
export const greetingOf =
  (
    ports: GreetingPorts,
  ): CommandOf<Greeting, GreetingCommand, GreetingEvent, NotificationTerms, AnnouncedNotifications> =>
  async (envelope: Envelope) => {
    const { tenantid, time } = envelope;
    const type = NOTED[envelope.type]?.type;
    const key = greetingIn(envelope);
    if (!type || !key) return undefined;
    return {
      decider: greetingDecider,
      key,
      terms: await notificationTerms(ports, tenantid),
      readCommand: async (greeting) => {
        if (!isCompletedBy(type, greeting)) return { type, data: {} };
        const customer = await ports.customers.read(customerKey(tenantid, key.id));
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
