import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { repeatedMembers } from '#shared/http/repeated-members.ts';

describe('members that are repeated in a JSON text', () => {
  const cases: [text: string, repeated: string[]][] = [
    ['{}', []],
    ['"a"', []],
    ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}', []],
    ['{"a":1,"a":1}', ['/a']],
    ['{"a":1,"a":1,"a":1}', ['/a', '/a']],
    ['{ "a" : {"b":[0, {"c":1, "c":2}]} }', ['/a/b/1/c']],
    ['{"a":"\\"a\\":1,","b":"{[,:","a":2}', ['/a']],
    ['{"\\u0061":1,"a":2}', ['/a']],
    ['{"a\\\\":1,"a":2}', []],
    ['{"x/y~":1,"x/y~":2}', ['/x~1y~0']],
    ['{"__proto__":1,"__proto__":2}', ['/__proto__']],
    ['{"":1,"":2}', ['/']],
    ['[[{"a":1}],[{"a":1,"a":2}]]', ['/1/0/a']],
  ];
  for (const [text, repeated] of cases)
    it(`of ${text}`, () => {
      assert.ok(JSON.parse(text) !== undefined);
      assert.deepEqual(repeatedMembers(text, 100), repeated);
    });

  it('are none in whatever JSON.stringify writes', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 5 }), (text) => assert.deepEqual(repeatedMembers(text, 100), [])));
  });

  it('are found up to a number, in a text of any depth', () => {
    const many = `{${Array.from({ length: 300 }, () => '"a":1').join(',')}}`;
    assert.equal(repeatedMembers(many, 100).length, 100);
    assert.deepEqual(repeatedMembers('['.repeat(100_000) + ']'.repeat(100_000), 100), []);
  });
});
