import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { counted, duration } from '#infra/ops/text.ts';

describe('texts for operators', () => {
  it('name a duration by its two largest units', () => {
    const second = 1000;
    const minute = 60 * second;
    const hour = 60 * minute;
    const day = 24 * hour;
    const cases: [number, string][] = [
      [-5 * second, '0 s'],
      [499, '0 s'],
      [59 * second, '59 s'],
      [61 * second, '1 min 1 s'],
      [2 * hour, '2 h'],
      [3 * day + 4 * hour + 5 * minute, '3 d 4 h'],
      [day + 5 * second, '1 d'],
    ];
    assert.deepEqual(
      cases.map(([ms]) => duration(ms)),
      cases.map(([, text]) => text),
    );
  });

  it('name a count with its noun', () => {
    assert.equal(counted(1, 'group'), '1 group');
    assert.equal(counted(12_345, 'group'), '12,345 groups');
    assert.equal(counted(2, 'entry', 'entries'), '2 entries');
  });
});
