import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeAnswers, judgeOrder } from '#test/support/judge/commands.ts';
import { compareOnce } from '#test/support/judge/once.ts';

describe('Comparing what had to be there once', () => {
  it('names what is missing, what was found more than once, and what is unexpected', () => {
    assert.deepEqual(compareOnce(['a', 'b'], ['b', 'a']), { missing: [], repeated: [], unexpected: [] });
    assert.deepEqual(compareOnce(['a', 'b', 'c'], ['b', 'b', 'c', 'd', 'd']), {
      missing: ['a'],
      repeated: ['b'],
      unexpected: ['d'],
    });
  });
});

describe('The judge of the answers under a key', () => {
  const [body, another] = [{}, {}];
  const kinds = (...answers: Parameters<typeof judgeAnswers>[0]) => judgeAnswers(answers).map(({ what }) => what);

  it('accepts one answer, however often it was given, and one that is generated each time', () => {
    const one = { key: 'k', request: body, text: 'placed' };
    assert.deepEqual(kinds(one, one, { ...one, key: 'l', text: 'added' }), []);
    assert.deepEqual(kinds({ key: 'k', request: body }, { key: 'k', request: body }), []);
  });

  it('finds two answers to one key, and two bodies that were answered', () => {
    const one = { key: 'k', request: body, text: 'placed' };
    assert.deepEqual(kinds(one, { ...one, text: 'placed otherwise' }), ['two answers']);
    assert.deepEqual(kinds(one, { ...one, request: another }), ['two bodies answered']);
  });
});

describe('The judge of an order', () => {
  const WELL = { lines: ['a', 'b'], version: 2, acknowledged: ['a', 'b'], unanswered: [], committed: 2 };
  const faults = (more: Partial<Parameters<typeof judgeOrder>[0]>): number => judgeOrder({ ...WELL, ...more }).length;

  it('accepts each acknowledged line once, and a line whose client was not answered', () => {
    assert.equal(faults({}), 0);
    assert.equal(faults({ lines: ['a', 'b', 'c'], unanswered: ['c', 'd'] }), 0);
  });

  it('finds a line that is missing, duplicated, or requested by no command', () => {
    assert.equal(faults({ lines: ['a'] }), 1);
    assert.equal(faults({ lines: ['a', 'b', 'b'] }), 1);
    assert.equal(faults({ lines: ['a', 'b', 'c'] }), 1);
    assert.equal(faults({ lines: ['a', 'b', 'c', 'c'], unanswered: ['c'] }), 1);
  });

  it('finds a version that is not the number of accepted commands', () => {
    assert.equal(faults({ version: 3 }), 1);
    assert.equal(faults({ version: 3, lines: ['a'] }), 2);
  });
});
