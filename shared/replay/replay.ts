import type { StateKey, Subject } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { type DueKind, type DueState, stateDue } from '#shared/once/due.ts';
import { BELIEVED_MS } from './current-generations.ts';

/**
 * A replay builds a read model again from the messages in the outbox, into a generation of its own.
 *
 * ```
 *  ┌─────────────────────────── running ──────────────────────────────────┐   done
 *  queued ──> preparing ──> (copying) ──> building ──> switching ──> settling ──> deleting ──> finished
 *    │          │            │            │ stop                    ▲
 *    └──────────┴────────────┴────────────┴──> stopped ─────────────┤
 *                              too many failures ──> failed: leaving ┘
 * ```
 * - queued: the function has not begun.
 * - preparing: every function learns that a generation is built, and from then on writes changes to it as well.
 * - copying: only with `from`. The rows of the live generation are copied, and are then replaced by messages.
 * - building: the messages of all outbox rows are applied, one page after the other.
 * - switching: one conditional write changes which generation is read. From here on, it cannot be stopped.
 * - settling: every function learns which generation is read and written.
 * - deleting: the rows that are no longer read are deleted, one page after the other.
 */
export type Replay = {
  replayId: string;
  projection: string;
  /** The generation that it builds. */
  generation: number;
  /** Absent: all tenants. */
  tenant?: string;
  /** ISO 8601: earlier messages are not applied. Absent: all messages. */
  from?: string;
  status: 'running' | 'done' | 'stopped' | 'failed';
  step: ReplayStep;
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601: since when the generation is read. */
  switchedAt?: string;
  /** ISO 8601: when the status stopped being `running`. */
  endedAt?: string;
  /** A code: why it failed. */
  reason?: string;
  /** Where the step continues, in the store's own form. Absent: at its start. */
  position?: string;
  counts: ReplayCounts;
  /** Messages and outbox rows that cannot be read, the first `MOST_NAMED` of them by name. */
  skipped: { count: number; named: readonly Skipped[] };
  /** Tries in a row that have failed. */
  failures: number;
  /** Epoch milliseconds at which it continues: the end of a pause, or of the lease of the worker. Absent: finished. */
  dueAt?: number;
};

export type ReplayStep =
  | 'queued'
  | 'preparing'
  | 'copying'
  | 'building'
  | 'switching'
  | 'leaving'
  | 'settling'
  | 'deleting'
  | 'finished';

export type ReplayCounts = {
  /** Rows of the table that were examined. */
  examined: number;
  /** Messages about the read model. */
  messages: number;
  /** Rows that were written: one for all messages of a page about the same thing. */
  written: number;
  /** Rows that were copied from the live generation. */
  copied: number;
  /** Rows that were deleted. */
  deleted: number;
};

/** A message or an outbox row that can never be read. No personal data. */
export type Skipped = {
  tenant: string;
  /** `<type>/<id>`: what it is about. */
  subject: string;
  /** The message's id; for an outbox row, or a message without an id, the place of the row. */
  id: string;
  /** A code. */
  reason: string;
  detail: string;
};

export const REPLAY = shapeOf<Replay>('replay');

/** All replays are parts of one subject, so one query lists them. They belong to no tenant: the tenant is empty. */
export const REPLAYS: Subject = { tenant: '', type: 'stage', id: 'replays' };

export const replayKey = (id: string): StateKey => ({ ...REPLAYS, part: { type: REPLAY.name, id } });

export const REPLAY_DUE: DueKind<DueState<StateKey>> = stateDue('replay', (key) =>
  key.part?.type === REPLAY.name ? key : undefined,
);

/** Most skipped messages that are named. */
export const MOST_NAMED = 100;

/** If a worker dies, another one continues after this time. It is longer than a page takes. */
export const LEASE_MS = 30_000;

/** After this time, no function uses generations from before. The second is for clocks that differ in speed. */
export const PAUSE_MS = BELIEVED_MS + 1000;

/** The counts, increased. */
export function counted(counts: ReplayCounts, more: Partial<ReplayCounts>): ReplayCounts {
  const { examined = 0, messages = 0, written = 0, copied = 0, deleted = 0 } = more;
  return {
    examined: counts.examined + examined,
    messages: counts.messages + messages,
    written: counts.written + written,
    copied: counts.copied + copied,
    deleted: counts.deleted + deleted,
  };
}

export const NOTHING_COUNTED: ReplayCounts = { examined: 0, messages: 0, written: 0, copied: 0, deleted: 0 };

/** What was skipped, with more of it. */
export const withSkipped = ({ count, named }: Replay['skipped'], more: readonly Skipped[]): Replay['skipped'] => ({
  count: count + more.length,
  named: [...named, ...more].slice(0, MOST_NAMED),
});
