import { Failure } from '#shared/messaging/failure.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { nextVersion, type StoredState } from '#shared/messaging/rows.ts';
import type { Log, Randomness, Timer } from '#shared/messaging/system.ts';
import { backoffMs } from '#shared/once/backoff.ts';
import type { DueState } from '#shared/once/due.ts';
import { withLogFields } from '#shared/once/log-context.ts';
import type { DueStore, StateStore } from '#shared/once/ports.ts';
import type { Waker } from '#shared/once/wake.ts';
import { dueOf } from './decider.ts';
import { LEASE_MS, type Replay } from './replay.ts';
import { type Advanced, advance, type StepPorts } from './steps.ts';

export type RunPorts = StepPorts & {
  replays: StateStore<Replay>;
  due: Pick<DueStore, 'postponeDue'>;
  timer: Timer;
  random: Randomness;
  log: Log;
};

/** With these pauses, a replay is tried again for a quarter of an hour at most before it fails. */
const MOST_FAILURES = 20;
const BACKOFF = { baseMs: 1000, capMs: 60_000 };
/** Pause before a row that a newer release wrote is read again. */
const NEWER_VERSION_MS = 60_000;

/**
 * Continues the replays that are due, page by page, until they are finished or the invocation's time ends. The progress
 * is stored after each page, with a lease in the row's due time. A page may be done twice, by two workers or after a crash:
 * the second time changes nothing.
 * @param until epoch milliseconds after which no page is begun.
 */
export function replayWaker(until: number, ports: RunPorts): Waker<DueState<StateKey>> {
  return async (rows) => {
    await Promise.all(
      rows.map(({ key }) =>
        withLogFields({ replayId: key.part?.id }, () =>
          run(key, until, ports).catch((error) => leave(key, error, ports)),
        ),
      ),
    );
  };
}

/** The row itself could not be read or written, so its progress is unchanged. Its lease ends by itself. */
async function leave(key: StateKey, error: unknown, { due, clock, log }: RunPorts): Promise<void> {
  if (!(error instanceof NewerVersion)) return log.error('Replay not continued; it is tried again', { error });
  log.warn('Replay of a newer version left to a newer release');
  await due.postponeDue(key, clock.now() + NEWER_VERSION_MS);
}

async function run(key: StateKey, until: number, ports: RunPorts): Promise<void> {
  const { clock, timer, replays } = ports;
  let stored = await replays.read(key);
  while (stored && clock.now() < until) {
    const { dueAt } = stored.state;
    if (dueAt === undefined || dueAt >= until) return;
    // The pause of a step, or after a failure. Another worker's lease ends later than any pause here.
    await timer.sleep(Math.max(0, dueAt - clock.now()));
    const taken = await keep(key, stored, { ...stored.state, dueAt: clock.now() + LEASE_MS }, ports);
    const started = clock.now();
    const next = taken && (await tried(taken.state, ports));
    stored = taken && next && (await keep(key, taken, released(next, started, ports), ports));
    if (stored) report(stored.state, ports);
  }
}

/** Continues at once, or after the pause that the step asks for. */
function released({ replay, pauseMs }: Advanced, started: number, { clock }: RunPorts): Replay {
  const { dueAt, ...others } = replay;
  if (replay.step === 'finished') return others;
  return { ...others, dueAt: Math.max(clock.now(), started + pauseMs) };
}

/** @returns undefined: another worker has continued it, or it was stopped. */
async function keep(
  key: StateKey,
  before: StoredState<Replay>,
  state: Replay,
  { replays }: RunPorts,
): Promise<StoredState<Replay> | undefined> {
  const next = nextVersion(before, state, dueOf(state));
  const result = await replays.replace(key, before.version, next);
  return result.kind === 'replaced' ? next : undefined;
}

/**
 * A step that fails is tried again after a pause, and after many failures the replay fails. It does not fail once it
 * switches: if the answer to the switch was lost, the new generation may be the one that is read, and a failed replay
 * deletes its generation.
 */
async function tried(replay: Replay, ports: RunPorts): Promise<Advanced> {
  try {
    const advanced = await advance(replay, ports);
    return { ...advanced, replay: { ...advanced.replay, failures: 0 } };
  } catch (error) {
    const failures = replay.failures + 1;
    ports.log.error('Step of a replay failed', { step: replay.step, failures, error });
    if (failures >= MOST_FAILURES && mayFail(replay)) return failed(replay, error, ports);
    const pauseMs = backoffMs(failures, ports.random.fraction(), BACKOFF);
    return { replay: { ...replay, failures }, pauseMs };
  }
}

const mayFail = ({ status, step }: Replay): boolean => status === 'running' && step !== 'switching';

function failed(replay: Replay, error: unknown, { clock }: RunPorts): Advanced {
  const { position, ...others } = replay;
  const reason = error instanceof Failure ? error.code : 'INTERNAL_ERROR';
  const endedAt = new Date(clock.now()).toISOString();
  return { replay: { ...others, status: 'failed', reason, endedAt, step: 'leaving', failures: 0 }, pauseMs: 0 };
}

function report({ step, status, counts, skipped }: Replay, { log }: RunPorts): void {
  log.info('Replay continued', { step, status, ...counts, skipped: skipped.count });
}
