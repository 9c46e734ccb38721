import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asyncApiText } from '#shared/api/document.ts';
import { ENVELOPE_ATTRIBUTES } from '#shared/messaging/envelope.ts';
import { FUNCTION, MESSAGE_ATTRIBUTE } from '#shared/names.ts';
import { approved, approvedNames } from '#test/support/approved.ts';
import { allDescriptions } from '#test/support/descriptions.ts';
import { eventCheck } from '#test/support/documented/events.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { messageTypesIn } from '#test/support/message-types.ts';
import { createWorld } from '#test/support/world/world.ts';

type Message = { name: string; title: string; summary: string };
type AsyncApi = { asyncapi: string; components: { messages: Record<string, Message> } };

const messagesIn = (text: string): Message[] => Object.values((JSON.parse(text) as AsyncApi).components.messages);

describe('the AsyncAPI document', () => {
  it('is public, AsyncAPI 3, and what the generator makes', async () => {
    const { queries } = createWorld();
    const response = await queries(httpEvent({ routeKey: 'GET /asyncapi.json' }));
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers['content-type'], 'application/json');
    assert.equal(response.headers['cache-control'], 'public, max-age=86400');
    const document = bodyOf<AsyncApi>(response);
    assert.equal(document.asyncapi, '3.0.0');
    assert.deepEqual(document, JSON.parse(asyncApiText));
  });

  it('describes every message that the sources name, and no other', async () => {
    for (const { name, folder, asyncApiText: text } of await allDescriptions()) {
      const described = messagesIn(text).map((message) => message.name);
      const named = messageTypesIn(folder);
      for (const type of named)
        assert.ok(
          described.includes(type),
          `The AsyncAPI document of ${name} does not describe ${type}. Add its event to the message-data.ts of its ` +
            'concept, and the name of the event to its event names. A new list of messages also needs a line in document.ts.',
        );
      assert.deepEqual(described.sort(), named.sort(), name);
    }
  });

  it('describes the messages as they are published', () => {
    const check = eventCheck(asyncApiText);
    const messages = approvedNames().filter((name) => name.startsWith('message.'));
    assert.ok(messages.length > 20);
    for (const name of messages) assert.deepEqual(check(approved(name)), [], name);
  });

  it('has messages that carry no destination: neither an attribute for it, nor the name of a function or a resource', () => {
    const filtered = Object.values(MESSAGE_ATTRIBUTE);
    for (const name of approvedNames().filter((one) => one.startsWith('message.'))) {
      const message = approved(name) as object;
      const others = Object.keys(message).filter((attribute) => !ENVELOPE_ATTRIBUTES.includes(attribute));
      assert.deepEqual(
        others.filter((attribute) => !filtered.some((one) => one === attribute)),
        [],
        name,
      );
      const text = JSON.stringify(message);
      assert.doesNotMatch(text, /arn:|https?:|queue/i, name);
      for (const one of Object.values(FUNCTION)) assert.ok(!text.includes(one), `${name} names ${one}`);
    }
  });

  it('finds a message without a description, an unknown field, and a field of another type', () => {
    const check = eventCheck(asyncApiText);
    const cancelled = approved('message.counterfoil.order.cancelled.v1') as { data: object };
    const faultsOf = (change: object) => check({ ...cancelled, ...change }).join();
    assert.match(
      faultsOf({ type: 'counterfoil.order.forgotten.v1' }),
      /counterfoil\.order\.forgotten\.v1 is not described/,
    );
    assert.match(faultsOf({ added: 'x' }), /added/);
    assert.match(faultsOf({ data: { ...cancelled.data, note: 'x' } }), /note/);
    assert.match(faultsOf({ data: { ...cancelled.data, total: '2500' } }), /\/data\/total/);
    assert.match(faultsOf({ data: {} }), /orderId/);
  });
});
