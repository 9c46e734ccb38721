import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ALARM_STATE } from '#shared/automatic-redrive/alarm-state.ts';
import {
  AUTOMATIC_REDRIVE,
  type AutomaticRedrive,
  automaticRedriveKey,
  redriveIdOf,
} from '#shared/automatic-redrive/automatic-redrive.ts';
import { controlRedrives } from '#shared/automatic-redrive/controller.ts';
import type { Situation } from '#shared/automatic-redrive/decider.ts';
import type { ControllerPorts } from '#shared/automatic-redrive/ports.ts';
import { shownAutomaticRedrives } from '#shared/automatic-redrive/view.ts';
import type { SubscriberPause } from '#shared/lane/paused-subscribers.ts';
import { READINGS, READINGS_KEY } from '#shared/lane/readings.ts';
import { DEAD_LETTER_GROUP, type DeadLetter, deadLetterIdOf, fingerprintOf } from '#shared/once/dead-letter.ts';
import { StoreUnavailable } from '#shared/once/ports.ts';
import { documented } from '#test/support/aws-events.ts';
import { memoryAutomaticRedrives } from '#test/support/memory/memory-automatic-redrives.ts';
import { memoryStore } from '#test/support/memory/memory-store.ts';

const MINUTE_MS = 60_000;
const transient = (id: string): DeadLetter => ({
  subscriber: 'send-email',
  id,
  reason: 'GIVEN_UP',
  detail: 'It failed.',
});
const poison = (id: string): DeadLetter => ({ ...transient(id), reason: 'MALFORMED' });
const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER };
const group = fingerprintOf(transient('1'));

/** The event that AWS documents, about our alarm. */
function alarmEvent(value: string, at: number) {
  const event = documented.alarm();
  const timestamp = new Date(at).toISOString().replace('Z', '+0000');
  const { configuration, previousState, state } = event.alarmData;
  return {
    ...event,
    alarmData: { alarmName: 'dead-letters', configuration, previousState, state: { ...state, value, timestamp } },
  };
}

function controllerWorld(over: Partial<ControllerPorts> = {}) {
  const store = memoryStore();
  const time = { now: Date.parse('2026-11-30T10:00:00.000Z') };
  const redrives = new Map<string, Situation['redrive']>();
  const counted: string[] = [];
  const taken = new Set<string>();
  const dropped = new Set<string>();
  const paused = new Map<string, SubscriberPause>();
  const ports: ControllerPorts = {
    automatic: store.statesOf(AUTOMATIC_REDRIVE),
    automaticList: memoryAutomaticRedrives(store),
    alarmStates: store.statesOf(ALARM_STATE),
    alarm: 'dead-letters',
    readings: store.statesOf(READINGS),
    letterGroups: store.statesOf(DEAD_LETTER_GROUP),
    letterLists: store,
    rounds: {
      standingOf: async (state) => redrives.get(redriveIdOf(state)) ?? 'missing',
      outlookOf: async ({ fingerprint }) => {
        const { letters } = await store.listLetters([{ status: 'open', fingerprint }], EVER, 1000);
        const count = letters.filter(({ id }) => dropped.has(id)).length;
        return { open: letters.length - count, left: count === 0 ? [] : [{ reason: 'NO_MESSAGE', count }] };
      },
      isTaken: async ({ fingerprint }) => taken.has(fingerprint),
      start: async (state) => {
        if (!redrives.has(redriveIdOf(state))) redrives.set(redriveIdOf(state), 'running');
        return undefined;
      },
      stop: async (state) => void redrives.set(redriveIdOf(state), 'stopped-by-person'),
    },
    pausedSubscribers: async () => paused,
    due: store,
    isEnabled: true,
    pace: { coolDownMs: 5 * MINUTE_MS, calmMs: 60 * MINUTE_MS },
    counters: { count: async (name) => void counted.push(name) },
    clock: { now: () => time.now },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    ...over,
  };
  const tick = (event: unknown = {}, more: Partial<ControllerPorts> = {}) =>
    controlRedrives(event, time.now + MINUTE_MS, { ...ports, ...more });
  return {
    time,
    redrives,
    counted,
    taken,
    dropped,
    paused,
    ports,
    tick,
    /** A start each minute. */
    async minutes(count: number): Promise<void> {
      for (let minute = 0; minute < count; minute += 1) {
        time.now += MINUTE_MS;
        await tick();
      }
    },
    /** `watch-lanes` has counted the dead letters. */
    async measure(): Promise<void> {
      const { count, oldestDueAt: oldestAt } = await store.gaugeOf('open', group);
      const dead = { 'send-email': { count, isCapped: false, ...(oldestAt !== undefined && { oldestAt }) } };
      const state = { measuredAt: new Date(time.now).toISOString(), subscribers: {}, kinds: {}, dead, circuits: {} };
      const readings = store.statesOf(READINGS);
      const version = (await readings.read(READINGS_KEY))?.version ?? 0;
      await readings.replace(READINGS_KEY, version, { schemaVersion: 1, version: version + 1, state });
    },
    alarm: (value: string) => tick(alarmEvent(value, time.now)),
    fail: (letter: DeadLetter) => store.recordDeadLetter(letter, time.now),
    handle: (letter: DeadLetter) =>
      store.changeDeadLetter(deadLetterIdOf(letter), (record) => record && { ...record, status: 'resolved' }),
    async incident(fingerprint = group): Promise<AutomaticRedrive | undefined> {
      return (await store.statesOf(AUTOMATIC_REDRIVE).read(automaticRedriveKey(fingerprint)))?.state;
    },
    /** Ends every redrive that runs. */
    end(standing: Situation['redrive']): void {
      for (const [id, current] of redrives) if (current === 'running') redrives.set(id, standing);
    },
  };
}

describe('The controller of automatic redrives', () => {
  it('starts a redrive after the alarm and the cool-down, and is calm when it has worked', async () => {
    const world = controllerWorld();
    await world.fail(transient('1'));
    await world.minutes(10);
    assert.equal(await world.incident(), undefined, 'nothing starts without the alarm');
    await world.alarm('ALARM');
    assert.equal(world.redrives.size, 0);
    await world.minutes(5);
    assert.deepEqual([...world.redrives.values()], ['running']);
    await world.handle(transient('1'));
    world.end('done');
    await world.minutes(1);
    assert.equal((await world.incident())?.status, 'calm');
    await world.minutes(61);
    assert.deepEqual([(await world.incident())?.status, world.redrives.size, world.counted], ['ended', 1, []]);
  });

  it('tries three rounds with growing pauses while the alarm stays on, then reports it once', async () => {
    const world = controllerWorld();
    await world.fail(transient('1'));
    await world.alarm('ALARM');
    const begins: number[] = [];
    for (let minute = 1; minute <= 120; minute += 1) {
      const before = world.redrives.size;
      await world.minutes(1);
      if (world.redrives.size > before) begins.push(minute);
      world.end('failed');
    }
    assert.deepEqual(begins, [5, 16, 37]);
    const { status, because, rounds } = (await world.incident()) ?? {};
    assert.deepEqual([status, because, rounds], ['given-up', 'ROUNDS_USED_UP', 3]);
    assert.deepEqual(world.counted, ['AutomaticRedrivesGivenUp']);
  });

  it('takes a group that begins to fail while the alarm is already on', async () => {
    const world = controllerWorld();
    await world.fail(poison('p'));
    await world.alarm('ALARM');
    await world.minutes(30);
    assert.equal(world.redrives.size, 0, 'poison is never redriven');
    await world.fail(transient('1'));
    await world.minutes(6);
    assert.equal(world.redrives.size, 1);
  });

  it('begins no incident after the alarm has ended, whatever order its events arrive in', async () => {
    const world = controllerWorld();
    const fired = world.time.now;
    world.time.now += MINUTE_MS;
    await world.alarm('OK');
    await world.tick(alarmEvent('ALARM', fired));
    await world.fail(transient('1'));
    await world.minutes(10);
    assert.equal(await world.incident(), undefined);
  });

  it('notices that the alarm is on, or off again, although its event was lost', async () => {
    const world = controllerWorld();
    await world.fail(transient('1'));
    const measured = async (minutes: number) => {
      for (let minute = 0; minute < minutes; minute += 1) {
        await world.measure();
        await world.minutes(1);
      }
    };
    await measured(9);
    assert.equal(await world.incident(), undefined, 'the alarm may not be on yet');
    await measured(8);
    assert.equal((await world.incident())?.status, 'redriving');
    assert.deepEqual([(await world.incident())?.alarm, world.redrives.size], ['dead-letters', 1]);
    await world.handle(transient('1'));
    world.end('done');
    await measured(120);
    assert.equal((await world.incident())?.status, 'ended');
    await world.fail(transient('2'));
    await measured(9);
    assert.equal((await world.incident())?.incident, 1, 'the alarm was off, so a single failure waits for it');
  });

  it('believes no readings that are old', async () => {
    const world = controllerWorld();
    await world.fail(transient('1'));
    world.time.now += 15 * MINUTE_MS;
    await world.measure();
    world.time.now += 10 * MINUTE_MS;
    await world.minutes(20);
    assert.equal(await world.incident(), undefined);
  });

  it('leaves a group to a person who redrives it', async () => {
    const world = controllerWorld();
    await world.fail(transient('1'));
    world.taken.add(group);
    await world.alarm('ALARM');
    await world.minutes(20);
    assert.deepEqual([world.redrives.size, (await world.incident())?.rounds], [0, 0]);
  });

  it('waits while the subscriber is paused, and uses up no round', async () => {
    const world = controllerWorld();
    await world.fail(transient('1'));
    await world.alarm('ALARM');
    world.paused.set('send-email', { since: '2026-11-30T10:00:00.000Z', actor: 'ada' });
    await world.minutes(600);
    const { status, rounds } = (await world.incident()) ?? {};
    assert.deepEqual([status, rounds, world.redrives.size, world.counted], ['waiting', 0, 0, []]);
    world.paused.clear();
    await world.minutes(6);
    assert.deepEqual([(await world.incident())?.rounds, world.redrives.size], [1, 1]);
  });

  it('plans nothing while another redrive has the group, or its subscriber is paused', async () => {
    const world = controllerWorld();
    await world.fail(transient('1'));
    await world.alarm('ALARM');
    const outlookOf = () => assert.fail('It was planned.');
    const rounds = { ...world.ports.rounds, outlookOf };
    for (const hold of [
      () => world.taken.add(group),
      () => world.paused.set('send-email', { since: '', actor: 'ada' }),
    ]) {
      hold();
      world.time.now += 6 * MINUTE_MS;
      assert.deepEqual(await world.tick({}, { rounds }), { reviewed: 1 });
      world.taken.clear();
    }
    assert.equal((await world.incident())?.status, 'waiting');
  });

  it('uses up no round if its redrive could not be started while the plan was valid', async () => {
    const world = controllerWorld();
    await world.fail(transient('1'));
    await world.alarm('ALARM');
    for (let tries = 1; tries <= 4; tries += 1) {
      await world.minutes(6);
      assert.equal(world.redrives.size, tries, 'each plan is another redrive');
      world.end('expired');
      await world.minutes(1);
    }
    const shown = await shownAutomaticRedrives(world.ports.automaticList)();
    const { status, rounds } = shown.get(group) ?? {};
    assert.deepEqual([status, rounds, world.counted], ['waiting', 0, []]);
    await world.minutes(6);
    world.end('done');
    await world.minutes(1);
    assert.equal((await shownAutomaticRedrives(world.ports.automaticList)()).get(group)?.rounds, 1);
  });

  it('looks at one group after the other, the smallest first, until its time ends', async () => {
    const world = controllerWorld();
    const other = (name: string, id: string): DeadLetter => ({ ...transient(id), subscriber: name });
    for (const id of ['1', '2', '3']) await world.fail(transient(id));
    for (const id of ['4', '5']) await world.fail(other('run-process', id));
    await world.fail(other('project-orders', '6'));
    await world.alarm('ALARM');
    const planned: [fingerprint: string, atOnce: number][] = [];
    let atOnce = 0;
    const outlookOf: ControllerPorts['rounds']['outlookOf'] = async (state) => {
      atOnce += 1;
      await new Promise((resolve) => setImmediate(resolve));
      planned.push([state.fingerprint, atOnce]);
      atOnce -= 1;
      // The second planning uses up the time of the start.
      if (planned.length === 2) world.time.now += MINUTE_MS;
      return world.ports.rounds.outlookOf(state);
    };
    world.time.now += 6 * MINUTE_MS;
    assert.deepEqual(await world.tick({}, { rounds: { ...world.ports.rounds, outlookOf } }), { reviewed: 2 });
    const bySize = [fingerprintOf(other('project-orders', '6')), fingerprintOf(other('run-process', '4')), group];
    assert.deepEqual(planned, [
      [bySize[0], 1],
      [bySize[1], 1],
    ]);
    await world.minutes(1);
    assert.equal(world.redrives.size, 3);
  });

  it('looks at the smallest group in any case, also if counting them took its time', async () => {
    const world = controllerWorld();
    await world.fail(transient('1'));
    await world.alarm('ALARM');
    const { letterLists } = world.ports;
    const gaugeOf: typeof letterLists.gaugeOf = async (...list) => {
      world.time.now += MINUTE_MS;
      return letterLists.gaugeOf(...list);
    };
    world.time.now += 6 * MINUTE_MS;
    assert.deepEqual(await world.tick({}, { letterLists: { ...letterLists, gaugeOf } }), { reviewed: 1 });
  });

  it('ends an incident when only dead letters are left that a redrive would drop, and says so', async () => {
    const world = controllerWorld();
    world.dropped.add('gone');
    await world.fail(transient('gone'));
    await world.fail(transient('1'));
    await world.alarm('ALARM');
    await world.minutes(6);
    assert.equal(world.redrives.size, 1);
    await world.handle(transient('1'));
    world.end('done');
    await world.minutes(120);
    const { status, rounds, left } = (await world.incident()) ?? {};
    assert.deepEqual([status, rounds, left?.reasons], ['ended', 1, [{ reason: 'NO_MESSAGE', count: 1 }]]);
    assert.deepEqual([world.redrives.size, world.counted], [1, []]);
    const shown = await shownAutomaticRedrives(world.ports.automaticList)();
    assert.deepEqual(shown.get(group)?.left, [{ reason: 'NO_MESSAGE', count: 1 }]);
    await world.fail(transient('2'));
    await world.minutes(7);
    assert.deepEqual([(await world.incident())?.incident, world.redrives.size], [2, 2]);
  });

  it('sees a new failure although a person has discarded as many', async () => {
    const world = controllerWorld();
    world.dropped.add('gone');
    await world.fail(transient('gone'));
    await world.alarm('ALARM');
    await world.minutes(120);
    assert.deepEqual([(await world.incident())?.status, world.redrives.size], ['ended', 0]);
    await world.handle(transient('gone'));
    await world.fail(transient('1'));
    await world.minutes(7);
    assert.equal(world.redrives.size, 1);
  });

  it('continues a round that was interrupted before its redrive existed', async () => {
    const world = controllerWorld();
    await world.fail(transient('1'));
    await world.alarm('ALARM');
    world.time.now += 5 * MINUTE_MS;
    const start = async (): Promise<undefined> => {
      throw new StoreUnavailable('The store is away.');
    };
    await world.tick({}, { rounds: { ...world.ports.rounds, start } });
    assert.deepEqual([(await world.incident())?.status, world.redrives.size], ['redriving', 0]);
    await world.minutes(2);
    assert.deepEqual([(await world.incident())?.rounds, world.redrives.size], [1, 1]);
  });

  it('gives up a group that cannot be planned, with the code', async () => {
    const world = controllerWorld();
    await world.fail(transient('1'));
    await world.alarm('ALARM');
    world.time.now += 5 * MINUTE_MS;
    await world.tick({}, { rounds: { ...world.ports.rounds, start: async () => 'TOO_MANY_MEMBERS' } });
    const { status, because } = (await world.incident()) ?? {};
    assert.deepEqual([status, because], ['given-up', 'TOO_MANY_MEMBERS']);
  });

  it('stops what runs and starts nothing when the stage switches it off', async () => {
    const world = controllerWorld();
    await world.fail(transient('1'));
    await world.alarm('ALARM');
    await world.minutes(5);
    world.time.now += MINUTE_MS;
    await world.tick({}, { isEnabled: false });
    assert.deepEqual([...world.redrives.values()], ['stopped-by-person']);
    const { status, because } = (await world.incident()) ?? {};
    assert.deepEqual([status, because], ['ended', 'SWITCHED_OFF']);
    await world.tick({}, { isEnabled: false });
    assert.equal((await world.incident())?.incident, 1);
  });

  it('ignores events of other sources', async () => {
    const world = controllerWorld();
    await world.fail(transient('1'));
    for (const event of [undefined, {}, { source: 'aws.scheduler' }, { source: 'aws.cloudwatch', alarmData: {} }])
      await world.tick(event);
    assert.equal(await world.incident(), undefined);
  });
});
