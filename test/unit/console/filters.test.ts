import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { instantOf, localTimeOf } from '#console/base/times.ts';
import {
  CHANNELS,
  FILTER_NAMES,
  pageQuery,
  STATUSES,
  searchOf,
  viewOf,
  withFilter,
} from '#console/messages/filters.ts';
import { logQuerySchema } from '#shared/message-log/query.ts';
import { notificationSchema } from '#shared/notification/responses.ts';
import { channel } from '#shared/recipient/channel.ts';

describe('the filters in the URL', () => {
  it('are read again as they were written, whatever they contain', () => {
    const value = fc.string({ maxLength: 60, unit: 'binary' }).filter((text) => text.isWellFormed());
    const views = fc.record({
      filters: fc.dictionary(fc.constantFrom(...FILTER_NAMES), value),
      message: fc.option(value, { nil: undefined }),
    });
    fc.assert(
      fc.property(views, ({ filters, message }) => {
        const view = viewOf(searchOf({ filters, ...(message && { message }) }));
        assert.deepEqual(viewOf(searchOf(view)), view);
        for (const [name, given = ''] of Object.entries(filters))
          assert.equal(Object.entries(view.filters).find(([one]) => one === name)?.[1] ?? '', given.trim());
      }),
    );
  });

  it('leave out empty values, unknown names, and what is longer than the API accepts', () => {
    const { filters, message } = viewOf(`?channel=&colour=red&purpose=%20&recipient=${'a'.repeat(1000)}`);
    assert.deepEqual(Object.keys(filters), ['recipient']);
    assert.equal(filters.recipient?.length, 400);
    assert.equal(message, undefined);
    assert.equal(searchOf({ filters: {} }), '');
  });

  it('are added and removed one by one', () => {
    const sms = withFilter({ status: 'SENT' }, 'channel', 'sms');
    assert.deepEqual(sms, { status: 'SENT', channel: 'sms' });
    assert.deepEqual(withFilter(sms, 'status', ''), { channel: 'sms' });
  });

  it('are the query of the API, under the same names', () => {
    const [schema] = logQuerySchema.pipe;
    for (const name of FILTER_NAMES) assert.ok(Object.hasOwn(schema.entries, name), name);
    const query = new URLSearchParams(pageQuery({ recipient: '+4366012345678' }, { limit: 50, cursor: 'next' }));
    assert.deepEqual(Object.fromEntries(query), { recipient: '+4366012345678', limit: '50', cursor: 'next' });
  });

  it('offer every channel and every status of the API', () => {
    assert.deepEqual([...CHANNELS], channel.options);
    assert.deepEqual([...STATUSES], notificationSchema.entries.status.options);
  });

  it('show times in the viewer’s time zone, and send them in UTC', () => {
    const instant = '2026-11-30T09:05:00.000Z';
    assert.equal(instantOf(localTimeOf(instant)), instant);
    assert.equal(instantOf(''), '');
    assert.equal(localTimeOf('yesterday'), '');
  });

  it('show no time that a field cannot show, in any time zone', () => {
    const { TZ } = process.env;
    try {
      for (const zone of ['Asia/Tokyo', 'UTC', 'America/New_York']) {
        process.env.TZ = zone;
        for (const instant of ['+275760-09-13T00:00:00.000Z', '-271821-04-20T00:00:00.000Z'])
          assert.equal(localTimeOf(instant), '', `${instant} ${zone}`);
      }
    } finally {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    }
  });
});
