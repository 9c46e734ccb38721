import { type Circuit, circuitKey } from '#shared/domain/circuit/circuit.ts';
import type { DueKind } from '#shared/messaging/due.ts';
import { type Channel, CIRCUIT_GAUGE, GAUGE } from '#shared/names.ts';
import type { Clock, DueStore, Gauge, Log, StateStore, StoredState } from '#shared/ports.ts';

/** Where figures go that alarms read. Never with a tenant as a dimension. */
export type Gauges = { put(figures: Record<string, { value: number; unit: 'Count' | 'Seconds' }>): void };

/**
 * Tells, every minute, how much waits and since when the oldest is overdue. Silence of these figures
 * is itself a fault: an alarm on them treats missing data as breaching.
 */
export async function emitGauges({
  due,
  states,
  clock,
  gauges,
  log,
}: {
  due: DueStore;
  states: Pick<StateStore, 'read'>;
  clock: Clock;
  gauges: Gauges;
  log: Log;
}): Promise<void> {
  try {
    const measured = await Promise.all([
      ...MEASURED_KINDS.map(async (kind) => figuresOf(kind, await due.gauge(kind), clock.now())),
      ...MEASURED_CIRCUITS.map(async (channel) => circuitFigure(channel, await states.read(circuitKey(channel)))),
    ]);
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
    [countName]: { value: count, unit: 'Count' as const },
    [oldestOverdueSeconds]: { value: Math.round(overdueMs / 1000), unit: 'Seconds' as const },
  };
}

function circuitFigure(channel: Channel, stored: StoredState | undefined) {
  const isOpen = (stored?.state as Circuit | undefined)?.status === 'open';
  return { [CIRCUIT_GAUGE[channel]]: { value: isOpen ? 1 : 0, unit: 'Count' as const } };
}

/** Channels whose circuit is told of. */
export const MEASURED_CIRCUITS = ['email', 'sms'] as const satisfies Channel[];

/**
 * Kinds whose waiting matters to somebody. Of an attachment, nothing waits but its end, which its dead-letter
 * queue tells of if it does not come.
 */
export const MEASURED_KINDS = ['outbox', 'notification', 'unknown', 'held', 'dead-letter'] as const satisfies DueKind[];
type MeasuredKind = (typeof MEASURED_KINDS)[number];
