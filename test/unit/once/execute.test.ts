import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { IdempotencyConflict, LimitExceeded, TemporarilyUnavailable } from '#shared/once/errors.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import type { CounterCommand } from '#test/support/counter.ts';
import { executorWorld, lost, request } from '#test/support/executor-world.ts';

describe('executeOnce', () => {
  it('commits state, outcome and messages together, without a read for a creating command', async () => {
    const { ports, store, calls, clock } = executorWorld();
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
    const { ports, store } = executorWorld();
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
    const { ports, store } = executorWorld();
    await executeOnce(request('first', 3, { assume: 'absent' }), ports);
    await assert.rejects(executeOnce(request('first', 5, { assume: 'absent' }), ports), IdempotencyConflict);
    await assert.rejects(executeOnce(request('first', 5), ports), IdempotencyConflict);
    assert.equal(store.outbox.size, 1);
  });

  it('knows its own commit by the nonce when the answer was lost', async () => {
    const { ports, after, calls, store } = executorWorld();
    after.push(lost);
    const executed = await executeOnce(request('first', 3, { assume: 'absent' }), ports);
    assert.equal(executed.kind, 'committed');
    assert.equal(calls.commit, 2);
    assert.equal(store.outbox.size, 1);
  });

  it('answers with the stored outcome, not with a new decision, after a lost answer', async () => {
    const { ports, after, before, store } = executorWorld();
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
    const { ports, calls, store } = executorWorld();
    await executeOnce(request('first', 3, { assume: 'absent' }), ports);
    const stale = { schemaVersion: 1, version: 9, state: { total: 900 } };
    const executed = await executeOnce(request('second', 4, { assume: stale }), ports);
    assert.deepEqual(JSON.parse(executed.outcome.answer), { total: 7, version: 2 });
    assert.deepEqual(calls, { load: 1, commit: 3 });
    assert.equal(store.outbox.size, 2);
  });

  it('gives up in time, with an error that marks a repetition as safe', async () => {
    const { ports, before, clock } = executorWorld();
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
    const { ports, store } = executorWorld();
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
    const { ports, store } = executorWorld();
    const refused = await executeOnce(request('first', -1, { assume: 'absent' }), ports);
    assert.equal(refused.kind, 'rejected');
    assert.equal(store.outbox.size, 0);
  });

  it('writes nothing if nothing changes and no message is published', async () => {
    const { ports, store, calls } = executorWorld();
    const executed = await executeOnce(request('first', 0, { assume: 'absent' }), ports);
    assert.equal(executed.kind, 'unchanged');
    assert.equal(calls.commit, 0);
    assert.equal(store.outbox.size, 0);
  });

  it('gives messages ids that follow from the outbox row and the position alone', async () => {
    const idsOf = async (nonceOffset: number): Promise<string[]> => {
      const { ports, store, clock } = executorWorld();
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
    const { ports, store, calls } = executorWorld();
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
