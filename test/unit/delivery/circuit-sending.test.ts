import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryProvider } from '#shared/adapters/memory/memory-provider.ts';
import { memoryStore } from '#shared/adapters/memory/memory-store.ts';
import { memoryTopic } from '#shared/adapters/memory/memory-topic.ts';
import type { CircuitSettings } from '#shared/delivery/circuit.ts';
import { CIRCUIT as CIRCUIT_SHAPE } from '#shared/delivery/circuit.ts';
import { circuitBreaker } from '#shared/delivery/circuit-breaker.ts';
import type { Provider, ProviderAnswer } from '#shared/delivery/provider.ts';
import { type SenderPorts, sendNotification } from '#shared/delivery/sender.ts';
import { notificationDecider } from '#shared/notification/decider.ts';
import { NOTIFICATION_DUE } from '#shared/notification/due.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { notificationWaker } from '#shared/settlement/wake-notification.ts';
import { placeOrder } from '#test/support/orders.ts';
import { countedRandomness, manualClock, memoryLog } from '#test/support/ports.ts';
import { RENDERERS } from '#test/support/renderers.ts';

const ORDERS = 40;
const ENVIRONMENTS = 3;
const LEASE_MS = 45_000;
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
  const store = memoryStore();
  const clock = manualClock();
  const taken = memoryProvider();
  const log = memoryLog();
  let answer: ProviderAnswer | undefined;
  let calls = 0;
  const provider: Provider = {
    send: async (message) => {
      calls += 1;
      return answer ?? taken.send(message);
    },
  };
  const system = { store, clock, timer: clock, log, settings: { outboxGraceMs: 0, budgetMs: 1000 } };
  const environments = Array.from({ length: ENVIRONMENTS }, (_, index): SenderPorts => {
    const random = { ...countedRandomness(0.5), nonce: () => `${index}-${crypto.randomUUID()}` };
    const channel = 'email';
    return {
      ...system,
      random,
      notifications: store,
      provider,
      pace: { turn: async () => true },
      circuit: circuitBreaker({
        states: store.statesOf(CIRCUIT_SHAPE),
        channel,
        clock,
        random,
        log,
        settings: CIRCUIT,
      }),
      sender: {
        channel,
        render: RENDERERS.email,
        subscriber: 'send-email',
        leaseMs: LEASE_MS,
        providerTimeoutMs: 10_000,
        unknownDeadlineMs: 60_000,
      },
    };
  });
  const [first = assert.fail()] = environments;
  const ids: string[] = [];
  for (let order = 0; order < orders; order += 1) {
    const contact = { name: 'Ada', email: `ada-${order}@example.com` };
    const { orderId } = await placeOrder({ tenant: 'acme', contact, orderId: `o${order}`, firstClaimMs: 0 }, first);
    ids.push(`order_${orderId}_1-1`);
  }
  const keyOf = (id: string) => notificationKey('acme', id) ?? assert.fail();
  const stateOf = async (id: string) => (await store.read(keyOf(id)))?.state as Notification;
  const waker = notificationWaker({
    ...first,
    firstClaimMs: 0,
    unknownDeadlineMs: 60_000,
    settling: {
      onUnknown: () => 'hold',
      inFlightMs: 0,
      marginMs: 0,
      countLagMs: 0,
      holdAfterMs: 0,
      recheckMs: 0,
    },
    feeds: {},
    due: store,
    publisher: memoryTopic(),
  });
  /** What is due is announced, and each request goes to one of the environments. */
  const round = async (stepMs: number): Promise<void> => {
    clock.advance(stepMs);
    const rows = await store.due(NOTIFICATION_DUE, clock.now(), 1000);
    await waker(rows);
    for (const [index, { key }] of rows.entries()) {
      const request = {
        tenant: 'acme',
        notificationId: key.notificationId,
        metadata: { correlationId: 'c', causationId: 'm' },
      };
      await sendNotification(request, () => 30_000, environments[index % ENVIRONMENTS] ?? first);
    }
  };
  const roundsFor = async (durationMs: number): Promise<void> => {
    for (const until = clock.now() + durationMs; clock.now() < until; ) await round(5000);
  };
  const cancel = (id: string) =>
    executeOnce(
      {
        decider: notificationDecider,
        key: keyOf(id),
        commandId: `cancel-${id}`,
        fingerprint: id,
        command: { type: 'Resolve', action: 'cancel', by: 'ada', reason: 'not wanted', dueAt: 0 },
        metadata: { correlationId: 'c', causationId: 'm' },
      },
      first,
    );
  return {
    ids,
    stateOf,
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
