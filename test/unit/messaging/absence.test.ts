import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { absent, isAbsenceFinal, NotSeenYet } from '#shared/messaging/absence.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';

const NOW = Date.UTC(2026, 0, 2);
const HOUR_MS = 3_600_000;
const at = (moment: number): string => new Date(moment).toISOString();

describe('what is not there', () => {
  const cases: [name: string, since: string, isFinal: boolean][] = [
    ['was committed now', at(NOW), false],
    ['was committed a little less than an hour ago', at(NOW - HOUR_MS + 1), false],
    ['was committed an hour ago', at(NOW - HOUR_MS), true],
    ['was committed by a clock that is ahead', at(NOW + 2000), false],
    ['names a moment that no clock of ours shows yet', at(NOW + HOUR_MS), true],
    ['names no moment', 'soon', true],
  ];
  for (const [name, since, isFinal] of cases) {
    it(`${isFinal ? 'will not come' : 'may only be not seen yet'}, where it ${name}`, () => {
      assert.equal(isAbsenceFinal(since, NOW), isFinal);
      const failure = absent({ reason: 'NO_SUCH_THING', detail: 'There is none.' }, since, NOW);
      assert.equal(failure.retriable, !isFinal);
      assert.equal(failure.message, 'There is none.');
      if (isFinal) assert.equal((failure as PoisonMessage).reason, 'NO_SUCH_THING');
      assert.ok(isFinal ? failure instanceof PoisonMessage : failure instanceof NotSeenYet);
    });
  }
});
