import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { greetingDecider } from '#shared/greeting/decider.ts';
import type { GreetingCommand, GreetingEvent } from '#shared/greeting/greeting.ts';
import { welcomeSms } from '#shared/greeting/welcome-sms.ts';
import { requestedIn, TERMS } from '#test/support/requested.ts';
import { specification } from '#test/support/specification.ts';

const customerId = 'customer_7';
const context = {
  key: { tenant: 'acme', type: 'greeting', id: customerId },
  now: Date.UTC(2026, 0, 2, 3, 4, 5),
  version: 2,
  correlationId: 'correlation-1',
  commandId: 'msg#run-process#message-1',
  terms: TERMS,
};
const contact = { name: 'Ada Lovelace', phone: '+4366012345678', locale: 'de-AT' };

const { given } = specification(greetingDecider, context);
const registration = (data: GreetingCommand['data'] = {}): GreetingCommand => ({ type: 'NoteRegistration', data });
const order = (data: GreetingCommand['data'] = {}): GreetingCommand => ({ type: 'NoteOrder', data });
const registrationNoted: GreetingEvent = { type: 'RegistrationNoted', data: { customerId } };
const orderNoted: GreetingEvent = { type: 'OrderNoted', data: { customerId } };
const greeted: GreetingEvent = { type: 'CustomerGreeted', data: { customerId, contact } };
const ended: GreetingEvent = { type: 'GreetingEnded', data: { customerId } };

describe('a greeting', () => {
  it('waits for the other message after the first one, whichever it is, and sends nothing', () => {
    given().when(registration()).thenEvents(registrationNoted);
    given().when(registration()).thenState({ customerId, status: 'awaiting-order' });
    given().when(order()).thenEvents(orderNoted);
    given().when(order()).thenState({ customerId, status: 'awaiting-registration' });
    for (const first of [registration(), order()]) given().when(first).thenMessages();
  });

  it('is due with the second message, in either order', () => {
    for (const [noted, command] of [
      [registrationNoted, order({ contact })],
      [orderNoted, registration({ contact })],
    ] as const) {
      given(noted).when(command).thenEvents(greeted);
      given(noted).when(command).thenState({ customerId, status: 'greeted' });
    }
  });

  it('is one text message in the partition of the greeting, for the customer, caused by the message', () => {
    const { announced } = given(registrationNoted).when(order({ contact })).accepted();
    const [{ state, content } = assert.fail(), ...others] = requestedIn(announced);
    assert.deepEqual(others, []);
    const { channel, purpose, causePosition, requestedBy, recipients } = state;
    assert.deepEqual([channel, purpose, causePosition, state.customerId], ['sms', 'greeting', 0, customerId]);
    assert.deepEqual([requestedBy, recipients], ['msg#run-process#message-1', ['key of acme sms +4366012345678']]);
    assert.deepEqual(content, {
      recipients: [contact.phone],
      locale: 'de-AT',
      template: 'greeting',
      data: { name: 'Ada Lovelace' },
    });
    assert.deepEqual(announced.notifications, [
      { notificationId: 'greeting_customer_7_2-1', channel: 'sms', status: 'PENDING' },
    ]);
  });

  it('ends without a message if the customer has no phone number, or was erased', () => {
    const withoutPhone = { contact: { name: 'Ada', email: 'ada@example.com' } };
    for (const data of [withoutPhone, {}]) {
      given(registrationNoted).when(order(data)).thenEvents(ended);
      given(orderNoted).when(registration(data)).thenEvents(ended);
      given(orderNoted).when(registration(data)).thenMessages();
    }
  });

  it('has no event for what was seen before, and for anything after its end', () => {
    given(registrationNoted).when(registration({ contact })).thenEvents();
    given(orderNoted).when(order({ contact })).thenEvents();
    for (const history of [
      [registrationNoted, greeted],
      [orderNoted, ended],
    ])
      for (const command of [registration({ contact }), order({ contact })])
        given(...history)
          .when(command)
          .thenEvents();
  });

  it('is never due', () => assert.equal(greetingDecider.due({ customerId, status: 'awaiting-order' }), undefined));
});

describe('the text of a greeting', () => {
  it('is English or German, and ends with the name on one line', () => {
    const data = { name: 'Ada\nLovelace' };
    assert.deepEqual(welcomeSms({ locale: 'fr', data }), {
      channel: 'sms',
      body: 'Thank you for your first order. Welcome, Ada Lovelace!',
      segments: 1,
    });
    assert.equal(
      welcomeSms({ locale: 'de-AT', data }).body,
      'Vielen Dank für Ihre erste Bestellung. Willkommen, Ada Lovelace!',
    );
  });
});
