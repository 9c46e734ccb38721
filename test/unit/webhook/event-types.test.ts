import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asyncApiText } from '#shared/api/document.ts';
import { EVENT_TYPES } from '#shared/api/event-types.ts';
import { WEBHOOK_TEST } from '#shared/webhook/endpoint-test.ts';
import { unknownTypes } from '#shared/webhook/event-types.ts';

const CONFIRMED = 'counterfoil.order.confirmed.v1';
const OF_A_LATER_RELEASE = 'counterfoil.order.shipped.v1';
const endpoint = (...eventTypes: string[]) => ({ endpointId: 'billing', eventTypes });

describe('the types that an endpoint subscribes to', () => {
  it('are those of every message that is published and described for webhooks', () => {
    const { channels, components } = JSON.parse(asyncApiText);
    const typesOf = (channel: string): string[] =>
      Object.keys(channels[channel].messages).map((name) => components.messages[name].name);
    const published = typesOf('events');
    const described = typesOf('webhooks').filter((type) => published.includes(type));
    assert.deepEqual([...EVENT_TYPES].sort(), described.sort());
  });

  it('are not the event of a test, which is posted to the endpoint that is tested, and never published', () => {
    const { channels } = JSON.parse(asyncApiText);
    assert.deepEqual(
      ['webhooks', 'events'].map((channel) => 'WebhookTest' in channels[channel].messages),
      [true, false],
    );
    assert.equal(unknownTypes([endpoint(WEBHOOK_TEST)], [], EVENT_TYPES).length, 1);
  });

  it('are each refused at its place if nothing publishes it, with the nearest type', () => {
    const given = [endpoint(CONFIRMED, 'counterfoil.order.confirmd.v1'), endpoint('counterfoil.notifcation.sent.v1')];
    const faults = unknownTypes(given, [], EVENT_TYPES);
    assert.deepEqual(
      faults.map(({ path, code, message }) => [path, code, message]),
      [
        [
          '/endpoints/0/eventTypes/1',
          'EVENT_TYPE_UNKNOWN',
          'No message of this type is published. The nearest type is counterfoil.order.confirmed.v1.',
        ],
        [
          '/endpoints/1/eventTypes/0',
          'EVENT_TYPE_UNKNOWN',
          'No message of this type is published. The nearest type is counterfoil.notification.sent.v1.',
        ],
      ],
    );
    assert.match(faults[0]?.next ?? '', /GET \/asyncapi\.json/);
  });

  it('are listed up to a number, however many are unknown', () => {
    const eventTypes = Array.from({ length: 50 }, (_, index) => `counterfoil.${'x'.repeat(80)}${index}.v1`);
    const given = Array.from({ length: 10 }, (_, index) => ({ endpointId: String(index), eventTypes }));
    assert.equal(unknownTypes(given, [], EVENT_TYPES).length, 100);
  });

  it('may be those that the endpoint has already, after a release that knew them was rolled back', () => {
    const stored = [endpoint(OF_A_LATER_RELEASE)];
    assert.deepEqual(unknownTypes([endpoint(OF_A_LATER_RELEASE, CONFIRMED)], stored, EVENT_TYPES), []);
    const other = { endpointId: 'other', eventTypes: [OF_A_LATER_RELEASE] };
    assert.equal(unknownTypes([other], stored, EVENT_TYPES).length, 1);
  });
});
