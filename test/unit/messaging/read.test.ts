import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  anything,
  boolean,
  listOf,
  mapOf,
  number,
  object,
  oneOf,
  openObject,
  optional,
  readWith,
  someText,
  text,
  textThat,
} from '#shared/messaging/read.ts';

const order = object({
  id: someText,
  note: text,
  channel: oneOf('email', 'sms'),
  paid: boolean,
  lines: listOf(object({ sku: textThat('article code', (sku) => /^[A-Z]+$/.test(sku)), quantity: number })),
  size: optional(number),
  labels: optional(mapOf(oneOf('a', 'b'))),
  data: anything,
});
const good = {
  id: 'o1',
  note: '',
  channel: 'sms',
  paid: false,
  lines: [{ sku: 'MUG', quantity: 2 }],
  labels: { any: 'a', other: 'b' },
  data: { any: 'thing' },
};

describe('reading what came from elsewhere', () => {
  it('returns what is as it should be, without what was not asked for', () => {
    const more = { ...good, secret: 1, lines: [{ sku: 'MUG', quantity: 2, price: 3 }] };
    assert.deepEqual(readWith(order, more), { read: good, faults: [] });
    assert.deepEqual(readWith(order, { ...good, size: 3 }).read, { ...good, size: 3 });
  });

  it('keeps what was not asked for in an open object', () => {
    const read = openObject({ id: text });
    assert.deepEqual(readWith(read, { id: 'o1', more: [1] }), { read: { id: 'o1', more: [1] }, faults: [] });
    assert.deepEqual(readWith(read, null).faults, ['it is no object']);
  });

  it('reports all faults at once, by place and expectation, never with the value', () => {
    const bad = {
      id: '',
      channel: 'ada@example.com',
      paid: 'yes',
      lines: [{ sku: 'ada@example.com', quantity: '2' }, null],
      size: 'ada@example.com',
      labels: { any: 'c' },
    };
    assert.deepEqual(readWith(order, bad).faults, [
      'id is no non-empty text',
      'note is no text',
      'channel is no email or sms',
      'paid is no boolean',
      'lines.0.sku is no article code',
      'lines.0.quantity is no number',
      'lines.1 is no object',
      'size is no number',
      'labels.any is no a or b',
    ]);
  });

  it('takes neither a list nor null for an object, nor an object for a list', () => {
    for (const value of [[], null, 'text', undefined, 1]) {
      assert.deepEqual(readWith(order, value).faults, ['it is no object']);
      assert.deepEqual(readWith(mapOf(text), value).faults, ['it is no object']);
    }
    assert.deepEqual(readWith(listOf(text), { length: 0 }).faults, ['it is no list']);
  });
});
