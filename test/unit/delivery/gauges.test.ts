import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CIRCUIT, circuitKey, opened } from '#shared/delivery/circuit.ts';
import { emitGauges, type Gauges } from '#shared/delivery/gauges.ts';
import { createWorld } from '#test/support/world/world.ts';

describe('gauges', () => {
  it('tell how much waits and since when, kind by kind', async () => {
    const { store, clock, log, place } = createWorld({ ports: { settings: { outboxGraceMs: 1000, budgetMs: 1000 } } });
    await place();
    clock.advance(11_000);
    const seen: Record<string, number> = {};
    const gauges: Gauges = {
      put: (figures) => {
        for (const [name, { value }] of Object.entries(figures)) seen[name] = value;
      },
    };
    const open = opened('ACCOUNT_SENDING_PAUSED', clock.now(), { firstProbeMs: 1000 });
    const circuits = store.statesOf(CIRCUIT);
    await circuits.replace(circuitKey('email'), 0, { schemaVersion: 1, version: 1, state: open });
    await emitGauges({ due: store, deadLetters: store, states: circuits, clock, gauges, log });
    assert.deepEqual([seen.EmailCircuitOpen, seen.SmsCircuitOpen], [1, 0]);
    assert.equal(seen.OutboxCount, 1);
    assert.equal(seen.OutboxOldestOverdue, 10);
    assert.equal(seen.NotificationCount, 1);
    assert.deepEqual([seen.UnknownCount, seen.HeldCount, seen.DeadLetterCount], [0, 0, 0]);
  });
});
