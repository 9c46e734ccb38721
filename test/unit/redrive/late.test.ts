import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { type Late, packedLate, unpackedLate } from '#shared/redrive/late.ts';
import { checkProperty } from '#test/support/random-runs.ts';

it('late members are read as they were written, in the order of their positions', async () => {
  const results: Late['result'][] = ['sent', 'unknown'];
  const one = fc
    .tuple(fc.integer({ min: 0, max: 99_999 }), fc.constantFrom(...results))
    .map(([position, result]): Late => ({ position, result }));
  await checkProperty(
    'late',
    fc.asyncProperty(fc.uniqueArray(one, { selector: ({ position }) => position }), async (late) => {
      const inOrder = late.toSorted((first, second) => first.position - second.position);
      assert.deepEqual(unpackedLate(packedLate(late)), inOrder);
    }),
    50,
  );
  assert.deepEqual(unpackedLate(undefined), []);
});

it('two thousand late members take about 6 KB', () => {
  const late = Array.from({ length: 2000 }, (_, index) => ({ position: index * 50, result: 'sent' as const }));
  assert.ok(packedLate(late).length <= 6200);
});
