import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IdempotencyConflict, LimitExceeded } from '#shared/once/errors.ts';
import { executeOnce } from '#shared/once/execute.ts';
import type { CounterCommand } from '#test/support/counter.ts';
import { executorWorld, lost, type More, type Request, request } from '#test/support/executor-world.ts';

describe('executeOnce with a command that is read', () => {
  const reading = (commandId: string, readCommand: () => Promise<CounterCommand>, more: More = {}): Request => ({
    ...request(commandId, 1, more),
    command: undefined,
    readCommand,
  });
  const refusal = new LimitExceeded('no');

  it('reads it once and loads nothing if the state is assumed to be absent', async () => {
    const { ports, store, calls } = executorWorld();
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
    const { ports, before } = executorWorld();
    const amounts = [3, 4];
    before.push(() => ({ kind: 'conflict' }));
    const readCommand = async (): Promise<CounterCommand> => ({ type: 'Add', amount: amounts.shift() ?? 0 });
    const { outcome } = await executeOnce(reading('one', readCommand), ports);
    assert.deepEqual([outcome.answer, amounts], ['{"total":4,"version":1}', []]);
  });

  it('reads it again if the read failed, within the budget', async () => {
    const { ports } = executorWorld();
    const reads = [lost, async (): Promise<CounterCommand> => ({ type: 'Add', amount: 5 })];
    const readCommand = async (): Promise<CounterCommand> => (reads.shift() ?? lost)();
    const { outcome } = await executeOnce(reading('one', readCommand, { assume: 'absent' }), ports);
    assert.equal(outcome.answer, '{"total":5,"version":1}');
  });

  it('decides with the time before the read', async () => {
    const { ports, store, clock } = executorWorld();
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
    const { ports, store } = executorWorld();
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
