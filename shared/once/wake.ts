import type { Clock, DueRow, DueStore, Log, OutboxRecord, Randomness, Timer } from '#shared/ports.ts';
import { backoffMs } from './backoff.ts';
import { type PublishPorts, publishOutbox, type Unpublished } from './publish.ts';

export type WakeSettings = {
  /** Pause between two rounds when nothing more is due. */
  intervalMs: number;
  /** Rows of each kind woken in a second at most. */
  ratePerSecond: number;
};

/** Wakes rows of one kind. It re-reads each row, for the index may be behind, and moves or removes its due time. */
export type Waker<Kind extends DueRow['kind'] = DueRow['kind']> = (
  rows: Extract<DueRow, { kind: Kind }>[],
) => Promise<void>;

export type Wakers = { [Kind in DueRow['kind']]: Waker<Kind> };

export type WakePorts = { due: DueStore; clock: Clock; timer: Timer; log: Log };

/**
 * The slow lane: wakes everything that is due, oldest first, kind by kind, at a bounded rate, until
 * `until` (epoch milliseconds). It outlives the stream's 24 hours and any outage of the fast lane.
 * @returns how many rows were woken.
 */
export async function wakeUntil(
  until: number,
  wakers: Wakers,
  settings: WakeSettings,
  ports: WakePorts,
): Promise<number> {
  let woken = 0;
  while (true) {
    const roundStart = ports.clock.now();
    const counts = await Promise.all([
      wakeKind('outbox', wakers, settings, ports),
      wakeKind('notification', wakers, settings, ports),
    ]);
    woken += counts[0] + counts[1];
    const more = counts.some((count) => count >= settings.ratePerSecond);
    const pauseMs = roundStart + (more ? 1000 : settings.intervalMs) - ports.clock.now();
    if (ports.clock.now() + Math.max(0, pauseMs) >= until) return woken;
    if (pauseMs > 0) await ports.timer.sleep(pauseMs);
  }
}

async function wakeKind<Kind extends DueRow['kind']>(
  kind: Kind,
  wakers: Wakers,
  settings: WakeSettings,
  { due, clock, log }: WakePorts,
): Promise<number> {
  const rows = (await due.due(kind, clock.now(), settings.ratePerSecond)) as Extract<DueRow, { kind: Kind }>[];
  if (rows.length === 0) return 0;
  await wakers[kind](rows);
  log.info('Woken', { kind, rows: rows.length, oldestDueAt: rows[0]?.dueAt });
  return rows.length;
}

const PUBLISH_BACKOFF = { baseMs: 2000, capMs: 300_000 };

/** Publishes outbox rows that the stream did not get to. A row that fails is due again later and later. */
export function outboxWaker(ports: PublishPorts & { random: Randomness }): Waker<'outbox'> {
  const { outbox, clock, random, log } = ports;
  const stillDue = async (rows: Extract<DueRow, { kind: 'outbox' }>[]): Promise<OutboxRecord[]> => {
    const read = await Promise.all(rows.map(({ subject, commandId }) => outbox.readOutbox(subject, commandId)));
    return read.filter((record) => record?.dueAt !== undefined && record.dueAt <= clock.now()) as OutboxRecord[];
  };
  const postpone = async ({ record, failures }: Unpublished): Promise<void> => {
    const tried = (record.failures ?? 0) + 1;
    const dueAt = clock.now() + 1000 + backoffMs(tried, random.fraction(), PUBLISH_BACKOFF);
    log.warn('Outbox row not published', {
      commandId: record.commandId,
      tried,
      dueAt,
      reasons: failures.map(({ reason }) => reason),
    });
    await outbox.postpone(record.subject, record.commandId, dueAt, tried);
  };
  return async (rows) => {
    const unpublished = await publishOutbox(await stillDue(rows), ports);
    await Promise.all(unpublished.map(postpone));
  };
}
