import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ErasureCommand, erasureDecider } from '#shared/erasure/decider.ts';
import {
  covers,
  type Erasure,
  isStillToErase,
  progressed,
  resumedAt,
  unreadableIn,
  walkEnded,
} from '#shared/erasure/erasure.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const at = (ms: number): string => new Date(NOW + ms).toISOString();
const common = { scope: { customerId: 'ada-1' }, requestedAt: at(0), erased: 1, correlationId: 'c' };
const walk = { number: 3, from: at(-900_000), until: at(0), found: 0, isSecond: true, tries: 1 } as const;
const NO_PROGRESS = { erased: 0, named: [], visited: [] };
const unreadable = { notificationId: 'order_a_1-1', code: 'NEWER_VERSION' };

const STATES: Record<string, Erasure> = {
  'RUNNING, of the release before': { ...common, status: 'RUNNING', dueAt: NOW, after: 'position' },
  'RUNNING, in a first walk': {
    ...common,
    status: 'RUNNING',
    dueAt: NOW,
    walk: { number: 0, until: at(0), found: 0, tries: 0 },
  },
  'RUNNING, nothing found': { ...common, status: 'RUNNING', dueAt: NOW, walk },
  'RUNNING, something found': { ...common, status: 'RUNNING', dueAt: NOW, walk: { ...walk, found: 2 } },
  'RUNNING, with a moved bound': { ...common, status: 'RUNNING', requestedAt: at(5000), requests: 2, dueAt: NOW, walk },
  'RUNNING, with what is being sent': {
    ...common,
    status: 'RUNNING',
    dueAt: NOW,
    walk,
    named: [{ notificationId: 'order_b_1-1' }],
  },
  'RUNNING, with what cannot be read': {
    ...common,
    status: 'RUNNING',
    dueAt: NOW,
    walk,
    named: [unreadable],
    unlisted: 3,
  },
  INCOMPLETE: { ...common, status: 'RUNNING', dueAt: NOW, incompleteSince: at(0), walk, named: [unreadable] },
  'DONE, of the release before': { ...common, status: 'DONE', doneAt: at(0) },
  'DONE, with a late look to come': { ...common, status: 'DONE', doneAt: at(0), looks: 0, dueAt: NOW, walk },
  'DONE for good': { ...common, status: 'DONE', doneAt: at(0), looks: 2 },
};

const handled = (command: ErasureCommand, erasure: Erasure, now: number): Erasure => {
  const key = { tenant: 'acme', type: 'erasure', id: 'e' };
  const decision = erasureDecider.decide(command, erasure, { key, now });
  assert.ok(decision.kind === 'accepted');
  return decision.events.reduce<Erasure>((state, event) => erasureDecider.evolve(state, event), erasure);
};
const START = { type: 'StartErasure', scope: common.scope, correlationId: 'd' } as const;

const TRANSITIONS: Record<string, (erasure: Erasure) => Erasure> = {
  'a further request': (erasure) => (erasure.status === 'RUNNING' ? handled(START, erasure, NOW + 60_000) : erasure),
  'a notification that a sender names': (erasure) =>
    handled({ type: 'NameNotification', notificationId: 'order_c_1-1' }, erasure, NOW),
  'a page': (erasure) => progressed(erasure, { ...NO_PROGRESS, after: 'p', erased: 2, named: [unreadable] }),
  'a pause': (erasure) => resumedAt(erasure, NOW + 1),
  'the end of a walk': (erasure) => walkEnded(erasure, NOW + 1000),
};

describe('an erasure', () => {
  for (const [state, erasure] of Object.entries(STATES)) {
    for (const [name, transition] of Object.entries(TRANSITIONS)) {
      it(`${state}: keeps a field that this release does not know at ${name}`, () => {
        const before = { ...erasure, isFromTheFuture: true };
        assert.equal((transition(before) as typeof before).isFromTheFuture, true);
      });

      it(`${state}: never loses its person, its bound, its count or what cannot be read at ${name}`, () => {
        const after = transition(erasure);
        assert.deepEqual(after.scope, erasure.scope);
        assert.ok(after.requestedAt >= erasure.requestedAt);
        assert.ok(after.erased >= erasure.erased);
        assert.ok(unreadableIn(after) >= unreadableIn(erasure));
        assert.ok(after.status === 'DONE' || Number.isFinite(after.dueAt), 'it continues');
      });
    }

    it(`${state}: is done only at the end of a second walk up to its bound that found nothing and left nothing`, () => {
      const { walk: last, named = [], unlisted = 0, requestedAt } = erasure;
      const isAll = last?.isSecond && last.until === requestedAt && last.found === 0 && named.length + unlisted === 0;
      assert.equal(walkEnded(erasure, NOW).status, isAll ? 'DONE' : 'RUNNING');
    });

    it(`${state}: a request is never lost`, () => {
      const now = NOW + 60_000;
      const after = handled(START, erasure, now);
      assert.deepEqual([after.status, after.requestedAt], ['RUNNING', new Date(now).toISOString()]);
      assert.ok((after.dueAt ?? Number.POSITIVE_INFINITY) <= now + 5000);
    });
  }

  it('takes what was created before its bound, with two seconds for clocks that differ', () => {
    const erasure = STATES['RUNNING, in a first walk'] as Erasure;
    const covered = [-1, 0, 1999, 2000].map((ms) => covers(erasure, { createdAt: at(ms), customerId: 'ada-1' }));
    assert.deepEqual(covered, [true, true, true, false]);
    assert.equal(covers(erasure, { createdAt: at(-1), customerId: 'bob-1' }), false);
    assert.equal(
      covers({ ...erasure, scope: { recipient: 'k' } }, { createdAt: at(-1), recipients: ['j', 'k'] }),
      true,
    );
  });

  it('has nothing left to take of a notification where its recipient, or all of them, were erased', () => {
    const ofCustomer = STATES['DONE for good'] as Erasure;
    const ofRecipient: Erasure = { ...ofCustomer, scope: { recipient: 'k' } };
    const notification = { createdAt: at(-1), customerId: 'ada-1', recipients: ['j', 'k'], erasedAt: at(0) };
    const left = (erasure: Erasure, erased: number[]) => isStillToErase(erasure, { ...notification, erased });
    assert.deepEqual([left(ofRecipient, [0]), left(ofRecipient, [1])], [true, false]);
    assert.deepEqual([left(ofCustomer, [1]), left(ofCustomer, [0, 1])], [true, false]);
    assert.equal(isStillToErase(ofCustomer, { createdAt: at(-1), customerId: 'ada-1' }), true);
  });
});
