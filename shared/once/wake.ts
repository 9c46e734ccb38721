import { WAKE_KINDS, type WakeKind } from '#shared/messaging/due.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import type {
  Clock,
  DeadLetterStore,
  DueNotification,
  DueOutbox,
  DueRow,
  DueStore,
  Log,
  OutboxRecord,
  Randomness,
  Timer,
} from '#shared/ports.ts';
import { backoffMs } from './backoff.ts';
import { type PublishPorts, publishOutbox, type Unpublished } from './publish.ts';

export type WakeSettings = {
  /** Pause between two rounds when nothing more is due. */
  intervalMs: number;
  /** Rows of each kind woken in a second at most. */
  ratePerSecond: number;
};

/** Wakes rows of one kind. It re-reads each row, for the index may be behind, and moves or removes its due time. */
export type Waker<Row extends DueRow> = (rows: Row[]) => Promise<void>;

export type Wakers = {
  outbox: Waker<DueOutbox>;
  notification: Waker<DueNotification>;
  unknown: Waker<DueNotification>;
};

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
    const counts = await Promise.all(WAKE_KINDS.map((kind) => wakeKind(kind, wakers, settings, ports)));
    woken += counts.reduce((sum, count) => sum + count, 0);
    const more = counts.some((count) => count >= settings.ratePerSecond);
    const pauseMs = roundStart + (more ? 1000 : settings.intervalMs) - ports.clock.now();
    if (ports.clock.now() + Math.max(0, pauseMs) >= until) return woken;
    if (pauseMs > 0) await ports.timer.sleep(pauseMs);
  }
}

async function wakeKind(
  kind: WakeKind,
  wakers: Wakers,
  settings: WakeSettings,
  { due, clock, log }: WakePorts,
): Promise<number> {
  const rows = await due.due(kind, clock.now(), settings.ratePerSecond);
  if (rows.length === 0) return 0;
  const wake = wakers[kind] as Waker<DueRow>;
  await wake(rows);
  log.info('Woken', { kind, rows: rows.length, oldestDueAt: rows[0]?.dueAt });
  return rows.length;
}

const PUBLISH_BACKOFF = { baseMs: 2000, capMs: 300_000 };

export type OutboxWakerPorts = PublishPorts & { random: Randomness; deadLetters: DeadLetterStore };

/** Under which dead letters of the outbox are kept. */
const SUBSCRIBER = 'wake-due';

/**
 * Publishes outbox rows that the stream did not get to. A row that fails is due again later and later,
 * for as long as it takes; only one that can never be published is set aside.
 */
export function outboxWaker(ports: OutboxWakerPorts): Waker<DueOutbox> {
  return async (rows) => {
    const read = await Promise.all(rows.map((row) => readDue(row, ports)));
    const unpublished = await publishOutbox(
      read.filter((record) => record !== undefined),
      ports,
    );
    await Promise.all(unpublished.map((failed) => settleFailure(failed, ports)));
  };
}

/** The row itself, if it is still due: the index may be behind. A row that cannot be read is set aside. */
async function readDue({ subject, commandId }: DueOutbox, ports: OutboxWakerPorts): Promise<OutboxRecord | undefined> {
  try {
    const record = await ports.outbox.readOutbox(subject, commandId);
    return record?.dueAt !== undefined && record.dueAt <= ports.clock.now() ? record : undefined;
  } catch (error) {
    if (!(error instanceof PoisonMessage)) throw error;
    await setAside({ subject, commandId }, { reason: error.reason, detail: error.message }, ports);
    return undefined;
  }
}

async function settleFailure({ record, failures }: Unpublished, ports: OutboxWakerPorts): Promise<void> {
  const { subject, commandId } = record;
  const reasons = failures.map(({ reason }) => reason);
  if (failures.every(({ permanent }) => permanent)) {
    const detail = `${failures.length} of ${record.messages.length} messages can never be published.`;
    return setAside({ subject, commandId }, { reason: reasons[0] ?? 'UNPUBLISHABLE', detail }, ports);
  }
  const tried = (record.failures ?? 0) + 1;
  const dueAt = ports.clock.now() + 1000 + backoffMs(tried, ports.random.fraction(), PUBLISH_BACKOFF);
  ports.log.warn('Outbox row not published', { commandId, tried, dueAt, reasons });
  await ports.outbox.postpone(subject, commandId, dueAt, tried);
}

/** Recorded first and buried after: a crash in between records it again, never loses it. */
async function setAside(
  { subject, commandId }: Pick<OutboxRecord, 'subject' | 'commandId'>,
  why: { reason: string; detail: string },
  { deadLetters, outbox, clock, log }: OutboxWakerPorts,
): Promise<void> {
  const now = clock.now();
  const message = JSON.stringify({ subject, commandId });
  await deadLetters.recordDeadLetter(
    { subscriber: SUBSCRIBER, id: `${subject.tenant}/${subject.type}/${subject.id}/${commandId}`, ...why, message },
    now,
  );
  await outbox.bury(subject, commandId, new Date(now).toISOString());
  log.error('Outbox row set aside as a dead letter', { commandId, ...why });
}
