import { shapeOf } from '#shared/messaging/versions.ts';
import { subjectDue } from '#shared/once/due.ts';

/** A customer, or the owner of an address or number (a recipient key, see `recipient-key.ts`). */
export type ErasureScope = { customerId: string } | { recipient: string };

/**
 * The erasure of a person's data. It walks through a tenant's whole message log, which is too long for one request.
 * So the erasure is a process with stored progress, and it continues after a crash until it is done.
 *
 * ```
 *          request            request: the bound moves, the walk continues
 *             │                 ┌─┐
 *             ▼                 │ ▼       a second walk over the recent part found nothing
 * whole log ──── recent part again ───────────────────────────────────────────────────> DONE
 *             ▲   │         ▲   │ found something, or something is left                   │
 *             │   │         └───┘ (after a longer and longer pause)                       │
 *             │   └── only notifications are left that cannot be read: INCOMPLETE         │
 *             │                                                                           │
 *             └── request <── late looks, after an hour and after a day: found something ─┘
 * ```
 */
export type Erasure = {
  scope: ErasureScope;
  /** ISO 8601: the bound. What was accepted until then is erased. A request during the erasure moves it. */
  requestedAt: string;
  /** Number of requests that this erasure answers, if there are several. */
  requests?: number;
  /** Number of notifications erased so far. */
  erased: number;
  correlationId: string;
  /** Position in the log that the walk has reached, newest first; absent: the walk has not started. */
  after?: string;
  /** The current or the next walk. Rows of earlier releases have none: they are on their first walk. */
  walk?: Walk;
  /** Notifications that are visited by id at the end of each walk, even if the log does not show them. */
  named?: readonly NamedNotification[];
  /** Number of notifications that cannot be read and for which `named` has no room. */
  unlisted?: number;
} & (
  | {
      status: 'RUNNING';
      /** Epoch milliseconds at which it continues. */
      dueAt: number;
      /** ISO 8601: since when the only notifications left are ones that cannot be read. */
      incompleteSince?: string;
    }
  | {
      status: 'DONE';
      doneAt: string;
      /** Number of finished late looks. */
      looks?: number;
      /** Epoch milliseconds of the next late look; absent: there is no further one. */
      dueAt?: number;
    }
);

export const ERASURE = shapeOf<Erasure>('erasure');

/** One walk through a part of the log. */
export type Walk = {
  /** Distinguishes the walks of an erasure. */
  number: number;
  /** ISO 8601; absent: the walk covers the log from its first entry. */
  from?: string;
  /** ISO 8601: the bound at the start of the walk. */
  until: string;
  /** Number of notifications that this walk erased. */
  found: number;
  /** An earlier walk went up to the same bound. */
  isSecond?: true;
  /** Number of walks since the bound last moved. Pauses grow with it. */
  tries: number;
};

export type NamedNotification = {
  notificationId: string;
  /** Why it cannot be read; absent: it can be read, but it was not visited yet or is being sent. */
  code?: string;
};

/** The log usually lags behind its rows by less than this. After this pause, the first walk finds nearly everything. */
export const FIRST_WALK_MS = 5000;
/** The largest difference between two clocks: a notification accepted before the request may have a later timestamp. */
const CLOCKS_DIFFER_MS = 2000;
/** A notification that is being sent is visited again after this pause. */
export const RETRY_MS = 5000;
/**
 * Pause before the recent part is walked again. A commit that was decided before the request takes at most three calls
 * of two seconds. The first pauses together are longer, so the rows of that commit exist by then.
 */
const RECENT_PAUSE = { baseMs: 5000, capMs: 5 * 60_000 };
/** Pause while only unreadable notifications are left. A new release or an operator has to fix them first. */
const INCOMPLETE_PAUSE = { baseMs: 60_000, capMs: 6 * 3_600_000 };
/** The second and later walks read the entries that were created within this period before the bound. */
const RECENT_MS = 15 * 60_000;
/** Late looks: each comes this long after the bound and reads this far back, because the log may lag by as much. */
const LATE_LOOKS_MS = [3_600_000, 24 * 3_600_000];
/** Limited because the row is rewritten with each page. */
export const MOST_NAMED = 100;

/** ISO 8601: the erasure erases notifications that were created before this time. */
export const boundOf = (requestedAt: string): string =>
  new Date(Date.parse(requestedAt) + CLOCKS_DIFFER_MS).toISOString();

/** The fields of a notification that an erasure needs. */
export type Erasable = {
  createdAt: string;
  customerId?: string;
  recipients?: readonly string[];
  erased?: readonly number[];
  erasedAt?: string;
};

/** Whether the notification is about this person and was requested before the bound. */
export const covers = (
  { scope, requestedAt }: Erasure,
  { createdAt, customerId, recipients = [] }: Erasable,
): boolean =>
  createdAt < boundOf(requestedAt) &&
  ('customerId' in scope ? customerId === scope.customerId : recipients.includes(scope.recipient));

/** Whether the erasure still has to erase something of the notification. Until then, it must not be sent. */
export function isStillToErase(erasure: Erasure, notification: Erasable): boolean {
  if (!covers(erasure, notification)) return false;
  const { recipients = [], erased = [], erasedAt } = notification;
  const { scope } = erasure;
  return (
    erasedAt === undefined ||
    recipients.some(
      (recipient, position) => !erased.includes(position) && ('customerId' in scope || recipient === scope.recipient),
    )
  );
}

/** The current walk. Rows of earlier releases have none stored. */
export const walkOf = ({ walk, requestedAt }: Erasure): Walk =>
  walk ?? { number: 0, until: requestedAt, found: 0, tries: 0 };

/** Number of notifications that cannot be read. */
export const unreadableIn = ({ named = [], unlisted = 0 }: Erasure): number =>
  named.filter(({ code }) => code !== undefined).length + unlisted;

/** Erasures that have to continue. */
export const ERASURE_DUE = subjectDue('erasure');

/** The result of processing one page of the log, or the notifications that were visited by id. */
export type Progress = {
  /** Position that was reached. */
  after?: string;
  erased: number;
  /** Notifications that are visited by id from now on. */
  named: readonly NamedNotification[];
  /** Ids that no longer need a visit. */
  visited: readonly string[];
};

/** The erasure with this progress recorded. */
export function progressed(erasure: Erasure, { after, erased, named: added, visited }: Progress): Erasure {
  const walk = walkOf(erasure);
  const kept = (erasure.named ?? []).filter(
    ({ notificationId }) => !visited.includes(notificationId) && !isAmong(notificationId, added),
  );
  const all = [...kept, ...added];
  // A walk from the first entry finds all unlisted notifications again, so it counts them from zero.
  const isCountedAnew = walk.from === undefined && erasure.after === undefined;
  const unlisted = (isCountedAnew ? 0 : (erasure.unlisted ?? 0)) + Math.max(0, all.length - MOST_NAMED);
  const { named: _named, unlisted: _unlisted, ...rest } = erasure;
  return {
    ...rest,
    erased: erasure.erased + erased,
    walk: { ...walk, found: walk.found + erased },
    ...(after !== undefined && { after }),
    ...(all.length > 0 && { named: all.slice(0, MOST_NAMED) }),
    ...(unlisted > 0 && { unlisted }),
  };
}

const isAmong = (id: string, list: readonly NamedNotification[]): boolean =>
  list.some(({ notificationId }) => notificationId === id);

/** Continues at the same position at `dueAt` (epoch milliseconds). */
export const resumedAt = (erasure: Erasure, dueAt: number): Erasure => ({ ...erasure, dueAt });

/**
 * The state after a walk. An erasure is done when a second walk over the recent part found nothing and no notification
 * is left to visit.
 * @param now epoch milliseconds.
 */
export function walkEnded(erasure: Erasure, now: number): Erasure {
  const { requestedAt, named: left = [], unlisted = 0 } = erasure;
  const { until, found, isSecond, tries } = walkOf(erasure);
  if (until < requestedAt) {
    const dueAt = Math.max(now, Date.parse(requestedAt) + FIRST_WALK_MS);
    return nextWalk(erasure, { from: recentOf(until) }, dueAt);
  }
  const recent = { from: recentOf(requestedAt), isSecond: true, tries: tries + 1 } as const;
  if (!isSecond || found > 0) return nextWalk(erasure, recent, now + pauseMs(tries, RECENT_PAUSE));
  if (left.length === 0 && unlisted === 0) return done(erasure, now);
  if (unreadableIn(erasure) < left.length + unlisted) return nextWalk(erasure, recent, now + RETRY_MS);
  const { from: _from, ...whole } = recent;
  // The list has no room for all of them, so the whole log is walked again.
  const next = nextWalk(erasure, unlisted > 0 ? whole : recent, now + pauseMs(tries, INCOMPLETE_PAUSE));
  const since = erasure.status === 'RUNNING' ? erasure.incompleteSince : undefined;
  return { ...next, incompleteSince: since ?? new Date(now).toISOString() };
}

/** ISO 8601: the start of the recent part before a bound. */
export const recentOf = (bound: string): string => new Date(Date.parse(bound) - RECENT_MS).toISOString();

const pauseMs = (tries: number, { baseMs, capMs }: { baseMs: number; capMs: number }): number =>
  Math.min(capMs, baseMs * 2 ** Math.min(tries, 30));

type NextWalk = { from?: string; isSecond?: true; tries?: number };
type RunningErasure = Extract<Erasure, { status: 'RUNNING' }>;

/** Continues with another walk up to the current bound. A finished erasure runs again. */
export function nextWalk(erasure: Erasure, { from, isSecond, tries = 0 }: NextWalk, dueAt: number): RunningErasure {
  return { ...withoutProgress(erasure), status: 'RUNNING', dueAt, walk: walkAfter(erasure, { from, isSecond, tries }) };
}

function walkAfter(erasure: Erasure, { from, isSecond, tries = 0 }: NextWalk): Walk {
  return {
    number: walkOf(erasure).number + 1,
    ...(from !== undefined && { from }),
    until: erasure.requestedAt,
    found: 0,
    ...(isSecond && { isSecond }),
    tries,
  };
}

/** The fields that do not depend on status or walk. The others are listed for removal, so a new field is kept. */
export function withoutProgress(erasure: Erasure) {
  if (erasure.status === 'RUNNING') {
    const { status: _status, dueAt: _dueAt, incompleteSince: _since, after: _after, walk: _walk, ...rest } = erasure;
    return rest;
  }
  const { status: _status, dueAt: _dueAt, doneAt: _at, looks: _looks, after: _after, walk: _walk, ...rest } = erasure;
  return rest;
}

/** The finished erasure. It schedules the next late look, because the log may not have shown every entry yet. */
function done(erasure: Erasure, now: number): Erasure {
  const [doneAt, looks] =
    erasure.status === 'DONE' ? [erasure.doneAt, (erasure.looks ?? 0) + 1] : [new Date(now).toISOString(), 0];
  const lookMs = LATE_LOOKS_MS[looks];
  if (lookMs === undefined) return { ...withoutProgress(erasure), status: 'DONE', doneAt, looks };
  const from = new Date(Date.parse(erasure.requestedAt) - lookMs).toISOString();
  const walk = walkAfter(erasure, { from, isSecond: true });
  return {
    ...withoutProgress(erasure),
    status: 'DONE',
    doneAt,
    looks,
    dueAt: Date.parse(erasure.requestedAt) + lookMs,
    walk,
  };
}
