import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Column, formatFields, formatTable } from '#infra/ops/table.ts';

type Row = { id: string; count: number; reason: string; note?: string };

const columns: Column<Row>[] = [
  { title: 'ID', value: ({ id }) => id, isWhole: true },
  { title: 'COUNT', value: ({ count }) => String(count), align: 'right' },
  { title: 'REASON', value: ({ reason }) => reason },
  { title: 'NOTE', value: ({ note }) => note },
];
const ID = 'gct2tufcpnxv4zeall7tmeldwd';
const rows: Row[] = [
  { id: ID, count: 7, reason: 'NOT_JSON', note: 'An old script writes into our queue, and its owner is on holiday.' },
  { id: ID, count: 1200, reason: 'MALFORMED' },
];
const widest = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length));

describe('a table', () => {
  it('prints every text in full if the output is not a terminal', () => {
    assert.deepEqual(formatTable(columns, rows, Infinity).split('\n'), [
      'ID                          COUNT  REASON     NOTE',
      `${ID}      7  NOT_JSON   An old script writes into our queue, and its owner is on holiday.`,
      `${ID}   1200  MALFORMED`,
      '',
    ]);
  });

  it('shortens the widest text to fit the terminal, and never an id', () => {
    const text = formatTable(columns, rows, 70);
    assert.ok(widest(text) <= 70, text);
    assert.match(text, new RegExp(`^${ID}      7  NOT_JSON   An old script writes.*…$`, 'm'));
  });

  it('becomes blocks on a terminal that is too narrow for the ids', () => {
    const text = formatTable(columns, rows, 40);
    assert.ok(widest(text) <= 40, text);
    assert.deepEqual(text.split('\n'), [
      `ID      ${ID}`,
      'COUNT   7',
      'REASON  NOT_JSON',
      'NOTE    An old script writes into our',
      '        queue, and its owner is on',
      '        holiday.',
      '',
      `ID      ${ID}`,
      'COUNT   1200',
      'REASON  MALFORMED',
      '',
    ]);
  });

  it('leaves out a column that is empty in each row', () => {
    assert.match(formatTable(columns, rows.slice(1), 80), /^ID +COUNT +REASON\n/);
  });

  it('shows what a text says, and does not execute it', () => {
    const evil = '\u001b[2J\u001b]0;title\u0007one\r\ntwo\u202e';
    const text = formatTable(columns, [{ id: ID, count: 1, reason: evil }], 80);
    assert.match(text, /one two$/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there.
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe('fields', () => {
  it('are one below the other, wrapped to the terminal, without the absent ones', () => {
    const text = formatFields(
      [
        ['id', ID],
        ['owner', undefined],
        ['frames', 'one.ts\ntwo.ts'],
        ['note', 'a b c d e f g'],
      ],
      40,
    );
    assert.deepEqual(text.split('\n'), [
      `id      ${ID}`,
      'frames  one.ts',
      '        two.ts',
      'note    a b c d e f g',
      '',
    ]);
  });
});
