import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CIRCUIT as CIRCUIT_SHAPE, type CircuitSettings } from '#shared/delivery/circuit.ts';
import { circuitBreaker } from '#shared/delivery/circuit-breaker.ts';
import type { Provider, ProviderAnswer } from '#shared/delivery/provider.ts';
import { notificationDecider } from '#shared/notification/decider.ts';
import { NOTIFICATION_DUE } from '#shared/notification/due.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { countedRandomness } from '#test/support/ports.ts';
import { createWorld, keyOfNotification, type SendOptions } from '#test/support/world/world.ts';

const ORDERS = 40;
const ENVIRONMENTS = 3;
const LEASE_MS = 45_000;
/** More rows than are ever due in one round. */
const MOST_DUE = 1000;
const HOUR_MS = 3_600_000;
const CIRCUIT: CircuitSettings = {
  windowMs: 300_000,
  leastRefused: 5,
  refusedShare: 0.5,
  firstProbeMs: 30_000,
  longestProbeMs: 300_000,
  probeLeaseMs: LEASE_MS,
  longestWaitMs: 900_000,
  believedMs: 5000,
};
const PAUSED: ProviderAnswer = { kind: 'deferred', reason: 'ACCOUNT_SENDING_PAUSED' };

/** Orders with an e-mail each, and environments of a sender that share the stage's rows. */
async function world(orders = ORDERS) {
  const { store, clock, log, providers, ...one } = createWorld({
    times: { firstClaimMs: 0, leaseMs: LEASE_MS },
    ports: { settings: { outboxGraceMs: 0, budgetMs: 1000 } },
  });
  const taken = providers.email;
  let answer: ProviderAnswer | undefined;
  let calls = 0;
  const provider: Provider = {
    send: async (message) => {
      calls += 1;
      return answer ?? taken.send(message);
    },
  };
  const states = store.statesOf(CIRCUIT_SHAPE);
  const environments = Array.from({ length: ENVIRONMENTS }, (_, index): SendOptions => {
    const random = { ...countedRandomness(0.5), nonce: () => `${index}-${crypto.randomUUID()}` };
    const circuit = circuitBreaker({ states, channel: 'email', clock, random, log, settings: CIRCUIT });
    return { provider, circuit, over: { random } };
  });
  const ids: string[] = [];
  for (let order = 0; order < orders; order += 1) {
    const contact = { name: 'Ada', email: `ada-${order}@example.com` };
    const { notificationId } = await one.place({ contact, orderId: `o${order}`, firstClaimMs: 0 });
    ids.push(notificationId);
  }
  /** What is due is announced, and each request goes to one of the environments. */
  const round = async (stepMs: number): Promise<void> => {
    clock.advance(stepMs);
    const rows = await store.due(NOTIFICATION_DUE, clock.now(), MOST_DUE);
    await one.wake(['notification'], {}, MOST_DUE);
    for (const [index, { key }] of rows.entries()) {
      await one.send(key.notificationId, environments[index % ENVIRONMENTS]);
    }
  };
  const roundsFor = async (durationMs: number): Promise<void> => {
    for (const until = clock.now() + durationMs; clock.now() < until; ) await round(5000);
  };
  const cancel = (id: string) =>
    executeOnce(
      {
        decider: notificationDecider,
        key: keyOfNotification(id),
        commandId: `cancel-${id}`,
        fingerprint: id,
        command: { type: 'Resolve', action: 'cancel', by: 'ada', reason: 'not wanted', dueAt: 0 },
        metadata: { correlationId: 'c', causationId: 'm' },
      },
      one.ports(),
    );
  return {
    ids,
    stateOf: (id: string) => one.notification(id),
    roundsFor,
    cancel,
    taken,
    calls: () => calls,
    answerWith: (next: ProviderAnswer | undefined) => {
      answer = next;
    },
  };
}

describe('An account that is paused for hours', () => {
  it('costs a few calls an hour, fails nothing, and everything arrives once when it may send again', async () => {
    const { ids, stateOf, roundsFor, answerWith, calls, taken } = await world();
    answerWith(PAUSED);
    await roundsFor(HOUR_MS);
    const firstHour = calls();
    // Each environment meets refusals before it reads the circuit; from then on there are probes.
    assert.ok(firstHour <= ENVIRONMENTS * CIRCUIT.leastRefused + 20, `${firstHour} calls`);
    await roundsFor(2 * HOUR_MS);
    assert.ok(calls() - firstHour <= (2 * HOUR_MS) / CIRCUIT.longestProbeMs + 2, `${calls() - firstHour} probes`);
    for (const id of ids) {
      const notification = await stateOf(id);
      assert.equal(notification.status, 'PENDING');
      assert.deepEqual(notification.attempts, []);
      assert.ok('deferredBecause' in notification && notification.deferredSince !== undefined);
    }
    answerWith(undefined);
    await roundsFor(HOUR_MS);
    for (const id of ids) assert.equal((await stateOf(id)).status, 'SENT');
    const recipients = taken.accepted.map((message) => message.recipients[0]).sort();
    assert.deepEqual(recipients, [...new Set(recipients)]);
    assert.equal(recipients.length, ORDERS);
  });

  it('lets a person cancel what waits: it is never sent', async () => {
    const { ids, stateOf, roundsFor, answerWith, cancel, taken } = await world();
    answerWith(PAUSED);
    await roundsFor(HOUR_MS);
    const [unwanted = ''] = ids;
    await cancel(unwanted);
    answerWith(undefined);
    await roundsFor(HOUR_MS);
    assert.equal((await stateOf(unwanted)).status, 'CANCELLED');
    assert.equal(taken.accepted.length, ORDERS - 1);
  });

  it('does not hold back a channel for one message that is refused again and again', async () => {
    const { ids, stateOf, roundsFor, answerWith, taken, calls } = await world(2);
    answerWith({ kind: 'deferred', reason: 'REFUSAL_UNCLEAR' });
    await roundsFor(HOUR_MS);
    assert.ok(calls() > 2 * (HOUR_MS / 300_000), 'both are tried again, five minutes later at most');
    answerWith(undefined);
    await roundsFor(HOUR_MS);
    for (const id of ids) assert.equal((await stateOf(id)).status, 'SENT');
    assert.equal(taken.accepted.length, 2);
  });

  it('leaves what is unknown to be settled: the circuit does not touch it', async () => {
    const { ids, stateOf, roundsFor, answerWith } = await world();
    answerWith({ kind: 'unknown', reason: 'ECONNRESET' });
    await roundsFor(5000);
    answerWith(PAUSED);
    await roundsFor(60_000);
    for (const id of ids) assert.match((await stateOf(id)).status, /UNKNOWN|HELD/);
  });
});
