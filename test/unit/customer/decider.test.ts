import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CustomerCommand, CustomerEvent } from '#shared/customer/customer.ts';
import { customerDecider } from '#shared/customer/decider.ts';
import { TERMS } from '#test/support/requested.ts';
import { specification } from '#test/support/specification.ts';

const context = {
  key: { tenant: 'acme', type: 'customer', id: 'customer-7' },
  now: Date.UTC(2026, 0, 2, 3, 4, 5),
  version: 1,
  correlationId: 'correlation-1',
  commandId: 'command-1',
  terms: TERMS,
};
const at = '2026-01-02T03:04:05.000Z';
const contact = { name: 'Ada Lovelace', email: 'ada@example.com', phone: '+4366012345678', locale: 'de-AT' };
const customerId = 'customer-7';

const { given } = specification(customerDecider, context);
const registering: CustomerCommand = { type: 'RegisterCustomer', data: { contact } };
const registered: CustomerEvent = { type: 'CustomerRegistered', data: { customerId, contact, registeredAt: at } };
const erasing: CustomerCommand = { type: 'EraseCustomer' };
const erased: CustomerEvent = { type: 'CustomerErased', data: { erasedAt: at } };

const addressRow = (recipient: string) => ({
  kind: 'state',
  key: {
    tenant: 'acme',
    type: 'recipient',
    id: recipient,
    part: { type: 'customeraddress', id: customerId },
  },
  stored: { schemaVersion: 1, version: 1, state: { customerId } },
});

describe('registering a customer', () => {
  it('records the contact', () => {
    given().when(registering).thenEvents(registered);
    given().when(registering).thenState({ status: 'registered', customerId, contact, registeredAt: at });
  });

  it('publishes the id, and no personal data', () =>
    given().when(registering).thenMessages({ type: 'counterfoil.customer.registered.v1', data: { customerId } }));

  it('creates a row for each address, by which an erasure finds the customer', () => {
    const { announced } = given().when(registering).accepted();
    const [byEmail, byPhone] = ['key of acme email ada@example.com', 'key of acme sms +4366012345678'];
    assert.deepEqual(announced.rows, [addressRow(byEmail), addressRow(byPhone)]);
    const onlyPhone: CustomerCommand = {
      type: 'RegisterCustomer',
      data: { contact: { name: 'Ada', phone: contact.phone } },
    };
    assert.deepEqual(given().when(onlyPhone).accepted().announced.rows, [addressRow(byPhone)]);
  });

  it('answers without the contact, because the stored answer outlives an erasure', () => {
    const { state, announced } = given().when(registering).accepted();
    const answer = { customerId, status: 'registered', version: 1, registeredAt: at };
    assert.deepEqual(customerDecider.answer(state, announced, 1), answer);
  });

  it('is refused if the customer exists, also after an erasure', () => {
    given(registered).when(registering).thenRejected('CUSTOMER_ALREADY_EXISTS');
    given(registered, erased).when(registering).thenRejected('CUSTOMER_ALREADY_EXISTS');
  });

  it('makes nothing due', () =>
    assert.equal(customerDecider.due(given().when(registering).accepted().state), undefined));
});

describe('erasing a customer', () => {
  it('removes the contact and keeps the id', () => {
    given(registered).when(erasing).thenEvents(erased);
    given(registered).when(erasing).thenState({ status: 'erased', customerId, registeredAt: at, erasedAt: at });
  });

  it('publishes the id', () =>
    given(registered).when(erasing).thenMessages({ type: 'counterfoil.customer.erased.v1', data: { customerId } }));

  it('changes nothing for a customer who was erased, or was never registered', () => {
    given(registered, erased).when(erasing).thenEvents();
    assert.deepEqual(customerDecider.decide(erasing, undefined, context), { kind: 'accepted', events: [] });
  });
});
