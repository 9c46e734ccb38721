import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explore } from './explore.ts';
import { FEWEST_SCHEDULES, SMALL_CASES, type SmallCase, sizeOf } from './small-cases.ts';

/** Less than a second each. `.ci/run` also runs the others: `npm run test:simulation -- --exhaustive --without-large`. */
const isQuick = (small: SmallCase): boolean =>
  sizeOf(small) === 'small' && small.accident === 'none' && ['rejected', 'request lost'].includes(small.firstAnswer);

describe('one notification, one delivery, one event', () => {
  for (const small of SMALL_CASES.filter(isQuick)) {
    const { company, firstAnswer, accident } = small;
    it(`in every order: in parallel with ${company}, ${firstAnswer}, accident: ${accident}`, async () => {
      const { schedules, violations } = await explore(small);
      assert.deepEqual(violations, []);
      assert.ok(schedules >= FEWEST_SCHEDULES, `${schedules} schedules`);
    });
  }
});
