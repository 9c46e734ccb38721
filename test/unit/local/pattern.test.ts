import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchesPattern } from '#infra/local/mappings/pattern.ts';

const record = {
  eventName: 'INSERT',
  dynamodb: { Keys: { pk: { S: 'acme#order#1' }, sk: { S: 'OUTBOX#http#1' } }, size: 3 },
  tags: ['a', 'b'],
};

describe('Filter patterns', () => {
  const cases: [what: string, pattern: Parameters<typeof matchesPattern>[0], matches: boolean][] = [
    ['an exact value', { eventName: ['INSERT'] }, true],
    ['another value', { eventName: ['REMOVE'] }, false],
    ['one of several values', { eventName: ['REMOVE', 'INSERT'] }, true],
    ['a number as a number', { dynamodb: { size: [3] } }, true],
    ['a number as a text', { dynamodb: { size: ['3'] } }, false],
    ['a prefix, deep inside', { dynamodb: { Keys: { sk: { S: [{ prefix: 'OUTBOX#' }] } } } }, true],
    ['another prefix', { dynamodb: { Keys: { sk: { S: [{ prefix: 'STATE' }] } } } }, false],
    ['a prefix of what is no text', { dynamodb: { size: [{ prefix: '3' }] } }, false],
    ['all fields of the pattern', { eventName: ['INSERT'], dynamodb: { size: [4] } }, false],
    ['a field that is missing', { eventSource: ['aws:dynamodb'] }, false],
    ['a field below one that is missing', { other: { field: ['x'] } }, false],
    ['an element of a list', { tags: ['b'] }, true],
    ['nothing at all', {}, true],
  ];
  for (const [what, pattern, matches] of cases) {
    it(`${matches ? 'take' : 'leave'} ${what}`, () => assert.equal(matchesPattern(pattern, record), matches));
  }
});
