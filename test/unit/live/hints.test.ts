import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { channelsOf } from '#shared/live/channels.ts';
import { type Publication, publicationsOf, publishHints } from '#shared/live/hints.ts';
import { parseEnvelope } from '#shared/messaging/parse.ts';
import { envelopeText } from '#test/support/envelope.ts';

const message = (fields: object) => parseEnvelope(envelopeText(fields));

describe('hints about messages', () => {
  it('name the subject and its version, and nothing else', () => {
    const delivered = message({ tenantid: 'acme', subject: 'notification/order_1-1', sequence: '4.1' });
    assert.deepEqual(publicationsOf([delivered]), [
      { channel: '/tenants/acme/hints', hints: [{ kind: 'notification', id: 'order_1-1', version: 4 }] },
    ]);
  });

  it('name the notification that an order has requested', () => {
    const requested = message({ subject: 'order/1', sequence: '7.2', data: { notificationId: 'order_1-1' } });
    assert.deepEqual(publicationsOf([requested])[0]?.hints, [{ kind: 'notification', id: 'order_1-1', version: 1 }]);
  });

  it('are one event for each tenant, with the latest version of each thing', () => {
    const of = (tenantid: string, subject: string, sequence: string) => message({ tenantid, subject, sequence });
    const published = publicationsOf([
      of('acme', 'order/1', '3.1'),
      of('globex', 'order/1', '1.1'),
      of('acme', 'order/1', '2.1'),
      of('acme', 'order/2', '1.1'),
    ]);
    assert.deepEqual(published, [
      {
        channel: '/tenants/acme/hints',
        hints: [
          { kind: 'order', id: '1', version: 3 },
          { kind: 'order', id: '2', version: 1 },
        ],
      },
      { channel: '/tenants/globex/hints', hints: [{ kind: 'order', id: '1', version: 1 }] },
    ]);
  });

  it('are not published about what cannot be read: other subscribers record it', async () => {
    const published: Publication[] = [];
    const later = envelopeText({}).replace('"1.0"', '"2.0"');
    const publisher = { publish: async (publication: Publication) => void published.push(publication) };
    await publishHints(['no JSON', '{}', later, envelopeText({ subject: 'order/1' })], publisher);
    assert.equal(published.length, 1);
  });
});

describe('the channels of a message', () => {
  const of = (tenantid: string, correlationid = 'any') => channelsOf({ tenantid, correlationid });

  it('differ for every two tenants, also for names with - and _', () => {
    const tenants = ['a-b', 'a_b', 'ab', 'a-ub', 'a-db', 'a--b', 'a__b', 'a-_b', 'a_-b', 'A-b'];
    const channels = tenants.map((tenant) => of(tenant)[0]);
    assert.equal(new Set(channels).size, tenants.length);
    for (const channel of channels)
      assert.match(channel ?? '', /^\/tenants\/[A-Za-z0-9]([A-Za-z0-9-]{0,48}[A-Za-z0-9])?\/hints$/);
  });

  it('are none for a tenant whose name AppSync Events does not permit', () => {
    for (const tenant of ['-acme', '_acme', 'a'.repeat(51), 'a_'.repeat(20)]) assert.deepEqual(of(tenant), []);
  });

  it('include the one of the caller that waits for its results', () => {
    const id = 'results/5c1b0e0a-1111-4a0e-9d0c-000000000000/order-7';
    assert.deepEqual(of('acme', id), ['/tenants/acme/hints', `/tenants/acme/${id}`]);
  });

  it('do not include one for any other correlation id', () => {
    for (const id of [
      'results/',
      'results/a',
      'results/a/',
      'results/a/b/c',
      'results/a_b/c',
      'results/*/c',
      'xresults/a/b',
    ])
      assert.deepEqual(of('acme', id), ['/tenants/acme/hints'], id);
  });
});
