import type { Due } from '#shared/messaging/due.ts';
import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { type DueKind, type DueState, stateDue } from '#shared/once/due.ts';
import type { RedrivePlan } from './plan.ts';

/**
 * A redrive sends dead letters to their subscribers again. Its set is frozen when it is planned.
 *
 * ```
 *  planned ──start──> running <──pause, resume──> paused
 *                       │ └────────── stop ─────────┘
 *     all have ended    │        a step failed,      │
 *              done <───┘        or a person ──> stopped
 * ```
 * A paused or stopped redrive sends nothing more. Its worker still records what became of the members that were sent.
 */
export type Redrive = {
  redriveId: string;
  status: 'planned' | 'running' | 'paused' | 'stopped' | 'done';
  /** Who planned it: a person, a machine, or `alarm:<name>`. */
  actor: string;
  /** ISO 8601. */
  createdAt: string;
  startedAt?: string;
  /** ISO 8601: when it was done or stopped. */
  endedAt?: string;
  selection: Selection;
  ratePerSecond: number;
  /** Sizes of the first steps. */
  canary: readonly number[];
  /** A step with a higher share of failures stops the redrive. */
  stopAbove: number;
  plan: RedrivePlan;
  /** Where the members are stored: the name of the set, and the number of its chunks. */
  set: { id: string; chunks: number };
  /** The canary steps, and the rest as the last step. Their members follow each other in the order of the set. */
  steps: readonly RedriveStep[];
  counts: RedriveCounts;
  /** A code or the words of a person: why it was paused, and why it was stopped. */
  pausedBecause?: string;
  stoppedBecause?: string;
  /** Absent: it was not stopped, or an earlier release has stopped it. */
  stoppedBy?: 'person' | 'worker';
  /** What the worker remembers between two pages. Absent: it has not begun. */
  progress?: RedriveProgress;
  /** Tries of the worker in a row that have failed. */
  failures: number;
  /** Epoch milliseconds at which the worker continues: the end of a pause, or of its lease. Absent: nothing is left. */
  dueAt?: number;
};

/** Which dead letters: filters or ids. A dead letter is selected if all filters match. */
export type Selection = SelectionFilters | { ids: readonly string[] };

export type SelectionFilters = {
  subscriber?: string | undefined;
  type?: string | undefined;
  reason?: string | undefined;
  fingerprint?: string | undefined;
  tenant?: string | undefined;
  /** ISO 8601: open since this time or later, and since before that time. */
  from?: string | undefined;
  to?: string | undefined;
  owner?: string | undefined;
};

export type RedriveStep = {
  /** Members. A canary step takes one more for each that is not handled again, while the set has more. */
  size: number;
  status: 'waiting' | 'running' | 'passed' | 'failed';
  sent: number;
  resolved: number;
  failedAgain: number;
  /** Sent, and neither resolved nor failed again yet. */
  pending: number;
  /** Resolved because their subscriber had handled them before: they prove nothing. Absent: none. */
  alreadyDone?: number;
  /** Of failures among those that were handled again. Present when the verdict was given, and there was one. */
  share?: number;
};

/** Each member is counted once. */
export type RedriveCounts = {
  /** Not sent yet. */
  waiting: number;
  /** Sent, and neither resolved nor failed again yet. */
  sent: number;
  resolved: number;
  failedAgain: number;
  /** Not sent, because it would be dropped, or is not what it was when the set was frozen. */
  skipped: number;
  /** Not sent, because it is still unknown whether it was sent before. */
  unknown: number;
};

/** Where the worker is. All members before the position have been sent or skipped. */
export type RedriveProgress = {
  /** Position in the set, from 0. */
  next: number;
  /** Chunks before this one are left behind: they are only read for their late members. */
  firstOpenChunk: number;
  /** What became of their members that have ended, for each step. The members of later chunks say it themselves. */
  ended: readonly Ended[];
  /** Their members whose end is not known yet, as text: see `packedLate`. Absent: none. */
  late?: string;
  /** The chunk from which late members are looked at, if they are in many chunks. */
  lookFrom?: number;
  /** Whose lease it is. */
  worker: string;
  /** Epoch milliseconds: when the rate allows the next page, and when unknown outcomes were last asked for. */
  nextSendAt: number;
  askedAt: number;
  /** Epoch milliseconds: since when nothing has happened to its members. Absent: something has, at the last look. */
  quietSince?: number;
  /** Messages in a second, while other redrives run and this is less than its own rate. */
  share?: number;
  /** Members in a row that their queue will never accept. Absent: none. */
  refused?: number;
  /** A code: why the last page was not begun, although nothing has failed. It is tried again each minute. */
  waitsBecause?: string;
  /**
   * The paused subscribers that it waits for, and when a pause was last seen, in epoch milliseconds. It stays when none is
   * paused any more: a message that waited for its subscriber is not late.
   */
  held?: { subscribers: readonly string[]; until: number };
};

/** Before the first page. */
export const FIRST_PROGRESS: RedriveProgress = {
  ...{ next: 0, firstOpenChunk: 0, ended: [], worker: '', nextSendAt: 0, askedAt: 0 },
};

export type Ended = Pick<RedriveCounts, 'resolved' | 'failedAgain' | 'skipped' | 'unknown'> &
  Pick<RedriveStep, 'alreadyDone'>;

export const REDRIVE = shapeOf<Redrive>('redrive');

/** All redrives are parts of one subject, so one query lists them. They belong to the stage: the tenant is empty. */
export const REDRIVES: Subject = { tenant: '', type: 'stage', id: 'redrives' };

export const redriveKey = (id: string): StateKey => ({ ...REDRIVES, part: { type: REDRIVE.name, id } });

export const REDRIVE_DUE: DueKind<DueState<StateKey>> = stateDue('redrive', (key) =>
  key.part?.type === REDRIVE.name ? key : undefined,
);

export function dueOf({ dueAt }: Redrive): Due | undefined {
  return dueAt === undefined ? undefined : { kind: REDRIVE_DUE.name, at: dueAt };
}

/**
 * Which redrive has a group. The reservation counts while that redrive is running or paused. It is not removed when the
 * redrive ends, because an ended redrive never runs again.
 */
export type Reservation = { fingerprint: string; redriveId: string };

export const RESERVATION = shapeOf<Reservation>('redrivegroup');

export const reservationKey = (fingerprint: string): StateKey => ({
  ...REDRIVES,
  part: { type: RESERVATION.name, id: fingerprint },
});

/** Whether no other redrive may have its groups. */
export const isInProgress = ({ status }: Redrive): boolean => status === 'running' || status === 'paused';

/** Messages in a second: its own rate, or its share while others run. */
export const rateOf = ({ ratePerSecond, progress }: Pick<Redrive, 'ratePerSecond' | 'progress'>): number =>
  progress?.share ?? ratePerSecond;

/** A plan is valid for this time. Later, too much may have changed. */
export const PLAN_VALID_MS = 3_600_000;

/** The steps of a set: each canary step, and the rest. */
export function stepsOf(canary: readonly number[], members: number): RedriveStep[] {
  const steps: RedriveStep[] = [];
  let left = members;
  for (const size of [...canary, Number.POSITIVE_INFINITY]) {
    if (left === 0) break;
    const taken = Math.min(size, left);
    steps.push({ size: taken, status: 'waiting', sent: 0, resolved: 0, failedAgain: 0, pending: 0 });
    left -= taken;
  }
  return steps;
}
