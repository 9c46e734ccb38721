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
import { type BufferedChunks, bufferedChunks, isWorthAWrite } from './unsaved.ts';

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
 * progress is stored after some pages, with a lease in the row's due time. If a worker dies, what it has done is in the
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

/** `redrive`: as it is after the last page. The row may still be as it was some pages before. */
type Work = { held: Held; redrive: Redrive };

type WorkerPorts = SharingPorts & { chunks: BufferedChunks };

async function run(key: StateKey, until: number, given: SharingPorts): Promise<void> {
  const ports = { ...given, chunks: bufferedChunks(given.chunks) };
  const { clock, timer } = ports;
  let work: Work | undefined;
  while (clock.now() < until) {
    work ??= await begun(key, until, ports);
    if (!work) return;
    const advanced = await tried(key, work, ports);
    const { pauseMs } = advanced;
    if (pauseMs === undefined || advanced.isIdle) {
      if (await keep(key, work.held, leftBy(advanced, ports), ports)) return;
      work = undefined;
      continue;
    }
    work = await continued(key, work, { ...advanced, pauseMs }, ports);
    await timer.sleep(Math.max(0, Math.min(pauseMs, until - clock.now())));
  }
  // The next invocation continues at once.
  if (!work) return;
  await ports.chunks.flush();
  await keep(key, work.held, { ...work.redrive, dueAt: clock.now() }, ports);
}

/** Without a lease: nothing is left to do, or nothing happens, and the worker does not wait for it. */
function leftBy({ redrive, pauseMs }: Advanced, { clock }: RunPorts): Redrive {
  const { dueAt, ...others } = redrive;
  return pauseMs === undefined ? others : { ...others, dueAt: clock.now() + pauseMs };
}

/** @returns undefined: nothing is left to do. */
async function begun(key: StateKey, until: number, ports: WorkerPorts): Promise<Work | undefined> {
  ports.chunks.forget();
  const held = await taken(key, until, ports);
  return held && { held, redrive: held.state };
}

type Tried = Advanced & { isSaved: boolean };

/** @returns undefined: it has ended, or was changed in between. */
async function continued(
  key: StateKey,
  { held }: Work,
  { redrive, pauseMs, end, isSaved }: Tried & { pauseMs: number },
  ports: WorkerPorts,
): Promise<Work | undefined> {
  const { dueAt } = held.state;
  if (!isSaved) return { held, redrive: { ...redrive, ...(dueAt !== undefined && { dueAt }) } };
  const kept = await keep(key, held, { ...redrive, dueAt: ports.clock.now() + pauseMs + LEASE_MS }, ports);
  if (!kept) return undefined;
  report(kept.state, ports);
  if (end) await ended(key, kept.state, end, ports);
  return end ? undefined : { held: kept, redrive: kept.state };
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

/** @returns undefined: it was changed in between, by a person or by another worker. */
async function keep(key: StateKey, before: Held, state: Redrive, { redrives }: RunPorts): Promise<Held | undefined> {
  const next = nextVersion(before, state, dueOf(state));
  const result = await redrives.replace(key, before.version, next);
  return result.kind === 'replaced' ? next : undefined;
}

/**
 * One page. Its members are stored before the row that counts them. A page that fails is tried again after a pause, from what
 * the row has, and after many failures the redrive is stopped. A page has not failed if its queue has accepted some of it.
 */
async function tried(key: StateKey, { held, redrive }: Work, ports: WorkerPorts): Promise<Tried> {
  let isChanged = false;
  const isUnchanged = async () => {
    isChanged = (await ports.redrives.read(key))?.version !== held.version;
    return !isChanged;
  };
  try {
    const advanced = await advance(redrive, { ...ports, isUnchanged });
    const { failure } = advanced;
    if (failure !== undefined) ports.log.warn('Some of a page are sent with the next page', { error: failure });
    const next = { ...advanced, redrive: { ...advanced.redrive, failures: 0 } };
    const isSaved = isChanged || isSavedNow(held.state, next, ports);
    if (isSaved) await ports.chunks.flush();
    return { ...next, isSaved };
  } catch (error) {
    await saveMembers(ports);
    if (error instanceof NewerVersion) return waiting(held.state, error, ports);
    const failures = held.state.failures + 1;
    ports.log.error('Page of a redrive failed', { failures, error });
    const pauseMs = backoffMs(failures, ports.random.fraction(), BACKOFF);
    const because = error instanceof Failure ? error.code : 'INTERNAL_ERROR';
    const isHopeless = failures >= MOST_FAILURES && redrive.status === 'running';
    const failed = { redrive: { ...held.state, failures }, pauseMs, isSaved: true };
    return { ...failed, ...(isHopeless && { end: { because } }) };
  }
}

/** What became of members before a page failed. If it cannot be stored either, the dead letters say it. */
async function saveMembers({ chunks, log }: WorkerPorts): Promise<void> {
  try {
    await chunks.flush();
  } catch (error) {
    log.warn('Progress of a redrive not stored; it is read from the dead letters', { error });
  }
}

/**
 * A row that the page reads is of a newer release. That is no failure: this redrive waits for that release. Its worker does
 * not, so the other redrives keep their share of the rate.
 */
function waiting(saved: Redrive, error: NewerVersion, { log }: RunPorts): Tried {
  log.warn('Redrive waits: a row of a dead letter or of its set was written by a newer release', { error });
  const progress = { ...(saved.progress ?? FIRST_PROGRESS), waitsBecause: 'NEWER_VERSION' };
  return { redrive: { ...saved, progress }, pauseMs: NEWER_VERSION_MS, isIdle: true, isSaved: true };
}

/** The row is written before its lease ends, if a worker leaves it, and if enough has changed. */
function isSavedNow(saved: Redrive, { redrive, pauseMs, isIdle, end }: Advanced, { clock }: RunPorts): boolean {
  const isLeft = pauseMs === undefined || isIdle || end !== undefined;
  return isLeft || isWorthAWrite(saved, redrive, clock.now() + pauseMs + LEASE_MS / 2);
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
