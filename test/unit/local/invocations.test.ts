import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countInvocations } from '#infra/local/runner/invocations.ts';

describe('Counted invocations', () => {
  it('add up what ended, each rounded up to a whole millisecond', async () => {
    let now = 0;
    const counts = countInvocations(() => now);
    const taking = (ms: number) => async () => {
      now += ms;
      return 'result';
    };
    assert.equal(await counts.measure('send-email', { Records: [{}, {}] }, taking(2.1)), 'result');
    await counts.measure('send-email', { Records: [{}] }, taking(4));
    await counts.measure('wake-due', { 'detail-type': 'Scheduled Event' }, taking(0.5));
    for (const cpuMs of [1.4, 2.6]) counts.addCpu('send-email', cpuMs);
    assert.deepEqual(counts.list(), [
      { function: 'send-email', running: 0, count: 2, failed: 0, records: 3, durationMs: 7, cpuMs: 4 },
      { function: 'wake-due', running: 0, count: 1, failed: 0, records: 0, durationMs: 1, cpuMs: 0 },
    ]);
  });

  it('count a failed one as ended, and throw what it threw', async () => {
    const counts = countInvocations(() => 0);
    await assert.rejects(
      counts.measure('send-sms', { Records: [{}] }, () => Promise.reject(new Error('died'))),
      { message: 'died' },
    );
    assert.deepEqual(counts.list(), [
      { function: 'send-sms', running: 0, count: 1, failed: 1, records: 1, durationMs: 0, cpuMs: 0 },
    ]);
  });

  it('forget what ended at a reset, never what runs', async () => {
    const counts = countInvocations(() => 0);
    const { promise, resolve } = Promise.withResolvers<void>();
    await counts.measure('send-sms', {}, async () => undefined);
    const under = counts.measure('wake-due', {}, () => promise);
    counts.reset();
    assert.deepEqual(counts.list(), [
      { function: 'wake-due', running: 1, count: 0, failed: 0, records: 0, durationMs: 0, cpuMs: 0 },
    ]);
    resolve();
    await under;
    assert.deepEqual(counts.list(), [
      { function: 'wake-due', running: 0, count: 1, failed: 0, records: 0, durationMs: 0, cpuMs: 0 },
    ]);
  });
});
