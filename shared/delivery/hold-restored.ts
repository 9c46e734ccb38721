import { notificationDecider } from '#shared/notification/decider.ts';
import { isHeldAsRestored, type Notification } from '#shared/notification/notification.ts';
import type { NotificationScan, ScannedNotification } from '#shared/notification/ports.ts';
import { mayBeSentLater } from '#shared/notification/redrive.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import type { Outcome } from '#shared/once/ports.ts';
import { executeTransition } from '#shared/once/transition.ts';
import type { Pacer } from './pacer.ts';

export type HoldRestoredPorts = ExecutorPorts & {
  scan: NotificationScan;
  /** Limits the read rate: a row of any kind has weight 1. */
  pace: Pacer;
};

/** The counts so far. Each notification is in exactly one of them. */
export type HoldCounts = {
  /** Rows of any kind that were read. */
  rows: number;
  held: number;
  /** Held by an earlier run. */
  heldBefore: number;
  /** Nothing more happens to them without a person: SENT, FAILED. */
  finished: number;
  /** Requested after the table was restored, so they do not have to be held. */
  younger: number;
  /** This release cannot read these rows, so it cannot hold them. */
  unreadable: UnreadableRow[];
};

export type UnreadableRow = Extract<ScannedNotification, { row: string }>;

/** The progress of a run. It is plain data: if it is stored, the next run continues from it. */
export type HoldProgress = {
  /** ISO 8601. When the restored table was created. It identifies the restore. */
  restoredAt: string;
  /** For each part of the table: the cursor of the next page, or that the part has ended. */
  parts: { cursor?: string; ended?: true }[];
  counts: HoldCounts;
};

/** @param parts how many parts of the table are scanned in parallel. */
export function beginHold(restoredAt: string, parts: number): HoldProgress {
  return {
    restoredAt,
    parts: Array.from({ length: parts }, () => ({})),
    counts: { rows: 0, held: 0, heldBefore: 0, finished: 0, younger: 0, unreadable: [] },
  };
}

/** A page has rows of all tenants. */
const EVERY_TENANT = '';

/** Subscriber under which these transitions are recorded. */
const SUBSCRIBER = 'restore';

/**
 * Holds every notification of a restored table that is unfinished and older than the restore. The table does not show
 * whether the notification was sent after the restore point, so sending it could send it twice. The executor holds each
 * one under a command id that is derived from the notification and the restore. So a run that is repeated or continued
 * changes nothing twice.
 * @param progress of `beginHold`, or of the run to continue. @param keep is called with the progress after every page.
 * @throws StoreUnavailable, TemporarilyUnavailable: continue from the progress that was kept last.
 */
export async function holdRestored(
  progress: HoldProgress,
  keep: (progress: HoldProgress) => void,
  ports: HoldRestoredPorts,
): Promise<HoldCounts> {
  const current = structuredClone(progress);
  const results = await Promise.allSettled(
    current.parts.map((_, segment) => holdPart(segment, current, () => keep(structuredClone(current)), ports)),
  );
  // Wait until all parts have ended or failed, so that the progress that was kept last is complete.
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return current.counts;
}

async function holdPart(
  segment: number,
  progress: HoldProgress,
  keep: () => void,
  ports: HoldRestoredPorts,
): Promise<void> {
  const { parts, counts, restoredAt } = progress;
  while (!parts[segment]?.ended) {
    const cursor = parts[segment]?.cursor;
    const page = await ports.scan.scanNotifications({
      segment,
      segments: parts.length,
      ...(cursor !== undefined && { cursor }),
    });
    await ports.pace.turn({ tenant: EVERY_TENANT, weight: page.rows, withinMs: Number.POSITIVE_INFINITY });
    const found: Found[] = [];
    for (const notification of page.found) found.push(await holdOne(notification, restoredAt, ports));
    // Count after the page is done, so that a page that is read again is not counted twice.
    for (const one of found) count(one, counts);
    counts.rows += page.rows;
    parts[segment] = page.cursor === undefined ? { ended: true } : { cursor: page.cursor };
    keep();
  }
}

type Found = Exclude<keyof HoldCounts, 'rows' | 'unreadable'> | UnreadableRow;

function count(found: Found, counts: HoldCounts): void {
  if (typeof found === 'string') counts[found] += 1;
  else counts.unreadable.push(found);
}

async function holdOne(found: ScannedNotification, restoredAt: string, ports: HoldRestoredPorts): Promise<Found> {
  if ('row' in found) return found;
  const { key, stored } = found;
  const notification = stored.state;
  const { kind, outcome } = await executeTransition(
    { decider: notificationDecider, key, command: { type: 'HoldRestored', restoredAt }, assume: stored },
    {
      subscriber: SUBSCRIBER,
      transitionId: `${key.notificationId}#${restoredAt}`,
      fingerprint: restoredAt,
      metadata: { correlationId: notification.correlationId, causationId: `${SUBSCRIBER} ${restoredAt}` },
    },
    ports,
  );
  if (kind === 'committed') return statusIn(outcome) === 'HELD' ? 'held' : 'finished';
  return kind === 'duplicate' || isHeldAsRestored(notification) ? 'heldBefore' : unchanged(notification);
}

/** The status in the answer of the notification's decider. */
const statusIn = ({ answer }: Outcome): Notification['status'] => JSON.parse(answer).status;

const unchanged = (notification: Notification): Found => (mayBeSentLater(notification) ? 'younger' : 'finished');
