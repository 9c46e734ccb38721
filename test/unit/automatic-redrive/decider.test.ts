import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { automaticRedriveKey } from '#shared/automatic-redrive/automatic-redrive.ts';
import { type AutomaticEvent, automaticDecider, type Pace, type Situation } from '#shared/automatic-redrive/decider.ts';
import { isTransient } from '#shared/automatic-redrive/transient-reasons.ts';
import { specification } from '#test/support/specification.ts';

const fingerprint = 'a'.repeat(26);
const now = Date.parse('2026-11-30T10:00:00.000Z');
const at = new Date(now).toISOString();
const pace: Pace = { coolDownMs: 1000, calmMs: 60_000 };
const context = {
  key: automaticRedriveKey(fingerprint),
  now,
  version: 1,
  correlationId: 'c',
  commandId: 'd',
  terms: undefined,
};
const { given } = specification(automaticDecider, context);

const began: AutomaticEvent = { type: 'IncidentBegan', at, fingerprint, alarm: 'dead-letters', dueAt: now + 1000 };
const round: AutomaticEvent = { type: 'RoundStarted', at, dueAt: now + 15_000 };
const failed = (dueAt: number): AutomaticEvent => ({ type: 'FailedAgain', at, dueAt });
const calm: AutomaticEvent = { type: 'BecameCalm', at, dueAt: now + 60_000 };
const givenUp = (because: string): AutomaticEvent => ({ type: 'GivenUp', at, because, dueAt: now + 1000 });
const later = (ms: number): AutomaticEvent => ({ type: 'Postponed', dueAt: now + ms });
const ended: AutomaticEvent = { type: 'IncidentEnded', at };

const see = { type: 'SeeFailures', fingerprint, alarm: 'dead-letters', pace } as const;
const review = (more: Partial<Situation> = {}, at: Pace = pace) =>
  ({
    type: 'Review',
    situation: { open: 3, left: [], isTransient: true, isTaken: false, isPaused: false, redrive: 'missing', ...more },
    pace: at,
  }) as const;

const rounds = (count: number): AutomaticEvent[] =>
  Array.from({ length: count }, (_, index) => [round, failed(now + index)]).flat();

describe('An incident of a group', () => {
  it('begins when the alarm sees failures, and waits for the cool-down', () => {
    given().when(see).thenEvents(began);
    given()
      .when(see)
      .thenState({
        fingerprint,
        incident: 1,
        status: 'waiting',
        rounds: 0,
        alarm: 'dead-letters',
        beganAt: at,
        since: at,
        dueAt: now + 1000,
      });
  });

  it('does not begin twice', () => {
    for (const history of [[began], [began, round], [began, round, givenUp('ROUNDS_USED_UP')]])
      given(...history)
        .when(see)
        .thenEvents();
  });

  it('begins again with a new number after it has ended', () => {
    given(began, calm, ended).when(see).thenEvents(began);
    assert.equal(given(began, calm, ended).when(see).accepted().state.incident, 2);
  });

  it('ends when no dead letter was open for the calm time, not earlier', () => {
    given(began, calm)
      .when(review({ open: 0 }))
      .thenEvents(later(60_000));
    given(began, calm)
      .when(review({ open: 0 }, { ...pace, calmMs: 0 }))
      .thenEvents(ended);
  });

  it('continues when the group fails again while it is calm, seen by the alarm or by a look', () => {
    given(began, round, calm)
      .when(see)
      .thenEvents(failed(now + 2000));
    given(began, round, calm)
      .when(review())
      .thenEvents(failed(now + 2000));
    given(began, ...rounds(3), calm)
      .when(see)
      .thenEvents(givenUp('ROUNDS_USED_UP'));
  });
});

describe('A round', () => {
  it('starts after the cool-down', () => {
    given(began).when(review()).thenEvents(round);
    assert.equal(given(began).when(review()).accepted().state.rounds, 1);
  });

  it('does not start when nothing is open, or for a reason that is not transient any more', () => {
    given(began)
      .when(review({ open: 0 }))
      .thenEvents(calm);
    given(began)
      .when(review({ isTransient: false }))
      .thenEvents({ ...ended, because: 'NOT_TRANSIENT' });
  });

  it('is not counted while a person redrives the group', () => {
    given(began)
      .when(review({ isTaken: true }))
      .thenEvents(later(1000));
  });

  it('is followed until its redrive ends', () => {
    for (const redrive of ['missing', 'planned', 'running', 'paused'] as const)
      given(began, round).when(review({ redrive })).thenEvents(later(15_000));
    given(began, round)
      .when(review({ redrive: 'missing', open: 0 }))
      .thenEvents(calm);
  });

  it('is calm when its redrive has left none open', () => {
    for (const redrive of ['done', 'failed', 'expired', 'stopped-by-person'] as const)
      given(began, round)
        .when(review({ redrive, open: 0 }))
        .thenEvents(calm);
  });

  it('is followed by the next one after twice the pause, three in all', () => {
    for (const redrive of ['done', 'failed'] as const) {
      given(began, round)
        .when(review({ redrive }))
        .thenEvents(failed(now + 2000));
      given(began, ...rounds(1), round)
        .when(review({ redrive }))
        .thenEvents(failed(now + 4000));
      given(began, ...rounds(2), round)
        .when(review({ redrive }))
        .thenEvents(givenUp('ROUNDS_USED_UP'));
    }
  });

  it('does not count if its redrive was never started', () => {
    const unused: AutomaticEvent = { type: 'RoundUnused', at, dueAt: now + 1000 };
    given(began, ...rounds(2), round)
      .when(review({ redrive: 'expired' }))
      .thenEvents(unused);
    given(began, ...rounds(2), round, unused, round)
      .when(review({ redrive: 'done' }))
      .thenEvents(givenUp('ROUNDS_USED_UP'));
    given(began, round, unused, round)
      .when(review({ redrive: 'done' }))
      .thenEvents(failed(now + 2000));
  });

  it('does not follow a calm time while another redrive has the group, or its subscriber is paused', () => {
    for (const held of [{ isTaken: true }, { isPaused: true }])
      given(began, calm).when(review(held)).thenEvents(later(1000));
  });

  it('is the last one if a person stops its redrive, or if it cannot be planned', () => {
    given(began, round)
      .when(review({ redrive: 'stopped-by-person' }))
      .thenEvents(givenUp('STOPPED_BY_PERSON'));
    given(began, round)
      .when({ type: 'RefuseRound', because: 'TOO_MANY_MEMBERS', pace })
      .thenEvents(givenUp('TOO_MANY_MEMBERS'));
    given(began).when({ type: 'RefuseRound', because: 'TOO_MANY_MEMBERS', pace }).thenEvents();
  });
});

describe('A group that was given up', () => {
  const history = [began, ...rounds(3), givenUp('ROUNDS_USED_UP')];
  it('gets no more rounds, and says why', () => {
    given(...history)
      .when(review())
      .thenEvents(later(1000));
    const {
      status,
      because,
      rounds: had,
    } = given(...history)
      .when(review())
      .accepted().state;
    assert.deepEqual([status, because, had], ['given-up', 'ROUNDS_USED_UP', 3]);
  });

  it('is calm when a person has dealt with its dead letters', () => {
    given(...history)
      .when(review({ open: 0 }))
      .thenEvents(calm);
    assert.equal(
      given(...history)
        .when(review({ open: 0 }))
        .accepted().state.because,
      undefined,
    );
  });
});

describe('Dead letters that a redrive would drop', () => {
  const reasons = [{ reason: 'NO_MESSAGE', count: 2 }];
  const left = { at: now, reasons };
  const calmed: AutomaticEvent = { type: 'BecameCalm', at, dueAt: now + 60_000, left };
  it('are no failure of a round, and do not start one', () => {
    given(began)
      .when(review({ open: 0, left: reasons }))
      .thenEvents(calmed);
    given(began, round)
      .when(review({ open: 0, left: reasons, redrive: 'done' }))
      .thenEvents(calmed);
  });

  it('do not keep an incident open, and are named when it ends', () => {
    given(began, ...rounds(3), givenUp('ROUNDS_USED_UP'))
      .when(review({ open: 0, left: reasons }))
      .thenEvents(calmed);
    const { state } = given(began, calmed)
      .when(review({ open: 0, left: reasons }, { ...pace, calmMs: 0 }))
      .accepted();
    assert.deepEqual([state.status, state.left], ['ended', left]);
  });

  it('are named when the others used up their rounds', () => {
    given(began, ...rounds(2), round)
      .when(review({ redrive: 'failed', left: reasons }))
      .thenEvents({ type: 'GivenUp', at, because: 'ROUNDS_USED_UP', dueAt: now + 1000, left });
  });
});

describe('The switch of the stage', () => {
  it('ends every incident', () => {
    for (const history of [[began], [began, round], [began, calm]])
      given(...history)
        .when({ type: 'SwitchOff' })
        .thenEvents({ ...ended, because: 'SWITCHED_OFF' });
    given().when({ type: 'SwitchOff' }).thenEvents();
    given(began, ended).when({ type: 'SwitchOff' }).thenEvents();
  });
});

describe('A transient reason', () => {
  it('is never one of a message that cannot be read', () => {
    assert.ok(['GIVEN_UP', 'WAITED_TOO_LONG', 'UNDELIVERABLE'].every(isTransient));
    const others = ['NOT_JSON', 'MALFORMED', 'CRASHED', 'UNREADABLE_RECORD', 'CONTENT_GONE', 'NO_SUCH_ORDER', ''];
    assert.ok(!others.some(isTransient));
  });
});
