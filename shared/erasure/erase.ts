import type { MessageLogStore } from '#shared/message-log/ports.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { nextVersion, type StoredState } from '#shared/messaging/rows.ts';
import type { DueState } from '#shared/once/due.ts';
import { addLogFields, withLogFields } from '#shared/once/log-context.ts';
import type { DueStore, StateStore } from '#shared/once/ports.ts';
import type { Waker } from '#shared/once/wake.ts';
import { erasureDecider } from './decider.ts';
import {
  boundOf,
  type Erasure,
  type NamedNotification,
  type Progress,
  progressed,
  RETRY_MS,
  resumedAt,
  unreadableIn,
  walkEnded,
  walkOf,
} from './erasure.ts';
import { statesOf, UNKNOWN_ID, type VisitPorts, visitById, visitRow } from './visit.ts';

export type ErasePorts = VisitPorts & {
  messageLog: Pick<MessageLogStore, 'listLog'>;
  erasures: StateStore<Erasure>;
  due: Pick<DueStore, 'postponeDue'>;
};

/** Log entries in a page, and pages in one wake. Each page takes two read calls. */
const PAGE_ENTRIES = 100;
const PAGES_A_WAKE = 20;
/** Delay before an erasure row that a newer release wrote is read again. */
const NEWER_VERSION_MS = 60_000;

/**
 * Continues the erasures that are due. Erasing a notification can be repeated, so the position in the log is stored
 * after a page is erased.
 */
export function erasureWaker(ports: ErasePorts): Waker<DueState<Subject>> {
  return async (rows) => {
    await Promise.all(rows.map(({ key }) => withLogFields({ erasureId: key.id }, () => wake(key, ports))));
  };
}

async function wake(key: Subject, ports: ErasePorts): Promise<void> {
  try {
    let stored = await ports.erasures.read(key);
    addLogFields({ correlationId: stored?.state.correlationId });
    for (let pages = 0; pages < PAGES_A_WAKE && stored && isDue(stored, ports); pages += 1) {
      stored = await step(key, stored, ports);
    }
  } catch (error) {
    await postpone(key, error, ports);
  }
}

/** A newer release continues its own erasures. */
async function postpone(key: Subject, error: unknown, { due, clock, log }: ErasePorts): Promise<void> {
  const isNewer = error instanceof NewerVersion;
  if (isNewer) log.warn('Erasure of a newer version left to a newer release');
  else log.error('Erasure not continued; it is tried again', { error });
  await due.postponeDue(key, clock.now() + (isNewer ? NEWER_VERSION_MS : RETRY_MS));
}

const isDue = ({ state }: StoredState<Erasure>, { clock }: ErasePorts): boolean =>
  (state.dueAt ?? Number.POSITIVE_INFINITY) <= clock.now();

/**
 * Erases a page of the log. After the last page, it visits the notifications that are listed by id.
 * @returns the row; undefined: another process continues.
 */
async function step(
  key: Subject,
  stored: StoredState<Erasure>,
  ports: ErasePorts,
): Promise<StoredState<Erasure> | undefined> {
  const { tenant } = key;
  const erasure = stored.state;
  const page = await erasePage(tenant, erasure, ports);
  const visits = page.isEnd ? await visitNamed(tenant, erasure, ports) : NOTHING;
  const now = ports.clock.now();
  const next = (current: Erasure): Erasure => {
    const written = progressed(progressed(current, page), visits);
    if (page.isEnd) return walkEnded(written, now);
    return resumedAt(written, page.isBlocked ? now + RETRY_MS : now);
  };
  const kept = await keep(key, stored, next, ports);
  if (kept) report(kept.state, page.erased + visits.erased, ports);
  return kept;
}

/**
 * Stores progress without the executor: this step publishes no message, so the row's version is a sufficient guard. A
 * request or a sender may have changed the row since it was read. Then the number of the walk and its position are
 * still the same, and the write is retried. @returns undefined: another process has continued the walk.
 */
async function keep(
  key: Subject,
  read: StoredState<Erasure>,
  next: (erasure: Erasure) => Erasure,
  { erasures }: ErasePorts,
): Promise<StoredState<Erasure> | undefined> {
  let current: StoredState<Erasure> | undefined = read;
  while (current && isSamePlace(current.state, read.state)) {
    const state = next(current.state);
    const stored: StoredState<Erasure> = nextVersion(current, state, erasureDecider.due(state));
    const result = await erasures.replace(key, current.version, stored);
    if (result.kind === 'replaced') return stored;
    current = result.current;
  }
  return undefined;
}

const isSamePlace = (one: Erasure, other: Erasure): boolean =>
  walkOf(one).number === walkOf(other).number && one.after === other.after;

function report(erasure: Erasure, notifications: number, { log }: ErasePorts): void {
  const unreadable = unreadableIn(erasure);
  log.info('Personal data erased', { notifications, status: erasure.status, walk: walkOf(erasure).number, unreadable });
}

const NOTHING: Progress = { erased: 0, named: [], visited: [] };

type Page = Progress & {
  isEnd: boolean;
  /** A provider is being called for a notification. What has to be erased is known only after that call. */
  isBlocked: boolean;
};

async function erasePage(tenant: string, erasure: Erasure, ports: ErasePorts): Promise<Page> {
  const { from, until } = walkOf(erasure);
  const range = {
    to: boundOf(until),
    ...(from !== undefined && { from }),
    ...(erasure.after && { after: erasure.after }),
  };
  const { entries, isLast, unknown, last } = await ports.messageLog.listLog(tenant, range, PAGE_ENTRIES);
  const keys = entries.map(({ key }) => key);
  const states = await statesOf(keys, ports);
  const named: NamedNotification[] = unknown.map((position) => ({ notificationId: idAt(position), code: UNKNOWN_ID }));
  let erased = 0;
  let after: string | undefined;
  for (const { key, position } of entries) {
    const visit = await visitRow(key, states.get(key.notificationId), erasure, ports);
    if (visit.kind === 'blocked') return { ...progress(), isEnd: false, isBlocked: true };
    if (visit.kind === 'unreadable') named.push({ notificationId: key.notificationId, code: visit.code });
    if (visit.kind === 'erased') erased += visit.count;
    after = position;
  }
  after = last ?? after;
  return { ...progress(), isEnd: isLast, isBlocked: false };

  function progress(): Progress {
    return { erased, named, visited: [], ...(after !== undefined && { after }) };
  }
}

/** Visits, by id, the notifications that a walk has set aside and those that a sender has found. */
async function visitNamed(tenant: string, erasure: Erasure, ports: ErasePorts): Promise<Progress> {
  const named: NamedNotification[] = [];
  const visited: string[] = [];
  let erased = 0;
  for (const { notificationId } of erasure.named ?? []) {
    const visit = await visitById(tenant, notificationId, erasure, ports);
    if (visit.kind === 'unreadable') named.push({ notificationId, code: visit.code });
    else if (visit.kind === 'blocked') named.push({ notificationId });
    else visited.push(notificationId);
    if (visit.kind === 'erased') erased += visit.count;
  }
  return { erased, named, visited };
}

const idAt = (position: string): string => position.slice(position.indexOf('#') + 1);
