import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { faultsOf } from '#shared/http/faults.ts';
import { QUERY_FAULTS } from '#shared/http/input/fault-texts.ts';
import { problemOfRejection } from '#shared/http/problem.ts';
import { suppressSchema } from '#shared/recipient/requests.ts';
import { startReplaySchema, stopReplaySchema } from '#shared/replay/requests.ts';
import { hoursOf } from '#shared/statistics/query.ts';
import { overrideSchema } from '#shared/tenant-settings/override-schema.ts';
import { settingsSchema } from '#shared/tenant-settings/requests.ts';
import { endpointSchema } from '#shared/webhook/requests.ts';

/** Each fault as `path code next`. */
const faultsIn = (schema: v.GenericSchema, value: unknown): string[] =>
  faultsOf(v.safeParse(schema, value).issues ?? [], value, QUERY_FAULTS).map(
    ({ path, code, next }) => `${path} ${code} ${next}`,
  );

const override = { locale: 'en', text: 'Hello' };
const endpoint = { endpointId: 'one', url: 'https://billing.example.com/' };

describe('A fault', () => {
  const cases: [title: string, schema: v.GenericSchema, value: unknown, ...faults: string[]][] = [
    [
      'of a channel names the channels',
      suppressSchema,
      { channel: 'webhook', address: 'ada@example.com' },
      '/channel INVALID Give one of: email, sms.',
    ],
    [
      'of a missing channel says that it is missing',
      suppressSchema,
      { address: 'ada@example.com' },
      '/channel REQUIRED Give one of: email, sms.',
    ],
    ['of a missing option says that it is missing', startReplaySchema, {}, '/projection REQUIRED Give one of: orders.'],
    ['of a missing list asks for a list', endpointSchema, endpoint, '/eventTypes REQUIRED Give a list.'],
    [
      'of an unknown field names the fields',
      settingsSchema,
      { fallback: { fax: {} } },
      '/fallback/fax UNKNOWN_FIELD Remove it, or use one of these names: email, sms.',
    ],
    ['of a field of an empty object', stopReplaySchema, { now: true }, '/now UNKNOWN_FIELD Remove it.'],
    [
      'of an internal type of messages says that it is internal',
      endpointSchema,
      { ...endpoint, eventTypes: ['counterfoil.notification.requested.v1'] },
      '/eventTypes/0 EVENT_TYPE_INTERNAL Give the `type` of an event, like counterfoil.notification.sent.v1.',
    ],
  ];
  for (const [title, schema, value, ...faults] of cases)
    it(title, () => assert.deepEqual(faultsIn(schema, value), faults));

  it('of a template names the channel as the possible cause', () => {
    const [fault = '', ...more] = faultsIn(overrideSchema, { ...override, channel: 'sms', template: 'order-reminder' });
    assert.match(fault, /^\/template INVALID Give one of: order-confirmation, .*\. Or change the channel\.$/);
    assert.deepEqual(more, []);
  });

  it('of a range with one bound says whether the range is empty or too long', () => {
    const now = Date.UTC(2026, 5, 1);
    assert.equal(hoursOf({ from: '2026-06-02T00:00:00.000Z' }, now), 'RANGE_REVERSED');
    assert.equal(hoursOf({ from: '2026-01-02T00:00:00.000Z' }, now), 'RANGE_TOO_LONG');
  });
});

describe('The title of a problem', () => {
  it('spells names as their owners do', () => {
    const titleOf = (code: string): string => problemOfRejection({ code, detail: '', next: '' }).title;
    assert.deepEqual(
      ['JSON_INVALID', 'WEBHOOK_URL_REFUSED', 'IF_MATCH_INVALID', 'BODY_NOT_UTF8', 'ORDER_NOT_FOUND'].map(titleOf),
      ['JSON invalid', 'Webhook URL refused', 'If-Match invalid', 'Body not UTF-8', 'Order not found'],
    );
  });
});
