import type { StateKey } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import type { Clock, Log, Randomness, Timer } from '#shared/messaging/system.ts';
import { backoffMs } from './backoff.ts';
import type { DueKind, DueOutbox, DueRow, DueState } from './due.ts';
import { rowsOfRound } from './due-round.ts';
import { withLogFields } from './log-context.ts';
import type { DeadLetterStore, DueStore, OutboxRecord } from './ports.ts';
import { logFieldsOf, type PublishPorts, publishOutbox, type Unpublished } from './publish.ts';

export type WakeSettings = {
  /** Pause between two rounds when nothing more is due. */
  intervalMs: number;
  /** Maximum number of rows of each kind that are woken per second. */
  ratePerSecond: number;
};

/** Wakes rows of one kind. It reads each row again, because the index may lag, and moves or removes its due time. */
export type Waker<Row extends DueRow> = (rows: Row[]) => Promise<void>;

/** The loop of one kind of due rows, with the waker of its owner. */
export type WakeLoop = {
  /** The name of the kind. */
  kind: string;
  /** Wakes at most `limit` rows that are due at `now`. @returns the rows. */
  wake(due: DueStore, now: number, limit: number): Promise<readonly DueRow[]>;
};

export function wakeLoop<Row extends DueRow>(kind: DueKind<Row>, waker: Waker<Row>): WakeLoop {
  let lastRoundAt: number | undefined;
  return {
    kind: kind.name,
    async wake(due, now, limit) {
      const rows = await rowsOfRound(kind, due, { now, since: lastRoundAt ?? now - FIRST_ROUND_MS, limit });
      if (rows.length > 0) await waker(rows);
      lastRoundAt = now;
      return rows;
    },
  };
}

/** What counts as fresh in the first round of an environment: the time between two starts of the function. */
const FIRST_ROUND_MS = 60_000;

/** What a waker of states needs besides the work itself. */
type StateWakerPorts = { due: Pick<DueStore, 'postponeDue'>; clock: Clock; log: Log };

/** Delay before a state that could not be processed is read again. */
const STATE_RETRY_MS = 60_000;

/**
 * A waker that processes each state alone. One that fails does not affect the others: it is postponed, so that it does
 * not come before fresh rows.
 * @param name of the states, for the log.
 */
export function stateWaker<Key extends StateKey>(
  name: string,
  wake: (key: Key) => Promise<void>,
  { due, clock, log }: StateWakerPorts,
): Waker<DueState<Key>> {
  const postpone = async (key: Key, error: unknown): Promise<void> => {
    if (error instanceof NewerVersion) log.warn(`${name} of a newer version left to a newer release`);
    else log.error(`${name} not woken`, { error });
    await due.postponeDue(key, clock.now() + STATE_RETRY_MS).catch((failure) => {
      log.error('Row not postponed', { error: failure });
    });
  };
  const wakeAndLog = async (key: Key): Promise<void> => {
    await wake(key);
    log.info(`${name} woken`);
  };
  const wakeOne = ({ key }: DueState<Key>): Promise<void> =>
    withLogFields({ subjectId: key.id }, () => wakeAndLog(key).catch((error) => postpone(key, error)));
  return async (rows) => void (await Promise.all(rows.map(wakeOne)));
}

export type WakePorts = { due: DueStore; clock: Clock; timer: Timer; log: Log };

/**
 * The slow lane: wakes everything that is due at a limited rate, until `until` (epoch milliseconds). It
 * also works after the stream's retention of 24 hours and after any outage of the fast lane. The loops are
 * independent, so a slow or broken kind does not delay the others.
 * @returns the number of rows that were woken.
 */
export async function wakeUntil(
  until: number,
  loops: readonly WakeLoop[],
  settings: WakeSettings,
  ports: WakePorts,
): Promise<number> {
  const counts = await Promise.all(loops.map((loop) => runUntil(until, loop, settings, ports)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function runUntil(
  until: number,
  loop: WakeLoop,
  { intervalMs, ratePerSecond }: WakeSettings,
  ports: WakePorts,
): Promise<number> {
  const { clock, timer } = ports;
  let woken = 0;
  while (true) {
    const roundStart = clock.now();
    const count = await wakeRound(loop, ratePerSecond, ports);
    woken += count;
    const pauseMs = Math.max(0, roundStart + (count >= ratePerSecond ? 1000 : intervalMs) - clock.now());
    if (clock.now() + pauseMs >= until) return woken;
    await timer.sleep(pauseMs);
  }
}

/** A failed round is logged and repeated. What is due stays due. */
async function wakeRound({ kind, wake }: WakeLoop, limit: number, { due, clock, log }: WakePorts): Promise<number> {
  try {
    const rows = await wake(due, clock.now(), limit);
    if (rows.length > 0) log.info('Woken', { kind, rows: rows.length, oldestDueAt: rows[0]?.dueAt });
    return rows.length;
  } catch (error) {
    log.error('Round of wake-due failed', { kind, error });
    return 0;
  }
}

const PUBLISH_BACKOFF = { baseMs: 2000, capMs: 300_000 };

export type OutboxWakerPorts = PublishPorts & {
  random: Randomness;
  deadLetters: Pick<DeadLetterStore, 'recordDeadLetter'>;
};

/** The subscriber name of the outbox's dead letters. */
const SUBSCRIBER = 'wake-due';

/**
 * Publishes outbox rows that the stream did not publish. A row that fails is retried without limit, with growing
 * pauses. Only a row that can never be published becomes a dead letter.
 */
export function outboxWaker(ports: OutboxWakerPorts): Waker<DueOutbox> {
  return async (rows) => {
    const read = await Promise.all(
      rows.map((row) =>
        withLogFields({ commandId: row.commandId }, () =>
          readDue(row, ports).catch((error) => postpone(row, error, ports)),
        ),
      ),
    );
    const unpublished = await publishOutbox(
      read.filter((record) => record !== undefined),
      ports,
    );
    await Promise.all(
      unpublished.map((failed) =>
        withLogFields(logFieldsOf(failed.record), () =>
          settleFailure(failed, ports).catch((error) => postpone(failed.record, error, ports)),
        ),
      ),
    );
  };
}

/** Pause before a row that could not be woken is tried again. */
const RETRY_MS = 10_000;

/** A failed row does not affect other rows: it is postponed, so that it never blocks a newer one. */
async function postpone(
  { subject, commandId }: Pick<OutboxRecord, 'subject' | 'commandId'>,
  error: unknown,
  { outbox, clock, log }: OutboxWakerPorts,
): Promise<undefined> {
  log.error('Outbox row not woken', { error });
  await outbox.postpone(subject, commandId, clock.now() + RETRY_MS).catch((failure) => {
    log.error('Row not postponed', { error: failure });
  });
}

/**
 * Reads the row and returns it if it is still due, because the index may lag. An unreadable row becomes a dead letter.
 * The exception is a row of a newer version: it waits for a release that can read it.
 */
async function readDue({ subject, commandId }: DueOutbox, ports: OutboxWakerPorts): Promise<OutboxRecord | undefined> {
  const { outbox, clock, log } = ports;
  try {
    const record = await outbox.readOutbox(subject, commandId);
    return record?.dueAt !== undefined && record.dueAt <= clock.now() ? record : undefined;
  } catch (error) {
    if (error instanceof NewerVersion) {
      log.warn('Outbox row of a newer version left to a newer release');
      await outbox.postpone(subject, commandId, clock.now() + PUBLISH_BACKOFF.capMs);
      return undefined;
    }
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
  ports.log.warn('Outbox row not published', { tried, dueAt, reasons });
  await ports.outbox.postpone(subject, commandId, dueAt, tried);
}

/** The dead letter is recorded before the row is buried. A crash in between records it again and never loses it. */
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
  log.error('Outbox row set aside as a dead letter', why);
}
