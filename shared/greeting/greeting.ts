import type { Decision, DecisionContext } from '#shared/messaging/decider.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { Contact } from '#shared/recipient/contact.ts';

/**
 * The process that greets a new customer: once the registration and a first order have been seen, in either order.
 *
 * ```
 *   registration ──> awaiting-order ────────order────────┐    ┌──> greeted
 *                                                        ├────┤
 *   order ─────────> awaiting-registration ─registration─┘    └──> ended: without a phone number, or erased
 * ```
 *
 * It contains no contact. An order whose `customerId` is only the caller's own reference waits for a registration.
 */
export type Greeting = { customerId: string; status: 'awaiting-order' | 'awaiting-registration' | 'greeted' | 'ended' };

export const GREETING = shapeOf<Greeting>('greeting');

/** The key of a customer's greeting. */
export const greetingKey = (tenant: string, customerId: string): Subject => ({
  tenant,
  type: GREETING.name,
  id: customerId,
});

/**
 * What was seen. `contact` is the customer's contact, and is needed only if the message completes the process; absent:
 * the customer was erased.
 */
export type GreetingCommand = {
  type: 'NoteRegistration' | 'NoteOrder';
  data: { contact?: Contact };
};

export type GreetingEvent =
  | { type: 'RegistrationNoted' | 'OrderNoted' | 'GreetingEnded'; data: { customerId: string } }
  | { type: 'CustomerGreeted'; data: { customerId: string; contact: Contact & { phone: string } } };

const AWAITED = { NoteRegistration: 'awaiting-registration', NoteOrder: 'awaiting-order' } as const;

/** Whether a command of this type completes the process, so that the contact is needed. */
export const isCompletedBy = (type: GreetingCommand['type'], greeting: Greeting | undefined): boolean =>
  greeting?.status === AWAITED[type];

/** The events of a message. A message that was seen before, and any later order, has none. */
export function decide(
  { type, data: { contact } }: GreetingCommand,
  greeting: Greeting | undefined,
  { key }: DecisionContext,
): Decision<GreetingEvent> {
  const data = { customerId: key.id };
  if (!greeting) return accepted({ type: type === 'NoteOrder' ? 'OrderNoted' : 'RegistrationNoted', data });
  if (!isCompletedBy(type, greeting)) return accepted();
  if (contact?.phone === undefined) return accepted({ type: 'GreetingEnded', data });
  return accepted({ type: 'CustomerGreeted', data: { ...data, contact: { ...contact, phone: contact.phone } } });
}

const accepted = (...events: GreetingEvent[]): Decision<GreetingEvent> => ({ kind: 'accepted', events });

const AFTER = {
  RegistrationNoted: 'awaiting-order',
  OrderNoted: 'awaiting-registration',
  CustomerGreeted: 'greeted',
  GreetingEnded: 'ended',
} as const satisfies Record<GreetingEvent['type'], Greeting['status']>;

/** The process after an event. */
export const evolve = (_greeting: Greeting | undefined, { type, data: { customerId } }: GreetingEvent): Greeting => ({
  customerId,
  status: AFTER[type],
});
