import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { GUARDS } from './guards.ts';
import { withoutTheGuard } from './prove-guards.ts';
import { redriveAtFullRate } from './redrive-rate.ts';
import { runOnce } from './run.ts';
import { search } from './search.ts';

/** The fixed slice. `test/slow` continues it; longer runs are `npm run test:simulation -- --seeds N`. */
const SLICE = { seed: 1, seeds: 30, orders: 10 };

/** Seed 99 once showed that an e-mail which bounced after its delivery had no fallback. */
const PROCESSES = { seed: 95, seeds: 10 };

/** Seeds that once showed a fault of ours, before there were further conditions. */
const REGRESSIONS: [seed: number, what: string][] = [
  [6, 'a reminder was published twice under one id with two different times'],
  [303, 'evidence about a row of a newer release was dead-lettered within minutes'],
  [601, 'a stalled feed delivered everything at the same time, and the count of its dead letters lagged behind'],
  [605, 'unreadable evidence looked older than its attempt to another clock'],
  [6882, 'a claim that came through late was taken once more under the same nonce'],
  [3643, 'an unreadable event recorded late let a later one look older than its attempt'],
];

describe('the simulation', () => {
  it(`finds nothing in seeds ${SLICE.seed} to ${SLICE.seed + SLICE.seeds - 1}, with faults of every kind`, async () => {
    const { totals, found, tooManyHeld } = await search(SLICE);
    assert.equal(found?.seed, undefined, JSON.stringify(found?.result.violations[0]));
    assert.deepEqual(tooManyHeld, []);
    assert.ok(totals.faults > 300, `${totals.faults} faults`);
    assert.ok((totals.statuses.SENT ?? 0) > 240, JSON.stringify(totals.statuses));
  });

  for (const [seed, what] of REGRESSIONS) {
    it(`finds nothing in seed ${seed} any more: ${what}`, async () => {
      assert.deepEqual((await runOnce({ seed, orders: 10, plain: true })).violations, []);
    });
  }

  it('finds nothing in the processes of orders that are confirmed, approved and cancelled', async () => {
    for (let seed = PROCESSES.seed; seed < PROCESSES.seed + PROCESSES.seeds; seed += 1)
      assert.deepEqual((await runOnce({ seed, orders: 10, always: 'processes' })).violations, [], `seed ${seed}`);
  });

  it('finds nothing in the redrives of operators: a mark that arrived after its redrive had stopped once stayed', async () => {
    assert.deepEqual((await runOnce({ seed: 110, orders: 10, always: 'operators' })).violations, []);
  });

  it('sustains 500 redrives in a second while everything fails now and then, with zero doubled', async () => {
    const { violations, sent, leastPerSecond, mostPerSecond, struck } = await redriveAtFullRate({
      ...{ seed: 1, messages: 1000 },
    });
    assert.deepEqual(violations, []);
    assert.ok(sent > 600 && struck.size > 500, `${sent} sent, ${struck.size} faults`);
    for (const perSecond of [leastPerSecond, mostPerSecond])
      assert.ok(perSecond >= 400 && perSecond <= 600, `${perSecond} in a second`);
  });

  it('repeats a seed to the last fault', async () => {
    const [one, other] = [await runOnce({ seed: 42, orders: 5 }), await runOnce({ seed: 42, orders: 5 })];
    assert.deepEqual([...one.struck], [...other.struck]);
    assert.equal(one.steps, other.steps);
  });

  it('shows the limit of the promise: beyond the margin a message may leave twice, and then it is marked as doubled', async () => {
    let doubled = 0;
    for (let seed = 1; seed <= 40 && doubled === 0; seed += 1) {
      const result = await runOnce({ seed, orders: 10, beyondMargin: true });
      assert.deepEqual(result.violations, []);
      doubled += result.doubled;
    }
    assert.ok(doubled > 0, 'no feed was late enough');
  });
});

/** Guards whose absence shows within a second. `test/slow` has others; the whole table is `npm run test:guards`. */
const QUICK = ['claim condition', 'publish before mark', 'fingerprint'];

describe('a guard that is taken out', () => {
  for (const name of QUICK) {
    it(`is noticed: ${name}`, async () => {
      assert.ok((await withoutTheGuard(name, 100)).invariant);
    });
  }

  it('is named in the table once', () => {
    assert.equal(new Set(GUARDS.map(({ name }) => name)).size, GUARDS.length);
  });

  it('is still in the file that the table names', () => {
    const root = join(import.meta.dirname, '..', '..');
    const timesOf = ({ file, find }: { file: string; find: string }): number =>
      readFileSync(join(root, file), 'utf8').split(find).length - 1;
    const moved = GUARDS.filter(({ edits }) => edits.some((edit) => timesOf(edit) !== 1));
    assert.deepEqual(
      moved.map(({ name }) => name),
      [],
    );
  });
});
