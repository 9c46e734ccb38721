import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explore } from './explore.ts';
import { SMALL_CASES, sizeOf } from './small-cases.ts';

/** The larger cases are for a command: `npm run test:simulation -- --exhaustive`. */
describe('one notification, one delivery, one event', () => {
  for (const small of SMALL_CASES.filter((one) => sizeOf(one) === 'small')) {
    const { company, firstAnswer, accident } = small;
    it(`in every order: in parallel with ${company}, ${firstAnswer}, accident: ${accident}`, async () => {
      const { schedules, violations } = await explore(small);
      assert.deepEqual(violations, []);
      assert.ok(schedules > 10, `${schedules} schedules`);
    });
  }
});
