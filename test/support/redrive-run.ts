import assert from 'node:assert/strict';
import type { SubscriberPause } from '#shared/lane/paused-subscribers.ts';
import { type DeadLetterRecord, deadLetterIdOf, fingerprintOf } from '#shared/once/dead-letter.ts';
import { resolved } from '#shared/once/redriven-letter.ts';
import type { RedrivenMember } from '#shared/once/redriver.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { type RedriveCommand, redriveDecider } from '#shared/redrive/decider.ts';
import {
  CHUNK_MEMBERS,
  chunkKey,
  packed,
  REDRIVE_CHUNK,
  type RedriveMember,
  unpacked,
} from '#shared/redrive/members.ts';
import type { PagePorts } from '#shared/redrive/ports.ts';
import { REDRIVE, REDRIVE_DUE, type Redrive, redriveKey } from '#shared/redrive/redrive.ts';
import { LEASE_MS, type RunPorts, redriveWaker } from '#shared/redrive/run.ts';
import { memoryStore } from './memory/memory-store.ts';
import { countedRandomness, type ManualClock, manualClock, memoryLog } from './ports.ts';
import { aPlan } from './redrives.ts';

/** What its subscriber does with a message. `lost`: nothing becomes of it. */
export type Behaviour = 'ok' | 'fails' | 'lost';

const SUBSCRIBER = 'project-orders';
export const SET = 'set-1';
export const KEY = redriveKey('redrive-1');

/** Names of dead letters: m0, m1, … */
export const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

/** Messages in a second after the first page, over the time in which they were sent. */
export function rateOf(sends: readonly { at: number }[]): number {
  const [first, last] = [sends[0]?.at ?? 0, sends.at(-1)?.at ?? 0];
  return (sends.filter(({ at }) => at > first).length * 1000) / (last - first);
}

type Queued = { member: RedrivenMember; at: number };

/** What a person does with the redrive. */
const commanded = (command: RedriveCommand, name: string, ports: RunPorts) =>
  executeTransition(
    { decider: redriveDecider, key: KEY, command, terms: { actor: 'ada', nonce: ports.random.nonce() } },
    { subscriber: 'test', transitionId: `${name} ${ports.random.nonce()}`, metadata: { correlationId: 'c' } },
    ports,
  );

/** Plans and starts a redrive of these dead letters. */
export async function startSet(
  letters: readonly (Pick<RedriveMember, 'deadLetterId' | 'generation'> &
    Partial<Pick<RedriveMember, 'verdict'>> & { fingerprint: string })[],
  ports: RunPorts,
  settings: Partial<Parameters<typeof aPlan>[0]> = {},
): Promise<void> {
  const members = letters.map(
    ({ deadLetterId, generation, verdict = 'handled' }): RedriveMember => ({ deadLetterId, generation, verdict }),
  );
  const chunks = Math.ceil(members.length / CHUNK_MEMBERS);
  for (let index = 0; index < chunks; index += 1) {
    const text = packed(members.slice(index * CHUNK_MEMBERS, (index + 1) * CHUNK_MEMBERS));
    const state = { set: SET, index, members: text };
    await ports.chunks.replace(chunkKey(SET, index), 0, { schemaVersion: 1, version: 1, state });
  }
  const planned = aPlan({ ...settings, set: { id: SET, chunks } });
  const [group = assert.fail()] = planned.plan.groups;
  const plan = {
    ...planned.plan,
    members: members.length,
    groups: [...Map.groupBy(letters, (letter) => letter.fingerprint)].map(([fingerprint, own]) => ({
      ...{ ...group, fingerprint, members: own.length },
    })),
    frozenAt: new Date(ports.clock.now()).toISOString(),
  };
  await commanded({ type: 'PlanRedrive', planned: { ...planned, plan } }, 'plan', ports);
  await commanded({ type: 'StartRedrive' }, 'start', ports);
}

/** Thrown at a call, as if the process died there: every later call of this worker is also the end of it. */
export class Killed extends Error {}

/** Wraps a port, so that its calls are counted, and one of them is the end of its process. */
export type Wrap = <Part extends object>(part: Part) => Part;

/**
 * The ports of a worker that dies before or after one of its calls.
 * @param redriversOver redrivers whose own calls count as well; absent: those of the ports.
 */
export function dying(
  ports: RunPorts,
  at: number,
  isAfter: boolean,
  redriversOver: (wrap: Wrap) => PagePorts['redriverOf'] = () => ports.redriverOf,
): { ports: RunPorts; isDead: () => boolean } {
  let calls = 0;
  let dead = false;
  const call =
    <Arguments extends unknown[], Result>(work: (...values: Arguments) => Promise<Result>) =>
    async (...values: Arguments): Promise<Result> => {
      calls += 1;
      if (dead || (calls === at && !isAfter)) {
        dead = true;
        throw new Killed();
      }
      const result = await work(...values);
      if (calls >= at) {
        dead = true;
        throw new Killed();
      }
      return result;
    };
  const wrap: Wrap = (part) =>
    Object.fromEntries(
      Object.entries(part).map(([name, value]) => [name, typeof value === 'function' ? call(value.bind(part)) : value]),
    ) as typeof part;
  const redriverOf = redriversOver(wrap);
  return {
    isDead: () => dead,
    ports: {
      ...ports,
      redrives: wrap(ports.redrives),
      chunks: wrap(ports.chunks),
      letters: wrap({
        readDeadLetters: ports.letters.readDeadLetters,
        changeDeadLetter: ports.letters.changeDeadLetter,
      }),
      store: wrap({ load: ports.store.load, commit: ports.store.commit }),
      redriverOf: (letter) => {
        const redriver = redriverOf(letter);
        return typeof redriver === 'string' ? redriver : wrap(redriver);
      },
      timer: { sleep: async (ms) => (dead ? Promise.reject(new Killed()) : ports.timer.sleep(ms)) },
    },
  };
}

/** Dead letters, their subscriber behind a queue, and `run-redrive`. Time moves only where something waits. */
export function redriveRun({ latencyMs = 200, longestWaitMs = 60_000 } = {}) {
  const store = memoryStore();
  const clock = manualClock();
  const log = memoryLog();
  const random = countedRandomness();
  let queue: Queued[] = [];
  const sends: { id: string; at: number }[] = [];
  const handled = new Map<string, number>();
  const behaviours = new Map<string, Behaviour>();
  const verdicts = new Map<string, Awaited<ReturnType<PagePorts['verdictsOf']>>[number]>();
  const paused = new Map<string, SubscriberPause>();
  let refusing = new Set<string>();
  let never: (member: RedrivenMember) => boolean = () => false;
  const letterOf = (name: string) => ({ subscriber: SUBSCRIBER, id: name, reason: 'GIVEN_UP', detail: 'It failed.' });
  const idOf = (name: string): string => deadLetterIdOf(letterOf(name));
  const fail = (name: string, reason = 'GIVEN_UP') =>
    store.recordDeadLetter({ ...letterOf(name), reason }, clock.now());

  const consume = async ({ member: { deadLetterId, generation, letter } }: Queued): Promise<void> => {
    const behaviour = behaviours.get(deadLetterId) ?? 'ok';
    if (behaviour === 'fails') return fail(letter.id, 'AGAIN');
    if (behaviour === 'lost') return;
    handled.set(deadLetterId, (handled.get(deadLetterId) ?? 0) + 1);
    await store.changeDeadLetter(deadLetterId, resolved(generation, new Date(clock.now()).toISOString()));
  };
  /** The subscriber handles what has arrived. */
  const deliver = async (): Promise<void> => {
    const arrived = queue.filter(({ at }) => at <= clock.now());
    queue = queue.filter(({ at }) => at > clock.now());
    for (const message of arrived) await consume(message);
  };
  const sleep: ManualClock['sleep'] = async (durationMs) => {
    clock.advance(durationMs);
    await deliver();
  };
  const ports: RunPorts = {
    ...{ store, clock, timer: { sleep }, random, log, due: store, subscriber: 'run-redrive', worker: 'worker-1' },
    settings: { outboxGraceMs: 1000, budgetMs: 1000 },
    redrives: store.statesOf(REDRIVE),
    chunks: store.statesOf(REDRIVE_CHUNK),
    letters: store,
    verdictsOf: async (letters) => letters.map((one) => verdicts.get(deadLetterIdOf(one)) ?? { verdict: 'handled' }),
    redriverOf: () => redriver,
    pausedSubscribers: async () => paused,
    longestWaitMs,
  };
  const redriver = {
    async send(members: readonly RedrivenMember[], refuse: (deadLetterId: string) => void) {
      for (const member of members.filter(never)) refuse(member.deadLetterId);
      const accepted = members.filter((member) => !refusing.has(member.deadLetterId) && !never(member));
      for (const member of accepted) {
        sends.push({ id: member.deadLetterId, at: clock.now() });
        queue.push({ member, at: clock.now() + latencyMs });
      }
      return new Set(accepted.map(({ deadLetterId }) => deadLetterId));
    },
  };

  const command = (one: RedriveCommand, name: string) => commanded(one, name, ports);
  /** A redrive of these dead letters, which fail here, running. */
  const start = async (
    names: readonly string[],
    settings: Partial<Parameters<typeof aPlan>[0]> = {},
    verdict: RedriveMember['verdict'] = 'handled',
  ) => {
    for (const name of names) await fail(name);
    await startSet(
      names.map((name) => ({
        deadLetterId: idOf(name),
        generation: 1,
        fingerprint: fingerprintOf(letterOf('')),
        verdict,
      })),
      ports,
      settings,
    );
  };
  const redrive = async (): Promise<Redrive> => (await ports.redrives.read(KEY))?.state ?? assert.fail();
  return {
    ...{ store, clock, log, ports, sends, handled, behaviours, verdicts, paused, idOf, fail, start, redrive, deliver },
    command: (one: RedriveCommand) => command(one, one.type),
    refuse: (ids: Iterable<string>) => {
      refusing = new Set(ids);
    },
    /** The queue never takes these. */
    refuseForever: (isRefused: (deadLetterId: string) => boolean) => {
      never = ({ deadLetterId }) => isRefused(deadLetterId);
    },
    letter: async (name: string): Promise<DeadLetterRecord> => {
      const letters = await store.readDeadLetters([idOf(name)]);
      return letters.get(idOf(name))?.state ?? assert.fail();
    },
    members: async (): Promise<RedriveMember[]> => {
      const { set } = await redrive();
      const indexes = Array.from({ length: set.chunks }, (_, index) => index);
      const read = await Promise.all(indexes.map((index) => ports.chunks.read(chunkKey(SET, index))));
      return read.flatMap((chunk) => unpacked(chunk?.state.members ?? ''));
    },
    /** What one invocation of `run-redrive` does. */
    async run(over: Partial<RunPorts> = {}, forMs = 50_000): Promise<void> {
      const rows = await store.due(REDRIVE_DUE, clock.now() + LEASE_MS, 5);
      await redriveWaker(clock.now() + forMs, { ...ports, ...over })(rows);
    },
    /** Invocations, one each minute, until nothing is left to do. */
    async untilOver(over: Partial<RunPorts> = {}): Promise<Redrive> {
      for (let minutes = 0; (await redrive()).dueAt !== undefined; minutes += 1) {
        assert.ok(minutes < 60, JSON.stringify(await redrive()));
        const before = clock.now();
        await this.run({ worker: `worker-${minutes + 2}`, ...over });
        // Nothing was due.
        if (clock.now() === before) await sleep(10_000);
      }
      return redrive();
    },
  };
}
