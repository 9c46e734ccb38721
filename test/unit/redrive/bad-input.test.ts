import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { marked } from '#shared/once/redriven-letter.ts';
import { redriveRun } from '#test/support/redrive-run.ts';
import { type Answered, aLetter, redriveWorld } from '#test/support/redrive-world.ts';

const ORDERS = { selection: { subscriber: 'project-orders' } };

/** One clear sentence and the next step, in the caller's terms. */
function assertClear({ json: { detail, next } }: Answered): void {
  assert.match(String(detail), /^[A-Z0-9][^\n]+\.$/);
  assert.match(String(next), /^[A-Z][^\n]+\.$/);
}

type World = ReturnType<typeof redriveWorld>;

/** Everything that is stored, except answers that are kept for their key. */
const rowsOf = ({ store }: World): string =>
  JSON.stringify([[...store.states.entries()].map(([name, { stored }]) => [name, stored])]);

describe('bad input to redrives', () => {
  it('is a set of more than 100,000 dead letters, or of more than 90 groups: both with their number', async () => {
    const ids = Array.from({ length: 100_001 }, (_, index) => ({ deadLetterId: `${index}`, openedAt: index }));
    const large = redriveWorld({
      letterReader: { lettersIn: async () => ids, lettersAt: () => assert.fail('No row has to be read.') },
    });
    await large.fail(aLetter('o1'));
    const many = redriveWorld();
    for (let index = 0; index < 91; index += 1) await many.fail(aLetter(`o${index}`, { reason: `REASON_${index}` }));
    for (const [world, code, number] of [
      [large, 'TOO_MANY_MEMBERS', '100001'],
      [many, 'TOO_MANY_GROUPS', '91'],
    ] as const) {
      const before = rowsOf(world);
      for (const dryRun of [true, false]) {
        const refused = await world.plan({ ...ORDERS, dryRun });
        assert.deepEqual([refused.status, refused.json.code], [422, code]);
        assert.ok(refused.json.detail?.includes(number), refused.json.detail);
        assertClear(refused);
      }
      assert.equal(rowsOf(world), before);
    }
  });

  it('is an id that cannot be redriven: each of them is named, with its place and the next step', async () => {
    const world = redriveWorld();
    const letters = ['open', 'discarded', 'resolved', 'moving'].map((id) => aLetter(id));
    for (const letter of letters) await world.fail(letter);
    const [open, discarded, resolved, moving] = letters.map(({ deadLetterId }) => deadLetterId);
    for (const [id, status] of [
      [discarded, 'discarded'],
      [resolved, 'resolved'],
    ] as const)
      await world.store.changeDeadLetter(String(id), (letter) => letter && { ...letter, status });
    const mark = { generation: 1, redriveId: 'r'.repeat(26), actor: 'ada', at: new Date(0).toISOString() };
    await world.store.changeDeadLetter(String(moving), marked(mark));
    const unknown = 'a'.repeat(26);
    const before = rowsOf(world);
    const refused = await world.plan({ selection: { ids: [open, discarded, resolved, moving, unknown] } });
    assert.deepEqual([refused.status, refused.json.code], [404, 'DEAD_LETTER_NOT_FOUND']);
    assertClear(refused);
    const errors = refused.json.errors as { path: string; code: string; message: string; next: string }[];
    assert.deepEqual(
      errors.map(({ path, code, message }) => [path, code, message]),
      [
        ['/selection/ids/1', 'DEAD_LETTER_NOT_OPEN', `The dead letter ${discarded} is discarded.`],
        ['/selection/ids/2', 'DEAD_LETTER_NOT_OPEN', `The dead letter ${resolved} is resolved.`],
        [
          '/selection/ids/3',
          'DEAD_LETTER_NOT_OPEN',
          `The dead letter ${moving} is being redriven by ${mark.redriveId}.`,
        ],
        ['/selection/ids/4', 'DEAD_LETTER_NOT_FOUND', `There is no dead letter ${unknown}.`],
      ],
    );
    assert.ok(errors.every(({ next }) => next.endsWith('.')));
    const one = await world.plan({ selection: { ids: [open, moving] } });
    assert.deepEqual([one.status, one.json.code, one.json.detail], [409, 'DEAD_LETTER_NOT_OPEN', errors[2]?.message]);
    assert.equal(rowsOf(world), before);
  });

  it('is a command that does not fit: nothing is changed, and no audit entry is written', async () => {
    const world = redriveWorld();
    await world.fail(aLetter('o1'));
    const planned = async () => String((await world.plan(ORDERS)).json.redriveId);
    const [running, rival, old] = [await planned(), await planned(), await planned()];
    await world.act('start', running);
    const early = rowsOf(world);
    const refusals: [string, string, string][] = [
      ['start', rival, 'REDRIVE_IN_PROGRESS'],
      ['start', running, 'REDRIVE_STARTED'],
      ['resume', running, 'REDRIVE_NOT_PAUSED'],
      ['pause', rival, 'REDRIVE_NOT_RUNNING'],
      ['stop', rival, 'REDRIVE_NOT_IN_PROGRESS'],
    ];
    for (const [verb, redriveId, code] of refusals) {
      const refused = await world.act(verb, redriveId);
      assert.deepEqual([refused.status, refused.json.code], [409, code], verb);
      assertClear(refused);
    }
    world.clock.advance(3_600_001);
    const expired = await world.act('start', old);
    assert.deepEqual([expired.status, expired.json.code], [409, 'PLAN_EXPIRED']);
    assertClear(expired);
    for (const body of [{ reason: '' }, { reason: 1 }, { because: 'x' }, []])
      assert.equal((await world.act('pause', running, body)).status, 400, JSON.stringify(body));
    assert.equal(rowsOf(world), early);
  });

  it('is a dead letter of a subscriber that no longer exists: it is skipped with the reason, and stays open', async () => {
    const world = redriveRun();
    await world.start(['gone'], { canary: [] });
    const { status, counts } = await world.untilOver({ redriverOf: () => 'SUBSCRIBER_UNKNOWN' });
    assert.deepEqual([status, counts.skipped, world.sends], ['done', 1, []]);
    assert.deepEqual(
      (await world.members()).map(({ result, because }) => [result, because]),
      [['skipped', 'SUBSCRIBER_UNKNOWN']],
    );
    const { status: letterStatus, history } = await world.letter('gone');
    assert.deepEqual([letterStatus, history], ['open', []]);
  });
});
