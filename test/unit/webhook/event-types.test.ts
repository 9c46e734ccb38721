import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asyncApiText } from '#shared/api/document.ts';
import { EVENT_TYPES } from '#shared/api/event-types.ts';
import { unknownTypes } from '#shared/webhook/event-types.ts';

const CONFIRMED = 'counterfoil.order.confirmed.v1';
const OF_A_LATER_RELEASE = 'counterfoil.order.shipped.v1';
const endpoint = (...eventTypes: string[]) => ({ endpointId: 'billing', eventTypes });

describe('the types that an endpoint subscribes to', () => {
  it('are those of every message that webhooks are described for', () => {
    const { channels, components } = JSON.parse(asyncApiText);
    const described = Object.keys(channels.webhooks.messages).map((name) => components.messages[name].name);
    assert.deepEqual([...EVENT_TYPES].sort(), described.sort());
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
