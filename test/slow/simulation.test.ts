import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutTheGuard } from '#test/simulation/prove-guards.ts';
import { search } from '#test/simulation/search.ts';

/** Continues the fixed slice of `test/simulation/simulation.test.ts`. */
const SLICE = { seed: 31, seeds: 70, orders: 10 };

describe('the simulation', () => {
  it(`finds nothing in seeds ${SLICE.seed} to ${SLICE.seed + SLICE.seeds - 1}, with faults of every kind`, async () => {
    const { totals, found, tooManyHeld } = await search(SLICE);
    assert.equal(found?.seed, undefined, JSON.stringify(found?.result.violations[0]));
    assert.deepEqual(tooManyHeld, []);
    assert.ok(totals.faults > 700, `${totals.faults} faults`);
    assert.ok((totals.statuses.SENT ?? 0) > 560, JSON.stringify(totals.statuses));
  });
});

/** Guards whose absence shows within a few seeds or in a small case. */
const GUARDS = [
  'a further request moves the bound',
  'a claim looks for an erasure',
  'version check of a commit',
  'version check of a claim',
];

describe('a guard that is taken out', () => {
  for (const name of GUARDS) {
    it(`is noticed: ${name}`, async () => {
      assert.ok((await withoutTheGuard(name, 100)).invariant);
    });
  }
});
