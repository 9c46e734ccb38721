import { Failure } from '#shared/messaging/failure.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { nextVersion, type StoredState } from '#shared/messaging/rows.ts';
import type { Log } from '#shared/messaging/system.ts';
import { backoffMs } from '#shared/once/backoff.ts';
import type { DueState } from '#shared/once/due.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import { withLogFields } from '#shared/once/log-context.ts';
import type { DueStore, StateStore } from '#shared/once/ports.ts';
import { executeTransition } from '#shared/once/transition.ts';
import type { Waker } from '#shared/once/wake.ts';
import { type Advanced, advance } from './advance.ts';
import { redriveDecider } from './decider.ts';
import type { HeldPorts, PagePorts } from './ports.ts';
import { dueOf, FIRST_PROGRESS, type Redrive } from './redrive.ts';

export type RunPorts = ExecutorPorts &
  PagePorts & {
    redrives: StateStore<Redrive>;
    due: Pick<DueStore, 'postponeDue'>;
    log: Log;
    /** Name of the function, under which its transitions are recorded. */
    subscriber: string;
    /** Unique for each invocation: whose lease it is. */
    worker: string;
  };

type SharingPorts = RunPorts & Pick<HeldPorts, 'mostPerSecond'>;

/** If a worker dies, another one continues after this time. A page takes less. */
export const LEASE_MS = 10_000;
/** Pause before a row is read again whose lease another worker has. */
const LEASED_MS = 500;
/** All redrives of a stage together send at most this many messages in a second. */
export const MOST_PER_SECOND = 500;
/** With these pauses, a page is tried again for a quarter of an hour at most. Then the redrive is stopped. */
const MOST_FAILURES = 20;
const BACKOFF = { baseMs: 1000, capMs: 60_000 };
/** Pause before a row that a newer release wrote is read again. */
const NEWER_VERSION_MS = 60_000;

/**
 * Continues the redrives that are due, page by page, until nothing is left to do or the invocation's time ends. The
 * progress is stored after each page, with a lease in the row's due time. If a worker dies, what it has done is in the
 * dead letters and the chunks, and the next worker reads it there.
 * @param until epoch milliseconds after which no page is begun.
 * @param mostPerSecond what one redrive may send now, besides its own rate.
 */
export function redriveWaker(
  until: number,
  given: RunPorts,
  mostPerSecond = (): number => MOST_PER_SECOND,
): Waker<DueState<StateKey>> {
  const ports = { ...given, mostPerSecond };
  return async (rows) => {
    await Promise.all(
      rows.map(({ key }) =>
        withLogFields({ redriveId: key.part?.id }, () =>
          run(key, until, ports).catch((error) => leave(key, error, ports)),
        ),
      ),
    );
  };
}

/** The row itself could not be read or written, so its progress is unchanged. Its lease ends by itself. */
async function leave(key: StateKey, error: unknown, { due, clock, log }: RunPorts): Promise<void> {
  if (!(error instanceof NewerVersion)) return log.error('Redrive not continued; it is tried again', { error });
  log.warn('Redrive of a newer version left to a newer release');
  await due.postponeDue(key, clock.now() + NEWER_VERSION_MS);
}

type Held = StoredState<Redrive>;

async function run(key: StateKey, until: number, ports: SharingPorts): Promise<void> {
  const { clock, timer } = ports;
  let held: Held | undefined;
  while (clock.now() < until) {
    held ??= await taken(key, until, ports);
    if (!held) return;
    const { redrive, pauseMs, end } = await tried(key, held, ports);
    if (pauseMs === undefined) {
      if (await keep(key, held, withoutDue(redrive), ports)) return;
      held = undefined;
      continue;
    }
    held = await kept(key, held, { ...redrive, dueAt: clock.now() + pauseMs + LEASE_MS }, ports);
    if (held && end) {
      await ended(key, held.state, end, ports);
      held = undefined;
    }
    await timer.sleep(Math.max(0, Math.min(pauseMs, until - clock.now())));
  }
  // The next invocation continues at once.
  if (held) await keep(key, held, { ...held.state, dueAt: clock.now() }, ports);
}

/** Waits for the lease. undefined: nothing is left to do. */
async function taken(key: StateKey, until: number, ports: RunPorts): Promise<Held | undefined> {
  const { clock, timer, redrives, worker } = ports;
  while (clock.now() < until) {
    const stored = await redrives.read(key);
    if (stored?.state.dueAt === undefined) return undefined;
    const { dueAt, progress = FIRST_PROGRESS } = stored.state;
    if (dueAt <= clock.now() || progress.worker === worker) {
      const state = { ...stored.state, dueAt: clock.now() + LEASE_MS, progress: { ...progress, worker } };
      const held = await keep(key, stored, state, ports);
      if (held) return held;
    }
    await timer.sleep(LEASED_MS);
  }
  return undefined;
}

function withoutDue({ dueAt, ...others }: Redrive): Redrive {
  return others;
}

/** Stores the progress. While nothing happens, the row is only written before its lease ends. */
async function kept(key: StateKey, before: Held, state: Redrive, ports: RunPorts): Promise<Held | undefined> {
  const isLeased = (before.state.dueAt ?? 0) > ports.clock.now() + LEASE_MS / 2;
  if (isLeased && JSON.stringify(withoutDue(before.state)) === JSON.stringify(withoutDue(state))) return before;
  const held = await keep(key, before, state, ports);
  if (held) report(held.state, ports);
  return held;
}

/** @returns undefined: it was changed in between, by a person or by another worker. */
async function keep(key: StateKey, before: Held, state: Redrive, { redrives }: RunPorts): Promise<Held | undefined> {
  const next = nextVersion(before, state, dueOf(state));
  const result = await redrives.replace(key, before.version, next);
  return result.kind === 'replaced' ? next : undefined;
}

/**
 * A page that fails is tried again after a pause, and after many failures the redrive is stopped. A page of which its
 * queue has accepted some has not failed.
 */
async function tried(key: StateKey, { state: redrive, version }: Held, ports: SharingPorts): Promise<Advanced> {
  const isUnchanged = async () => (await ports.redrives.read(key))?.version === version;
  try {
    const advanced = await advance(redrive, { ...ports, isUnchanged });
    const { failure } = advanced;
    if (failure !== undefined) ports.log.warn('Some of a page are sent with the next page', { error: failure });
    return { ...advanced, redrive: { ...advanced.redrive, failures: 0 } };
  } catch (error) {
    if (error instanceof NewerVersion) return waiting(redrive, error, ports);
    const failures = redrive.failures + 1;
    ports.log.error('Page of a redrive failed', { failures, error });
    const pauseMs = backoffMs(failures, ports.random.fraction(), BACKOFF);
    const because = error instanceof Failure ? error.code : 'INTERNAL_ERROR';
    const isHopeless = failures >= MOST_FAILURES && redrive.status === 'running';
    return { redrive: { ...redrive, failures }, pauseMs, ...(isHopeless && { end: { because } }) };
  }
}

/** A row that the page reads is of a newer release. That is no failure: this redrive waits for that release. */
function waiting(redrive: Redrive, error: NewerVersion, { log }: RunPorts): Advanced {
  log.warn('Redrive waits: a row of a dead letter or of its set was written by a newer release', { error });
  const progress = { ...(redrive.progress ?? FIRST_PROGRESS), waitsBecause: 'NEWER_VERSION' };
  return { redrive: { ...redrive, progress }, pauseMs: NEWER_VERSION_MS };
}

/** It is done, or is stopped. The audit entry is written in the same transaction, once. */
async function ended(
  key: StateKey,
  { redriveId }: Redrive,
  { because }: NonNullable<Advanced['end']>,
  ports: RunPorts,
): Promise<void> {
  const { subscriber, random } = ports;
  await executeTransition(
    {
      decider: redriveDecider,
      key,
      command: { type: 'EndRedrive', because },
      terms: { actor: subscriber, nonce: random.nonce() },
    },
    { subscriber, transitionId: `end-${redriveId}`, metadata: { correlationId: redriveId } },
    ports,
  );
}

function report({ status, counts }: Redrive, { log }: RunPorts): void {
  log.info('Redrive continued', { status, ...counts });
}
