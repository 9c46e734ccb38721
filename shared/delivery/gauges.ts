import type { DueKind } from '#shared/messaging/due.ts';
import { GAUGE } from '#shared/names.ts';
import type { Clock, DueStore, Gauge, Log } from '#shared/ports.ts';

/** Where figures go that alarms read. Never with a tenant as a dimension. */
export type Gauges = { put(figures: Record<string, { value: number; unit: 'Count' | 'Seconds' }>): void };

/**
 * Tells, every minute, how much waits and since when the oldest is overdue. Silence of these figures
 * is itself a fault: an alarm on them treats missing data as breaching.
 */
export async function emitGauges({
  due,
  clock,
  gauges,
  log,
}: {
  due: DueStore;
  clock: Clock;
  gauges: Gauges;
  log: Log;
}): Promise<void> {
  try {
    const measured = await Promise.all(
      MEASURED_KINDS.map(async (kind) => figuresOf(kind, await due.gauge(kind), clock.now())),
    );
    gauges.put(Object.assign({}, ...measured));
  } catch (error) {
    // Waking matters more than telling; the missing figures raise the alarm.
    log.error('Gauges not emitted', { error });
  }
}

function figuresOf(kind: MeasuredKind, { count, oldestDueAt }: Gauge, now: number) {
  const { count: countName, oldestOverdueSeconds } = GAUGE[kind];
  const overdueMs = oldestDueAt === undefined ? 0 : Math.max(0, now - oldestDueAt);
  return {
    [countName]: { value: count, unit: 'Count' },
    [oldestOverdueSeconds]: { value: Math.round(overdueMs / 1000), unit: 'Seconds' },
  };
}

/**
 * Kinds whose waiting matters to somebody. Of an attachment, nothing waits but its end, which its dead-letter
 * queue tells of if it does not come.
 */
export const MEASURED_KINDS = ['outbox', 'notification', 'unknown', 'held', 'dead-letter'] as const satisfies DueKind[];
type MeasuredKind = (typeof MEASURED_KINDS)[number];
