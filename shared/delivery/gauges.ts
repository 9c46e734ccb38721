import { type DueKind, OPEN_KINDS, WAKE_KINDS } from '#shared/messaging/due.ts';
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
    const kinds = [...WAKE_KINDS, ...OPEN_KINDS];
    const measured = await Promise.all(kinds.map(async (kind) => figuresOf(kind, await due.gauge(kind), clock.now())));
    gauges.put(Object.assign({}, ...measured));
  } catch (error) {
    // Waking matters more than telling; the missing figures raise the alarm.
    log.error('Gauges not emitted', { error });
  }
}

function figuresOf(kind: DueKind, { count, oldestDueAt }: Gauge, now: number) {
  const { count: countName, oldestOverdueSeconds } = NAMES[kind];
  const overdueMs = oldestDueAt === undefined ? 0 : Math.max(0, now - oldestDueAt);
  return {
    [countName]: { value: count, unit: 'Count' },
    [oldestOverdueSeconds]: { value: Math.round(overdueMs / 1000), unit: 'Seconds' },
  };
}

/** Alarms read them by these names, so every kind has to have them. */
const NAMES: Record<DueKind, (typeof GAUGE)[keyof typeof GAUGE]> = GAUGE;
