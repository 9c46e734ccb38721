import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plannersOf } from '#shared/adapters/aws/runtime/redrive-planners.ts';
import type { AutomaticRedrive } from '#shared/automatic-redrive/automatic-redrive.ts';
import { redriveIdOf } from '#shared/automatic-redrive/automatic-redrive.ts';
import { redriveRounds } from '#shared/automatic-redrive/rounds.ts';
import { nextVersion } from '#shared/messaging/rows.ts';
import { fingerprintOf } from '#shared/once/dead-letter.ts';
import { type RedriveEvent, redriveDecider } from '#shared/redrive/decider.ts';
import { REDRIVE, RESERVATION, type Redrive, redriveKey } from '#shared/redrive/redrive.ts';
import { memoryDecidingRows, memoryLetterReader, memoryRedriveSets } from '#test/support/memory/memory-redrives.ts';
import { aLetter, redriveWorld } from '#test/support/redrive-world.ts';
import { pausedIn } from '#test/support/world/api.ts';

const failure = aLetter('1');
const state: AutomaticRedrive = {
  fingerprint: fingerprintOf(failure.letter),
  ...{ incident: 1, status: 'redriving', rounds: 1, alarm: 'dead-letters' },
  ...{ beganAt: '2026-01-01T00:00:00.000Z', since: '2026-01-01T00:00:00.000Z' },
};

/** A round whose redrive runs. */
async function startedRound() {
  const world = redriveWorld();
  const { store, clock } = world;
  const redrives = store.statesOf(REDRIVE);
  await world.fail(failure);
  const rounds = redriveRounds({
    ...world.ports(),
    redrives,
    reservations: store.statesOf(RESERVATION),
    letterLists: store,
    letterReader: memoryLetterReader(store),
    redriveSets: memoryRedriveSets(store),
    rowsAt: memoryDecidingRows(store),
    plannerOf: plannersOf('project-orders'),
    pausedSubscribers: pausedIn(store),
  });
  assert.equal(await rounds.start(state), undefined);
  assert.equal(await rounds.standingOf(state), 'running');
  const key = redriveKey(redriveIdOf(state));
  const change = async (changed: (redrive: Redrive) => Redrive) => {
    const stored = (await redrives.read(key)) ?? assert.fail();
    await redrives.replace(key, stored.version, nextVersion(stored, changed(stored.state), undefined));
    clock.advance(60_000);
    return rounds.standingOf(state);
  };
  const after = (event: RedriveEvent) => change((redrive) => redriveDecider.evolve(redrive, event));
  return { change, after, at: new Date(clock.now()).toISOString() };
}

describe('A redrive of a round that was stopped', () => {
  it('has failed if its worker stopped it, whatever the code', async () => {
    for (const because of ['TOO_MANY_FAILURES', 'CONFLICT', 'A_CODE_OF_TOMORROW']) {
      const { after, at } = await startedRound();
      assert.equal(await after({ type: 'RedriveEnded', at, because }), 'failed', because);
    }
  });

  it('was stopped by a person if a person stopped it, whatever the reason', async () => {
    for (const reason of ['It is enough.', 'NOT_SENT']) {
      const { after, at } = await startedRound();
      assert.equal(await after({ type: 'RedriveStopped', at, reason }), 'stopped-by-person', reason);
    }
  });

  it('is known by its code if an earlier release has stopped it', async () => {
    const stopped = (stoppedBecause: string) => (redrive: Redrive) => ({
      ...redrive,
      ...{ status: 'stopped' as const, stoppedBecause },
    });
    const { change } = await startedRound();
    assert.equal(await change(stopped('NOT_SENT')), 'failed');
    assert.equal(await change(stopped('It is enough.')), 'stopped-by-person');
  });
});
