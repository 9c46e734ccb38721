import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '#shared/messaging/envelope.ts';
import type { RelatedState } from '#shared/messaging/rows.ts';
import { IdempotencyConflict, LimitExceeded, TemporarilyUnavailable, VersionMismatch } from '#shared/once/errors.ts';
import { type ExecuteRequest, executeOnce } from '#shared/once/execute.ts';
import { type CommitResult, type OnceStore, StoreUnavailable } from '#shared/once/ports.ts';
import { COUNTER, type CounterCommand, type CounterEvent, type CounterState, counter } from '#test/support/counter.ts';
import type { MemoryStore } from '#test/support/memory/memory-store.ts';
import { createWorld } from '#test/support/world/world.ts';

const key = { tenant: 'acme', type: 'counter', id: 'one' };
type Request = ExecuteRequest<CounterState, CounterCommand, CounterEvent>;

type More = Pick<Request, 'assume' | 'related'> & { command?: CounterCommand };

const request = (commandId: string, amount: number, more: More = {}): Request => ({
  decider: counter,
  key,
  commandId,
  fingerprint: `add ${amount}`,
  command: { type: 'Add', amount },
  metadata: { correlationId: 'correlation', causationId: 'cause' },
  ...more,
});

/** Counts calls, and lets a test decide what a commit answers before or after it is done. */
function spiedStore(store: MemoryStore) {
  const calls = { load: 0, commit: 0 };
  const before: (() => CommitResult | undefined)[] = [];
  const after: (() => void)[] = [];
  const spied: OnceStore = {
    load: (...args) => {
      calls.load += 1;
      return store.load(...args);
    },
    commit: async (commit) => {
      calls.commit += 1;
      const instead = before.shift()?.();
      if (instead) return instead;
      const result = await store.commit(commit);
      after.shift()?.();
      return result;
    },
  };
  return { spied, calls, before, after };
}

function world() {
  const { store, clock, ports } = createWorld({ ports: { settings: { outboxGraceMs: 60_000, budgetMs: 5000 } } });
  const { spied, ...spy } = spiedStore(store);
  return { store, clock, ports: { ...ports(), store: spied }, ...spy };
}

const lost = (): never => {
  throw new StoreUnavailable('The answer got lost.');
};

describe('executeOnce', () => {
  it('commits state, outcome and messages together, without a read for a creating command', async () => {
    const { ports, store, calls, clock } = world();
    const executed = await executeOnce(request('first', 3, { assume: 'absent' }), ports);
    assert.deepEqual(executed, {
      kind: 'committed',
      outcome: { accepted: true, version: 1, answer: '{"total":3,"version":1}' },
    });
    assert.deepEqual(calls, { load: 0, commit: 1 });
    const [record] = store.outbox.values();
    assert.equal(record?.dueAt, clock.now() + 60_000);
    const [message] = record?.messages.map((text) => JSON.parse(text) as Envelope) ?? [];
    assert.equal(message?.sequence, '1.1');
    assert.equal(message?.subject, 'counter/one');
    assert.equal(message?.tenantid, 'acme');
    assert.equal(message?.time, '2026-01-01T00:00:00.000Z');
  });

  it('answers a repetition with the stored outcome, even after the state has moved on', async () => {
    const { ports, store } = world();
    const first = await executeOnce(request('first', 3, { assume: 'absent' }), ports);
    await executeOnce(request('second', 4), ports);
    for (const assume of ['absent', undefined] as const) {
      const again = await executeOnce(request('first', 3, { assume }), ports);
      assert.deepEqual(again, { kind: 'duplicate', outcome: first.outcome });
    }
    assert.equal(store.outbox.size, 2);
    assert.deepEqual(
      [...store.states.values()].map(({ stored }) => stored.state),
      [{ total: 7 }],
    );
  });

  it('refuses the same command id with another fingerprint and changes nothing', async () => {
    const { ports, store } = world();
    await executeOnce(request('first', 3, { assume: 'absent' }), ports);
    await assert.rejects(executeOnce(request('first', 5, { assume: 'absent' }), ports), IdempotencyConflict);
    await assert.rejects(executeOnce(request('first', 5), ports), IdempotencyConflict);
    assert.equal(store.outbox.size, 1);
  });

  it('knows its own commit by the nonce when the answer was lost', async () => {
    const { ports, after, calls, store } = world();
    after.push(lost);
    const executed = await executeOnce(request('first', 3, { assume: 'absent' }), ports);
    assert.equal(executed.kind, 'committed');
    assert.equal(calls.commit, 2);
    assert.equal(store.outbox.size, 1);
  });

  it('answers with the stored outcome, not with a new decision, after a lost answer', async () => {
    const { ports, after, before, store } = world();
    await executeOnce(request('first', 3, { assume: 'absent' }), ports);
    // The answer to our commit is lost. Our second try gets a conflict, so it reads and decides again.
    after.push(lost);
    before.push(
      () => undefined,
      () => ({ kind: 'conflict' }),
    );
    const executed = await executeOnce(request('second', 4), ports);
    assert.deepEqual(executed.outcome, { accepted: true, version: 2, answer: '{"total":7,"version":2}' });
    assert.equal(store.outbox.size, 2);
  });

  it('decides again on what it reads after a conflict', async () => {
    const { ports, calls, store } = world();
    await executeOnce(request('first', 3, { assume: 'absent' }), ports);
    const stale = { schemaVersion: 1, version: 9, state: { total: 900 } };
    const executed = await executeOnce(request('second', 4, { assume: stale }), ports);
    assert.deepEqual(JSON.parse(executed.outcome.answer), { total: 7, version: 2 });
    assert.deepEqual(calls, { load: 1, commit: 3 });
    assert.equal(store.outbox.size, 2);
  });

  it('gives up in time, with an error that marks a repetition as safe', async () => {
    const { ports, before, clock } = world();
    before.push(...Array.from({ length: 1000 }, () => lost));
    const start = clock.now();
    await assert.rejects(
      executeOnce(request('first', 3, { assume: 'absent' }), ports),
      (error: TemporarilyUnavailable) => {
        assert.ok(error instanceof TemporarilyUnavailable);
        assert.ok(error.retriable);
        assert.ok(error.cause instanceof StoreUnavailable);
        return true;
      },
    );
    assert.ok(clock.now() - start <= 5000);
  });

  it('stores a refusal that depends on a state, and repeats it', async () => {
    const { ports, store } = world();
    await executeOnce(request('first', 3, { assume: 'absent' }), ports);
    const refused = await executeOnce(request('second', -1), ports);
    assert.equal(refused.kind, 'rejected');
    await executeOnce(request('third', 4), ports);
    const again = await executeOnce(request('second', -1), ports);
    assert.deepEqual(again, { kind: 'duplicate', outcome: refused.outcome });
    assert.match(again.outcome.answer, /The total is 3\./);
    const record = [...store.outbox.values()].find(({ commandId }) => commandId === 'second');
    assert.deepEqual(record?.messages, []);
    assert.equal(record?.dueAt, undefined, 'nothing to publish, so nothing is due');
  });

  it('stores nothing for a refusal without a state', async () => {
    const { ports, store } = world();
    const refused = await executeOnce(request('first', -1, { assume: 'absent' }), ports);
    assert.equal(refused.kind, 'rejected');
    assert.equal(store.outbox.size, 0);
  });

  it('writes nothing if nothing changes and no message is published', async () => {
    const { ports, store, calls } = world();
    const executed = await executeOnce(request('first', 0, { assume: 'absent' }), ports);
    assert.equal(executed.kind, 'unchanged');
    assert.equal(calls.commit, 0);
    assert.equal(store.outbox.size, 0);
  });

  it('gives messages ids that follow from the outbox row and the position alone', async () => {
    const idsOf = async (nonceOffset: number): Promise<string[]> => {
      const { ports, store, clock } = world();
      for (let count = 0; count < nonceOffset; count += 1) ports.random.nonce();
      clock.advance(nonceOffset);
      await executeOnce(request('first', 3, { assume: 'absent' }), ports);
      return [...store.outbox.values()].flatMap(({ messages }) =>
        messages.map((text) => (JSON.parse(text) as Envelope).id),
      );
    };
    assert.deepEqual(await idsOf(0), await idsOf(5));
  });

  it('checks the limits of the services before writing, in the caller’s terms', async () => {
    const { ports, store, calls } = world();
    const command: CounterCommand = { type: 'Add', amount: 1, notify: 50 };
    await assert.rejects(
      executeOnce(request('first', 1, { command, assume: 'absent' }), ports),
      (error: LimitExceeded) => {
        assert.ok(error instanceof LimitExceeded);
        assert.match(
          error.message,
          /changes 102 rows \(state, outbox, 50 × notification, 50 × content\); 100 is the limit/,
        );
        return true;
      },
    );
    assert.equal(calls.commit, 0);
    assert.equal(store.states.size, 0);
  });
});

describe('executeOnce with related states', () => {
  const other = { ...key, id: 'other' };
  const countOf = async (store: MemoryStore): Promise<unknown> => (await store.statesOf(COUNTER).read(other))?.version;
  const further = (store: MemoryStore) => async (): Promise<RelatedState[]> => {
    const version = (await store.statesOf(COUNTER).read(other))?.version ?? 0;
    return [{ key: other, expectedVersion: version, next: { schemaVersion: 1, version: version + 1, state: {} } }];
  };

  it('changes them in the same transaction, once', async () => {
    const { ports, store } = world();
    const related = further(store);
    assert.equal((await executeOnce(request('one', 1, { related }), ports)).kind, 'committed');
    assert.equal((await executeOnce(request('one', 1, { related }), ports)).kind, 'duplicate');
    assert.equal(await countOf(store), 1);
  });

  it('asks for them again after a conflict, with the states of that time', async () => {
    const { ports, store, before } = world();
    let readings = 0;
    const related = (): Promise<RelatedState[]> => {
      readings += 1;
      return further(store)();
    };
    before.push(() => {
      void store.statesOf(COUNTER).replace(other, 0, { schemaVersion: 1, version: 1, state: { total: 0 } });
      return undefined;
    });
    assert.equal((await executeOnce(request('one', 1, { related }), ports)).kind, 'committed');
    assert.deepEqual([readings, await countOf(store)], [2, 2]);
  });

  it('recognises its own commit whose answer was lost', async () => {
    const { ports, store, after } = world();
    after.push(lost);
    const { kind } = await executeOnce(request('one', 1, { related: further(store) }), ports);
    assert.deepEqual([kind, await countOf(store)], ['committed', 1]);
  });

  it('writes nothing if they refuse, but answers a repetition as the first command', async () => {
    const { ports, store } = world();
    const refusal = new LimitExceeded('no');
    const related = async (): Promise<RelatedState[]> => Promise.reject(refusal);
    await assert.rejects(executeOnce(request('one', 1, { related }), ports), refusal);
    assert.equal(store.outbox.size, 0);
    const first = await executeOnce(request('one', 1), ports);
    assert.deepEqual(await executeOnce(request('one', 1, { related }), ports), { ...first, kind: 'duplicate' });
    await assert.rejects(executeOnce(request('one', 2, { related }), ports), IdempotencyConflict);
  });

  it('counts them towards the limit of a transaction', async () => {
    const { ports } = world();
    const related = async (): Promise<RelatedState[]> =>
      Array.from({ length: 99 }, (_, index) => ({
        key: { ...other, id: `other-${index}` },
        expectedVersion: 0,
        next: { schemaVersion: 1, version: 1, state: {} },
      }));
    await assert.rejects(
      executeOnce(request('one', 1, { related }), ports),
      /changes 101 rows \(state, outbox, 99 × counter\)/,
    );
  });
});

describe('executeOnce with an expected version', () => {
  const expecting = (commandId: string, expectedVersion: number, more: Partial<Request> = {}) =>
    request(commandId, 1, { expectedVersion, ...more });
  const mismatch = (currentVersion: number) => (error: VersionMismatch) => {
    assert.ok(error instanceof VersionMismatch);
    assert.equal(error.currentVersion, currentVersion);
    return true;
  };
  const started = async () => {
    const here = world();
    await executeOnce(request('first', 3, { assume: 'absent' }), here.ports);
    return here;
  };
  const versionIn = (store: MemoryStore) => [...store.states.values()].map(({ stored }) => stored.version);

  it('commits if the state has it, and reads once', async () => {
    const { ports, calls } = await started();
    assert.equal((await executeOnce(expecting('second', 1), ports)).outcome.version, 2);
    assert.deepEqual(calls, { load: 1, commit: 2 });
  });

  it('writes and stores nothing if the state has another one, so the same command may come again', async () => {
    const { ports, store, calls } = await started();
    await assert.rejects(executeOnce(expecting('second', 7), ports), mismatch(1));
    assert.deepEqual([calls.commit, store.outbox.size, versionIn(store)], [1, 1, [1]]);
    assert.equal((await executeOnce(expecting('second', 1), ports)).kind, 'committed');
  });

  it('gives a repetition its stored answer, although the version has changed', async () => {
    const { ports } = await started();
    const first = await executeOnce(expecting('second', 1), ports);
    for (const assume of [undefined, { schemaVersion: 1, version: 2, state: { total: 4 } }]) {
      assert.deepEqual(await executeOnce(expecting('second', 1, { assume }), ports), { ...first, kind: 'duplicate' });
    }
    await assert.rejects(executeOnce(expecting('second', 1, { fingerprint: 'other' }), ports), IdempotencyConflict);
  });

  it('gives a repetition its stored answer, although its first read saw the new state without the record', async () => {
    const { ports, store, calls } = await started();
    const first = await executeOnce(expecting('second', 1), ports);
    let reads = 0;
    const half: OnceStore = {
      ...ports.store,
      load: async (key, commandId, shape) => {
        const { record, stored } = await store.load(key, commandId, shape);
        reads += 1;
        return { ...(stored && { stored }), ...(record && reads > 1 && { record }) };
      },
    };
    const again = await executeOnce(expecting('second', 1), { ...ports, store: half });
    assert.deepEqual([again, reads, calls.commit], [{ ...first, kind: 'duplicate' }, 2, 2]);
  });

  it('is checked again after a conflict', async () => {
    const { ports, before, store } = await started();
    let intruder: Promise<unknown> | undefined;
    before.push(() => {
      intruder = store.statesOf(COUNTER).replace(key, 1, { schemaVersion: 1, version: 2, state: { total: 9 } });
      return { kind: 'conflict' };
    });
    await assert.rejects(executeOnce(expecting('second', 1), ports), mismatch(2));
    await intruder;
    assert.deepEqual([store.outbox.size, versionIn(store)], [1, [2]]);
  });

  it('commits after a conflict that changed nothing', async () => {
    const { ports, before } = await started();
    before.push(() => ({ kind: 'conflict' }));
    assert.equal((await executeOnce(expecting('second', 1), ports)).kind, 'committed');
  });

  it('recognises its own commit whose answer was lost, also after a conflict', async () => {
    const { ports, after, before, store } = await started();
    after.push(lost);
    before.push(
      () => undefined,
      () => ({ kind: 'conflict' }),
    );
    const { kind, outcome } = await executeOnce(expecting('second', 1), ports);
    assert.deepEqual([kind, outcome.version, store.outbox.size], ['committed', 2, 2]);
  });

  it('reads when the assumed state does not have it', async () => {
    const { ports } = await started();
    await executeOnce(request('second', 1), ports);
    const stale = { schemaVersion: 1, version: 1, state: { total: 3 } };
    const { outcome } = await executeOnce(expecting('third', 2, { assume: stale }), ports);
    assert.equal(outcome.answer, '{"total":5,"version":3}');
  });

  it('does not hide that there is nothing to change, and 0 expects nothing', async () => {
    const { ports } = world();
    const refused = await executeOnce(expecting('first', 4, { command: { type: 'Add', amount: -1 } }), ports);
    assert.equal(refused.kind, 'rejected');
    await assert.rejects(executeOnce(expecting('first', 4), ports), mismatch(0));
    assert.equal((await executeOnce(expecting('first', 0), ports)).kind, 'committed');
    await assert.rejects(executeOnce(expecting('second', 0), ports), mismatch(1));
  });

  it('precedes a refusal by the state, and with the right version the refusal is stored', async () => {
    const { ports, store } = await started();
    const command: CounterCommand = { type: 'Add', amount: -1 };
    await assert.rejects(executeOnce(expecting('second', 7, { command }), ports), mismatch(1));
    const refused = await executeOnce(expecting('second', 1, { command }), ports);
    await executeOnce(request('third', 4), ports);
    assert.deepEqual(await executeOnce(expecting('second', 1, { command }), ports), { ...refused, kind: 'duplicate' });
    assert.equal(store.outbox.size, 3);
  });
});

describe('executeOnce with a command that is read', () => {
  const reading = (commandId: string, readCommand: () => Promise<CounterCommand>, more: More = {}): Request => ({
    ...request(commandId, 1, more),
    command: undefined,
    readCommand,
  });
  const refusal = new LimitExceeded('no');

  it('reads it once and loads nothing if the state is assumed to be absent', async () => {
    const { ports, store, calls } = world();
    let reads = 0;
    const readCommand = async (): Promise<CounterCommand> => {
      reads += 1;
      return { type: 'Add', amount: 7 };
    };
    const { outcome } = await executeOnce(reading('one', readCommand, { assume: 'absent' }), ports);
    assert.equal(outcome.answer, '{"total":7,"version":1}');
    assert.deepEqual([reads, calls], [1, { load: 0, commit: 1 }]);
    assert.deepEqual(
      [...store.outbox.values()].map(({ command }) => command),
      ['Add'],
    );
  });

  it('reads it again for the decision after a conflict', async () => {
    const { ports, before } = world();
    const amounts = [3, 4];
    before.push(() => ({ kind: 'conflict' }));
    const readCommand = async (): Promise<CounterCommand> => ({ type: 'Add', amount: amounts.shift() ?? 0 });
    const { outcome } = await executeOnce(reading('one', readCommand), ports);
    assert.deepEqual([outcome.answer, amounts], ['{"total":4,"version":1}', []]);
  });

  it('reads it again if the read failed, within the budget', async () => {
    const { ports } = world();
    const reads = [lost, async (): Promise<CounterCommand> => ({ type: 'Add', amount: 5 })];
    const readCommand = async (): Promise<CounterCommand> => (reads.shift() ?? lost)();
    const { outcome } = await executeOnce(reading('one', readCommand, { assume: 'absent' }), ports);
    assert.equal(outcome.answer, '{"total":5,"version":1}');
  });

  it('decides with the time before the read', async () => {
    const { ports, store, clock } = world();
    const readCommand = async (): Promise<CounterCommand> => {
      clock.advance(1500);
      return { type: 'Add', amount: 1 };
    };
    await executeOnce(reading('one', readCommand, { assume: 'absent' }), ports);
    assert.deepEqual(
      [...store.outbox.values()].map(({ createdAt }) => createdAt),
      ['2026-01-01T00:00:00.000Z'],
    );
  });

  it('writes nothing if it is refused, but a repetition gets the answer of the first', async () => {
    const { ports, store } = world();
    const readCommand = async (): Promise<CounterCommand> => Promise.reject(refusal);
    for (const assume of ['absent', undefined] as const) {
      await assert.rejects(executeOnce(reading('one', readCommand, { assume }), ports), refusal);
    }
    assert.equal(store.outbox.size, 0);
    const first = await executeOnce(request('one', 1), ports);
    for (const assume of ['absent', undefined] as const) {
      const again = await executeOnce(reading('one', readCommand, { assume }), ports);
      assert.deepEqual(again, { ...first, kind: 'duplicate' });
    }
    const other = { ...reading('one', readCommand, { assume: 'absent' }), fingerprint: 'another' };
    await assert.rejects(executeOnce(other, ports), IdempotencyConflict);
  });
});
