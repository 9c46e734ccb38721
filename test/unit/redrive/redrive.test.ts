import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { VERDICTS } from '#shared/once/planner.ts';
import { type RedriveCommand, redriveDecider } from '#shared/redrive/decider.ts';
import { MEMBER_RESULTS, packed, type RedriveMember, unpacked } from '#shared/redrive/members.ts';
import { isInProgress, PLAN_VALID_MS, type Redrive, redriveKey, stepsOf } from '#shared/redrive/redrive.ts';
import { checkProperty } from '#test/support/random-runs.ts';
import { aPlan } from '#test/support/redrives.ts';

const key = redriveKey('redrive-1');
const plan = (): RedriveCommand => ({ type: 'PlanRedrive', planned: aPlan() });
const terms = { actor: 'operator', nonce: 'nonce' };

/** The state after accepted commands, one each second. */
function after(...commands: RedriveCommand[]): Redrive | undefined {
  let redrive: Redrive | undefined;
  for (const [index, command] of commands.entries()) {
    const decision = redriveDecider.decide(command, redrive, { key, now: index * 1000 });
    if (decision.kind === 'rejected') assert.fail(decision.rejection.code);
    for (const event of decision.events) redrive = redriveDecider.evolve(redrive, event);
  }
  return redrive;
}

/** What the command is refused with; undefined: it is accepted. */
function refusal(redrive: Redrive | undefined, command: RedriveCommand, now = 0): string | undefined {
  const decision = redriveDecider.decide(command, redrive, { key, now });
  return decision.kind === 'rejected' ? decision.rejection.code : undefined;
}

const START = { type: 'StartRedrive' } as const;
const PAUSE = { type: 'PauseRedrive', reason: 'lunch' } as const;
const RESUME = { type: 'ResumeRedrive' } as const;
const STOP = { type: 'StopRedrive', reason: 'enough' } as const;
const END = { type: 'EndRedrive' } as const;

describe('a redrive', () => {
  it('begins planned, with its steps, and is not due', () => {
    const redrive = after(plan());
    assert.partialDeepStrictEqual(redrive, {
      status: 'planned',
      counts: { waiting: 3, sent: 0, resolved: 0, failedAgain: 0, skipped: 0, unknown: 0 },
    });
    assert.deepEqual(
      redrive?.steps.map(({ size, status }) => [size, status]),
      [
        [1, 'waiting'],
        [2, 'waiting'],
      ],
    );
    assert.equal(redrive && redriveDecider.due(redrive), undefined);
  });

  it('is due from its start, and stays due while it is paused or stopped, until its worker has finished', () => {
    const due = (...commands: RedriveCommand[]) => {
      const redrive = after(plan(), START, ...commands);
      return redrive && redriveDecider.due(redrive)?.at;
    };
    assert.deepEqual([due(), due(PAUSE), due(PAUSE, RESUME), due(STOP), due(END)], [1000, 1000, 3000, 1000, 1000]);
  });

  it('says why it was paused or stopped, and when it ended', () => {
    assert.partialDeepStrictEqual(after(plan(), START, PAUSE), { status: 'paused', pausedBecause: 'lunch' });
    assert.equal(after(plan(), START, PAUSE, RESUME)?.pausedBecause, undefined);
    const at = new Date(2000).toISOString();
    assert.partialDeepStrictEqual(after(plan(), START, STOP), {
      status: 'stopped',
      endedAt: at,
      stoppedBecause: 'enough',
    });
    assert.partialDeepStrictEqual(after(plan(), START, END), { status: 'done', endedAt: at });
    assert.partialDeepStrictEqual(after(plan(), START, { ...END, because: 'TOO_MANY_FAILURES' }), {
      status: 'stopped',
      endedAt: at,
      stoppedBecause: 'TOO_MANY_FAILURES',
    });
  });

  it('refuses what does not fit its status', () => {
    const refusals = (redrive: Redrive | undefined) =>
      [plan(), START, PAUSE, RESUME, STOP, END].map((command) => refusal(redrive, command));
    const none = 'REDRIVE_NOT_FOUND';
    const exists = 'REDRIVE_EXISTS';
    const started = 'REDRIVE_STARTED';
    const [notRunning, notPaused] = ['REDRIVE_NOT_RUNNING', 'REDRIVE_NOT_PAUSED'];
    const over = 'REDRIVE_NOT_IN_PROGRESS';
    assert.deepEqual(refusals(undefined), [undefined, none, none, none, none, none]);
    assert.deepEqual(refusals(after(plan())), [exists, undefined, notRunning, notPaused, over, over]);
    assert.deepEqual(refusals(after(plan(), START)), [exists, started, undefined, notPaused, undefined, undefined]);
    const paused = after(plan(), START, PAUSE);
    assert.deepEqual(refusals(paused), [exists, started, notRunning, undefined, undefined, undefined]);
    for (const ended of [after(plan(), START, STOP), after(plan(), START, END)]) {
      assert.deepEqual(refusals(ended), [exists, started, notRunning, notPaused, over, over]);
    }
  });

  it('cannot be started with a plan that is older than an hour', () => {
    const redrive = after(plan());
    assert.equal(refusal(redrive, START, PLAN_VALID_MS), undefined);
    assert.equal(refusal(redrive, START, PLAN_VALID_MS + 1), 'PLAN_EXPIRED');
  });

  it('has its groups while it is running or paused', () => {
    const inProgress = [[START], [START, PAUSE], [], [START, STOP], [START, END]].map((commands) => {
      const redrive = after(plan(), ...commands);
      return redrive && isInProgress(redrive);
    });
    assert.deepEqual(inProgress, [true, true, false, false, false]);
  });

  it('has an audit entry of each change', () => {
    const redrive = after(plan(), START, PAUSE);
    const { messages, rows } = redriveDecider.announce(
      [{ type: 'RedrivePaused', at: '', reason: 'lunch' }],
      redrive ?? assert.fail(),
      { key, now: 5, version: 3, correlationId: 'c', commandId: 'http#1', terms },
    );
    const state = {
      auditId: '5-nonce',
      at: new Date(5).toISOString(),
      actor: 'operator',
      correlationId: 'c',
      count: 3,
      action: 'pause-redrive',
      redriveId: 'redrive-1',
      reason: 'lunch',
    };
    assert.deepEqual(messages, []);
    assert.deepEqual(rows, [
      {
        kind: 'state',
        key: { tenant: '', type: 'stage', id: 'audit', part: { type: 'audit', id: '5-nonce' } },
        stored: { schemaVersion: 1, version: 1, state },
      },
    ]);
  });
});

describe('the steps of a redrive', () => {
  it('are the canary sizes and the rest', () => {
    const sizes = (canary: number[], members: number) => stepsOf(canary, members).map(({ size }) => size);
    assert.deepEqual(sizes([1, 10, 100], 1000), [1, 10, 100, 889]);
    assert.deepEqual(sizes([1, 10, 100], 5), [1, 4]);
    assert.deepEqual(sizes([1, 10], 11), [1, 10]);
    assert.deepEqual(sizes([], 7), [7]);
  });
});

describe('the members of a chunk', () => {
  const code = fc.option(fc.stringMatching(/^[A-Z][A-Z_]{0,30}$/), { nil: undefined });
  const id = fc.stringMatching(/^[a-z2-7]{26}$/);

  it('are read as they were written', async () => {
    const member = fc
      .record({
        deadLetterId: id,
        generation: fc.nat(),
        verdict: fc.constantFrom(...VERDICTS),
        reason: code,
        result: fc.option(fc.constantFrom(...MEMBER_RESULTS), { nil: undefined }),
        because: code,
      })
      .map(({ reason, result, because, ...one }): RedriveMember => {
        const ended = result && { result, ...(because !== undefined && { because }) };
        return { ...one, ...(reason !== undefined && { reason }), ...ended };
      });
    await checkProperty(
      'members',
      fc.property(fc.array(member, { maxLength: 10 }), (members) => {
        assert.deepEqual(unpacked(packed(members)), members);
      }),
    );
  });

  it('that are not members are refused', () => {
    assert.throws(() => unpacked('a 1 gone'), PoisonMessage);
    assert.throws(() => unpacked('a 1 handled vanished'), PoisonMessage);
  });
});
