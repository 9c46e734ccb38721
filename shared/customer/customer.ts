import type { Decision, DecisionContext, Rejection } from '#shared/messaging/decider.ts';
import type { StatePart, Subject } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { Contact } from '#shared/recipient/contact.ts';

/**
 * A customer of the tenant, whose contact orders may use.
 *
 * ```
 * RegisterCustomer ──> registered ──EraseCustomer──> erased
 * ```
 */
export type Customer = RegisteredCustomer | ErasedCustomer;

export type RegisteredCustomer = {
  status: 'registered';
  customerId: string;
  contact: Contact;
  /** ISO 8601 in UTC. */
  registeredAt: string;
};

/** The id remains, so that it is never registered for another person. */
export type ErasedCustomer = Omit<RegisteredCustomer, 'status' | 'contact'> & {
  status: 'erased';
  /** ISO 8601 in UTC. */
  erasedAt: string;
};

export const CUSTOMER = shapeOf<Customer>('customer');

/** The key of a customer's row. */
export const customerKey = (tenant: string, id: string): Subject => ({ tenant, type: CUSTOMER.name, id });

/**
 * Says that a customer was registered with a recipient. An erasure by address finds the customer by it. It remains after
 * the erasure, because it contains no address: see `recipient-key.ts`.
 */
export type CustomerAddress = { customerId: string };

export const CUSTOMER_ADDRESS = shapeOf<CustomerAddress>('customeraddress');

/** The partition of a recipient (a recipient key), with one row for each customer who was registered with it. */
export const recipientSubject = (tenant: string, recipient: string): Subject => ({
  tenant,
  type: 'recipient',
  id: recipient,
});

/** The row of one of these customers. */
export const customerAddressKey = (
  tenant: string,
  recipient: string,
  customerId: string,
): Subject & { part: StatePart } => ({
  ...recipientSubject(tenant, recipient),
  part: { type: CUSTOMER_ADDRESS.name, id: customerId },
});

export type CustomerCommand = RegisterCustomer | EraseCustomer;
export type RegisterCustomer = { type: 'RegisterCustomer'; data: { contact: Contact } };
/** Removes the contact. */
export type EraseCustomer = { type: 'EraseCustomer' };

export type CustomerEvent = CustomerRegistered | CustomerErased;
export type CustomerRegistered = {
  type: 'CustomerRegistered';
  data: { customerId: string; contact: Contact; registeredAt: string };
};
export type CustomerErased = { type: 'CustomerErased'; data: { erasedAt: string } };

/** The events of a command, or the reason for its rejection. */
export function decide(
  command: CustomerCommand,
  customer: Customer | undefined,
  { key, now }: DecisionContext,
): Decision<CustomerEvent> {
  const at = new Date(now).toISOString();
  switch (command.type) {
    case 'RegisterCustomer':
      if (customer) return { kind: 'rejected', rejection: ALREADY_EXISTS };
      return accepted({
        type: 'CustomerRegistered',
        data: { customerId: key.id, contact: command.data.contact, registeredAt: at },
      });
    case 'EraseCustomer':
      // An id without a registered customer has no contact. Orders may still name it as the caller's own reference.
      if (customer?.status !== 'registered') return accepted();
      return accepted({ type: 'CustomerErased', data: { erasedAt: at } });
    default:
      return command satisfies never;
  }
}

const accepted = (...events: CustomerEvent[]): Decision<CustomerEvent> => ({ kind: 'accepted', events });

/** The customer after an event. */
export function evolve(customer: Customer | undefined, event: CustomerEvent): Customer {
  switch (event.type) {
    case 'CustomerRegistered':
      return { status: 'registered', ...event.data };
    case 'CustomerErased': {
      // `decide` erases registered customers only; an event without one is a broken history.
      if (!customer) throw new Error('CustomerErased without a customer');
      const { customerId, registeredAt } = customer;
      return { status: 'erased', customerId, registeredAt, ...event.data };
    }
    default:
      return event satisfies never;
  }
}

/** Also the answer to a reader: another tenant's customer looks like one that never existed. */
export const CUSTOMER_NOT_FOUND: Rejection = {
  code: 'CUSTOMER_NOT_FOUND',
  detail: 'There is no such customer.',
  next: 'Check the customer id; it is in the answer to the request that registered the customer.',
};

const ALREADY_EXISTS: Rejection = {
  code: 'CUSTOMER_ALREADY_EXISTS',
  detail: 'A customer with this id exists already, or existed and was erased.',
  next: 'Read the customer with GET, or register another one with another customerId and a new Idempotency-Key.',
};
