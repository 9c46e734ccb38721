import type { AnnounceContext, Announcement, Decider } from '#shared/messaging/decider.ts';
import type { NewMessage } from '#shared/messaging/envelope.ts';
import type { NewRow } from '#shared/messaging/rows.ts';
import { CUSTOMER_REGISTERED } from '#shared/names.ts';
import type { RecipientKey } from '#shared/recipient/recipient-key.ts';
import {
  CUSTOMER,
  CUSTOMER_ADDRESS,
  type Customer,
  type CustomerCommand,
  type CustomerEvent,
  type CustomerRegistered,
  customerAddressKey,
  decide,
  evolve,
} from './customer.ts';
import type { CustomerMessageData } from './message-data.ts';

/** Types of the public messages about customers. The messages carry the id, and no personal data. */
export const CUSTOMER_MESSAGE = {
  registered: CUSTOMER_REGISTERED,
  erased: 'counterfoil.customer.erased.v1',
} as const;

/** What the decider needs besides time and key. */
export type CustomerTerms = { recipientKey: RecipientKey };

/** The customer's decider for the executor. */
export const customerDecider: Decider<Customer, CustomerCommand, CustomerEvent, CustomerTerms> = {
  shape: CUSTOMER,
  decide,
  evolve,
  announce: (events, { customerId }, context) => ({
    messages: events.map((event) => messageAbout(event, customerId)),
    rows: events.flatMap((event) => (event.type === 'CustomerRegistered' ? addressRows(event, context) : [])),
  }),
  // The stored answer outlives an erasure, so it contains no contact.
  answer: ({ customerId, status, registeredAt }, _announced: Announcement, version) => ({
    customerId,
    status,
    version,
    registeredAt,
  }),
  // No customer is due for anything.
  due: () => undefined,
};

function messageAbout({ type }: CustomerEvent, customerId: string): NewMessage {
  switch (type) {
    case 'CustomerRegistered':
      return {
        type: CUSTOMER_MESSAGE.registered,
        data: { customerId } satisfies CustomerMessageData['CustomerRegistered'],
      };
    case 'CustomerErased':
      return { type: CUSTOMER_MESSAGE.erased, data: { customerId } satisfies CustomerMessageData['CustomerErased'] };
    default:
      return type satisfies never;
  }
}

/** One row for each address, by which an erasure finds the customer. */
function addressRows(
  { data: { customerId, contact } }: CustomerRegistered,
  { key: { tenant }, terms: { recipientKey } }: AnnounceContext<CustomerTerms>,
): NewRow[] {
  const { email, phone } = contact;
  const recipients = [
    ...(email === undefined ? [] : [recipientKey(tenant, 'email', email)]),
    ...(phone === undefined ? [] : [recipientKey(tenant, 'sms', phone)]),
  ];
  return recipients.map((recipient) => ({
    kind: 'state',
    key: customerAddressKey(tenant, recipient, customerId),
    stored: { schemaVersion: CUSTOMER_ADDRESS.written, version: 1, state: { customerId } },
  }));
}
