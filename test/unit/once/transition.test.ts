import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { IdempotencyConflict } from '#shared/once/errors.ts';
import { executeTransition, type TransitionCause } from '#shared/once/transition.ts';
import { counter } from '#test/support/counter.ts';
import { createWorld } from '#test/support/world/world.ts';

const key = { tenant: 'acme', type: 'counter', id: 'one' };
const COMMAND_ID = 'msg#send%20it#one%231';

function world() {
  const { store, ports } = createWorld();
  const execute = async (cause: Partial<TransitionCause> = {}) =>
    executeTransition(
      { decider: counter, key, command: { type: 'Add', amount: 3 } },
      { subscriber: 'send it', transitionId: 'one#1', metadata: { correlationId: 'correlation' }, ...cause },
      ports(),
    );
  const record = async () => (await store.load(key, COMMAND_ID, counter.shape)).record;
  const causationId = async () => (JSON.parse((await record())?.messages[0] ?? '{}') as Envelope).causationid;
  return { execute, record, causationId };
}

describe('executeTransition', () => {
  it('derives the command id from subscriber and transition, and recognises a repetition', async () => {
    const { execute, record, causationId } = world();
    assert.equal((await execute()).kind, 'committed');
    assert.equal((await record())?.fingerprint, COMMAND_ID);
    assert.equal(await causationId(), COMMAND_ID);
    assert.equal((await execute()).kind, 'duplicate');
  });

  it('uses the fingerprint and the cause that it is given', async () => {
    const { execute, record, causationId } = world();
    await execute({ fingerprint: 'three', metadata: { correlationId: 'correlation', causationId: 'a message' } });
    assert.equal((await record())?.fingerprint, 'three');
    assert.equal(await causationId(), 'a message');
    await assert.rejects(execute({ fingerprint: 'four' }), IdempotencyConflict);
  });
});
