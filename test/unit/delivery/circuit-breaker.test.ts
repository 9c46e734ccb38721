import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CIRCUIT, type Circuit, type CircuitSettings, circuitKey } from '#shared/delivery/circuit.ts';
import { circuitBreaker, type Permit } from '#shared/delivery/circuit-breaker.ts';
import { circuitSettingsFrom } from '#shared/delivery/circuit-settings.ts';
import type { ProviderAnswer } from '#shared/delivery/provider.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { REFUSALS } from '#shared/notification/refusals.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { countedRandomness } from '#test/support/ports.ts';
import { createWorld } from '#test/support/world/world.ts';

const SETTINGS: CircuitSettings = {
  windowMs: 60_000,
  leastRefused: 5,
  refusedShare: 0.5,
  firstProbeMs: 10_000,
  longestProbeMs: 60_000,
  probeLeaseMs: 45_000,
  longestWaitMs: 100_000,
  believedMs: 5000,
};

const PAUSED: ProviderAnswer = { kind: 'deferred', reason: 'ACCOUNT_SENDING_PAUSED' };
const TAKEN: ProviderAnswer = { kind: 'accepted', providerMessageId: 'provider-1' };

/** A stage's row, with as many environments of its sender as are asked for. */
function stage() {
  const { store, clock, log } = createWorld();
  const calls = { reads: 0, writes: 0 };
  const circuits = store.statesOf(CIRCUIT);
  const states: StateStore<Circuit> = {
    read: (key) => {
      calls.reads += 1;
      return circuits.read(key);
    },
    replace: (...args) => {
      calls.writes += 1;
      return circuits.replace(...args);
    },
  };
  let messages = 0;
  const environment = (over: Partial<Parameters<typeof circuitBreaker>[0]> = {}) => {
    const random = countedRandomness(0);
    const breaker = circuitBreaker({ states, channel: 'email', clock, random, log, settings: SETTINGS, ...over });
    /** Sends one message as a sender does. */
    const send = async (answer: ProviderAnswer, about?: string): Promise<Permit['kind']> => {
      messages += 1;
      const permit = await breaker.enter(0);
      if (permit.kind !== 'wait') await breaker.record(permit, about ?? `message-${messages}`, answer);
      return permit.kind;
    };
    const sendMany = async (times: number, answer: ProviderAnswer): Promise<Permit['kind'][]> => {
      const permits: Permit['kind'][] = [];
      for (let time = 0; time < times; time += 1) permits.push(await send(answer));
      return permits;
    };
    return { breaker, send, sendMany };
  };
  const circuit = async (): Promise<Circuit | undefined> => (await circuits.read(circuitKey('email')))?.state;
  const logged = (message: string) => log.lines.filter((line) => line.message === message).length;
  return { environment, circuit, clock, calls, logged };
}

describe('A circuit breaker', () => {
  it('costs nothing while nothing fails: it reads and writes no row', async () => {
    const { environment, calls } = stage();
    const one = environment();
    await one.sendMany(50, TAKEN);
    await one.sendMany(50, { kind: 'rejected', reason: 'RECIPIENT_OPTED_OUT' });
    await one.sendMany(50, { kind: 'deferred', reason: 'THROTTLED' });
    await one.sendMany(50, { kind: 'deferred', reason: 'PROVIDER_UNREACHABLE' });
    await one.sendMany(50, { kind: 'unknown', reason: 'ECONNRESET' });
    assert.deepEqual(calls, { reads: 0, writes: 0 });
  });

  it('opens when most messages are refused because of the account, and lets no call through', async () => {
    const { environment, circuit, logged } = stage();
    const one = environment();
    assert.deepEqual(await one.sendMany(7, PAUSED), [...Array(5).fill('pass'), 'wait', 'wait']);
    const open = await circuit();
    assert.equal(open?.status, 'open');
    assert.equal(open?.status === 'open' && open.because, 'ACCOUNT_SENDING_PAUSED');
    assert.equal(logged('Circuit opened'), 1);
  });

  for (const [code, { about }] of Object.entries(REFUSALS)) {
    const opens = ['account', 'permission', 'unclear'].includes(about);
    it(`${opens ? 'counts' : 'does not count'} ${code}`, async () => {
      const { environment, circuit } = stage();
      await environment().sendMany(5, { kind: about === 'message' ? 'rejected' : 'deferred', reason: code });
      assert.equal((await circuit())?.status, opens ? 'open' : undefined);
    });
  }

  it('does not open for one message, however often that is refused', async () => {
    const { environment, circuit } = stage();
    const one = environment();
    for (let tries = 0; tries < 20; tries += 1) await one.send(PAUSED, 'the same');
    assert.equal(await circuit(), undefined);
  });

  it('does not open if few of many are refused: their recipients may lack a permission', async () => {
    const { environment, circuit } = stage();
    const one = environment();
    for (let round = 0; round < 10; round += 1) {
      await one.send({ kind: 'deferred', reason: 'PERMISSION_DENIED' });
      await one.sendMany(2, TAKEN);
    }
    assert.equal(await circuit(), undefined);
  });

  it('forgets what was refused before the window', async () => {
    const { environment, circuit, clock } = stage();
    const one = environment();
    await one.sendMany(4, PAUSED);
    clock.advance(SETTINGS.windowMs + 1);
    await one.sendMany(4, PAUSED);
    assert.equal(await circuit(), undefined);
  });

  it('stops all environments by one row: each makes one or two calls at most', async () => {
    const { environment, clock, logged } = stage();
    const all = Array.from({ length: 10 }, () => environment());
    await all[0]?.sendMany(5, PAUSED);
    clock.advance(1000);
    let calls = 0;
    for (let round = 0; round < 50; round += 1) {
      for (const one of all) if ((await one.send(PAUSED)) !== 'wait') calls += 1;
    }
    assert.ok(calls <= all.length, `${calls} calls`);
    assert.equal(logged('Circuit opened'), 1);
  });

  it('probes with one call, of whichever environment comes first', async () => {
    const { environment, clock } = stage();
    const [one, other] = [environment(), environment()];
    await one.sendMany(5, PAUSED);
    await other.send(PAUSED);
    clock.advance(SETTINGS.firstProbeMs);
    const permits = await Promise.all([one, other, one, other].map(({ breaker }) => breaker.enter(0)));
    assert.deepEqual(permits.map(({ kind }) => kind).sort(), ['probe', 'wait', 'wait', 'wait']);
  });

  it('probes with longer pauses while probes are refused', async () => {
    const { environment, circuit, clock } = stage();
    const one = environment();
    await one.sendMany(5, PAUSED);
    const pauses: number[] = [];
    for (let probe = 0; probe < 5; probe += 1) {
      const open = await circuit();
      const pauseMs = open?.status === 'open' ? open.probeAt - clock.now() : 0;
      pauses.push(pauseMs);
      clock.advance(pauseMs - 1);
      assert.equal(await one.send(PAUSED), 'wait');
      clock.advance(1);
      assert.equal(await one.send(PAUSED), 'probe');
    }
    assert.deepEqual(pauses, [10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('closes with a probe that is taken, and old refusals do not open it again', async () => {
    const { environment, circuit, clock, logged } = stage();
    const [one, other] = [environment(), environment()];
    await one.sendMany(5, PAUSED);
    await other.sendMany(1, PAUSED);
    clock.advance(SETTINGS.firstProbeMs);
    assert.equal(await one.send(TAKEN), 'probe');
    assert.deepEqual(await circuit(), { status: 'closed', closedAt: clock.now() });
    assert.equal(logged('Circuit closed'), 1);
    clock.advance(SETTINGS.believedMs);
    assert.deepEqual(await one.sendMany(3, TAKEN), ['pass', 'pass', 'pass']);
    assert.deepEqual(await other.sendMany(4, PAUSED), ['pass', 'pass', 'pass', 'pass']);
    assert.equal((await circuit())?.status, 'closed', 'five in all, but one of them from before it closed');
    await other.send(PAUSED);
    assert.equal((await circuit())?.status, 'open');
  });

  it('closes also with a probe that is refused because of the message: the account may send', async () => {
    const { environment, circuit, clock } = stage();
    const one = environment();
    await one.sendMany(5, PAUSED);
    clock.advance(SETTINGS.firstProbeMs);
    assert.equal(await one.send({ kind: 'rejected', reason: 'RECIPIENT_ADDRESS_INVALID' }), 'probe');
    assert.equal((await circuit())?.status, 'closed');
  });

  it('probes again when a probe brought no verdict, or its sender died, once its lease is over', async () => {
    const { environment, clock } = stage();
    const [one, other] = [environment(), environment()];
    await one.sendMany(5, PAUSED);
    await other.send(PAUSED);
    clock.advance(SETTINGS.firstProbeMs);
    assert.equal(await one.send({ kind: 'unknown', reason: 'ECONNRESET' }), 'probe');
    clock.advance(SETTINGS.probeLeaseMs - 1);
    assert.equal(await other.send(PAUSED), 'wait');
    clock.advance(1);
    assert.equal((await other.breaker.enter(0)).kind, 'probe');
    clock.advance(SETTINGS.probeLeaseMs);
    assert.equal((await one.breaker.enter(0)).kind, 'probe', 'the other environment reported nothing');
  });

  it('accepts a probe that took longer than its lease', async () => {
    const { environment, circuit, clock } = stage();
    const one = environment();
    await one.sendMany(5, PAUSED);
    clock.advance(SETTINGS.firstProbeMs);
    const permit = await one.breaker.enter(0);
    clock.advance(SETTINGS.probeLeaseMs + 1);
    await one.breaker.enter(0);
    await one.breaker.record(permit, 'slow', TAKEN);
    assert.equal((await circuit())?.status, 'closed');
  });

  it('spreads waiting messages after the next probe, further the longer they have waited', async () => {
    const { environment, circuit } = stage();
    const half = countedRandomness(0.5);
    const one = environment({ random: half });
    await one.sendMany(5, PAUSED);
    const open = await circuit();
    const probeAt = open?.status === 'open' ? open.probeAt : 0;
    const waits = await Promise.all([0, 1, 2, 10].map((deferrals) => one.breaker.enter(deferrals)));
    const behind = waits.map((permit) => (permit.kind === 'wait' ? permit.until - probeAt - 1 : -1));
    assert.deepEqual(behind, [5000, 10_000, 20_000, 50_000]);
  });

  it('lets calls through, without an error, if its row cannot be read or written', async () => {
    const { environment, logged } = stage();
    const broken = async (): Promise<never> => {
      throw new NewerVersion('A row of a newer release.');
    };
    const one = environment({ states: { read: broken, replace: broken } });
    assert.deepEqual(await one.sendMany(8, PAUSED), Array(8).fill('pass'));
    assert.ok(logged('Circuit not read') > 0);
    assert.ok(logged('Circuit not updated') > 0);
  });

  it('of one channel does not affect another', async () => {
    const { environment } = stage();
    await environment().sendMany(5, PAUSED);
    const sms = environment({ channel: 'sms' });
    assert.deepEqual(await sms.sendMany(3, PAUSED), ['pass', 'pass', 'pass']);
  });
});

describe('The settings of the circuit breaker', () => {
  const setting = {
    windowSeconds: 300,
    leastRefused: 5,
    refusedShare: 0.5,
    firstProbeSeconds: 30,
    longestProbeSeconds: 300,
    longestWaitSeconds: 900,
  };

  it('come from the stage’s JSON, in seconds', () => {
    const read = circuitSettingsFrom(JSON.stringify(setting), 45_000);
    assert.deepEqual(read, {
      windowMs: 300_000,
      leastRefused: 5,
      refusedShare: 0.5,
      firstProbeMs: 30_000,
      longestProbeMs: 300_000,
      longestWaitMs: 900_000,
      probeLeaseMs: 45_000,
      believedMs: 5000,
    });
  });

  it('are refused with what is wrong', () => {
    assert.throws(() => circuitSettingsFrom('{"windowSeconds":"x"}', 1), /windowSeconds is no number.*leastRefused/);
  });
});
