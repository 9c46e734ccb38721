import { notificationDecider } from '#shared/domain/notification/decider.ts';
import { isHeldAsRestored, isOpen, type Notification } from '#shared/domain/notification/notification.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import { type ExecutorPorts, executeOnce } from '#shared/once/execute.ts';
import type { NotificationScan, Outcome, ScannedNotification } from '#shared/ports.ts';
import type { Pacer } from './pacer.ts';

export type HoldRestoredPorts = ExecutorPorts & {
  scan: NotificationScan;
  /** Spreads the reading: a row of any kind weighs 1. */
  pace: Pacer;
};

/** What was found so far. Every notification is in one of the counts. */
export type HoldCounts = {
  /** Rows of any kind that were looked at. */
  rows: number;
  held: number;
  /** By an earlier run. */
  heldBefore: number;
  /** Nothing comes of them any more by themselves: SENT, FAILED. */
  finished: number;
  /** Asked for after the table was restored: none of our business. */
  younger: number;
  /** Nobody can tell what they are, so nobody can hold them. */
  unreadable: UnreadableRow[];
};

export type UnreadableRow = Extract<ScannedNotification, { row: string }>;

/** How far a run has come. Plain data: kept somewhere, the next run goes on from here. */
export type HoldProgress = {
  /** ISO 8601. When the restored table was made; it names the restore. */
  restoredAt: string;
  /** For each part of the table: where the next page begins, or that there is none. */
  parts: { cursor?: string; ended?: true }[];
  counts: HoldCounts;
};

/** @param parts how many parts of the table are looked through side by side. */
export function beginHold(restoredAt: string, parts: number): HoldProgress {
  return {
    restoredAt,
    parts: Array.from({ length: parts }, () => ({})),
    counts: { rows: 0, held: 0, heldBefore: 0, finished: 0, younger: 0, unreadable: [] },
  };
}

/** Under which these transitions are recorded. */
const SUBSCRIBER = 'restore';

/**
 * Holds every notification of a restored table that is unfinished and older than the restore. Whether it
 * was sent since the moment that came back, the table cannot say; sending it might be sending it again.
 * Each is held by the executor, under an id that follows from it and the restore: a run that is repeated,
 * or goes on where another stopped, changes nothing twice.
 * @param progress of `beginHold` or of the run to go on with. @param keep is given it after every page.
 * @throws StoreUnavailable, TemporarilyUnavailable: go on with what was kept.
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
  // All have ended one way or the other: what was kept last is how far they came.
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
    await ports.pace.turn(page.rows, Number.POSITIVE_INFINITY);
    const found: Found[] = [];
    for (const notification of page.found) found.push(await holdOne(notification, restoredAt, ports));
    // Counted when the page is done, so that a page that is read again is not counted again.
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
  const notification = stored.state as Notification;
  const { kind, outcome } = await executeOnce(
    {
      decider: notificationDecider,
      key,
      commandId: messageCommandId(SUBSCRIBER, `${key.notificationId}#${restoredAt}`),
      fingerprint: restoredAt,
      command: { type: 'HoldRestored', restoredAt },
      metadata: { correlationId: notification.correlationId, causationId: `${SUBSCRIBER} ${restoredAt}` },
      assume: stored,
    },
    ports,
  );
  if (kind === 'committed') return statusIn(outcome) === 'HELD' ? 'held' : 'finished';
  return kind === 'duplicate' || isHeldAsRestored(notification) ? 'heldBefore' : leftAlone(notification);
}

/** As the notification's decider answers. */
const statusIn = ({ answer }: Outcome): Notification['status'] => JSON.parse(answer).status;

const leftAlone = (notification: Notification): Found => (isOpen(notification) ? 'younger' : 'finished');
