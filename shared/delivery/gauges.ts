import type { StoredState } from '#shared/messaging/rows.ts';
import type { Clock, Log } from '#shared/messaging/system.ts';
import { CIRCUIT_GAUGE, type ContactChannel, GAUGE } from '#shared/names.ts';
import type { DeadLetterStore, DueStore, Gauge, StateStore } from '#shared/once/ports.ts';
import { type Circuit, circuitKey } from './circuit.ts';

/** Metrics that alarms read. The tenant is never a dimension. */
export type Gauges = { put(figures: Record<string, { value: number; unit: 'Count' | 'Seconds' | 'Percent' }>): void };

/**
 * Reports, every minute, how many rows wait and how long the oldest one is overdue. If these metrics are missing, that
 * is a fault, too: their alarm treats missing data as breaching.
 */
export async function emitGauges({
  due,
  deadLetters,
  states,
  clock,
  gauges,
  log,
}: {
  due: Pick<DueStore, 'gauge'>;
  deadLetters: Pick<DeadLetterStore, 'openGauge'>;
  states: Pick<StateStore<Circuit>, 'read'>;
  clock: Clock;
  gauges: Gauges;
  log: Log;
}): Promise<void> {
  try {
    const { 'dead-letter': letterNames, ...kinds } = GAUGE;
    const measured = await Promise.all([
      ...Object.entries(kinds).map(async ([kind, names]) => figuresOf(names, await due.gauge(kind), clock.now())),
      deadLetters.openGauge().then((gauge) => figuresOf(letterNames, gauge, clock.now())),
      ...MEASURED_CIRCUITS.map(async (channel) => circuitFigure(channel, await states.read(circuitKey(channel)))),
    ]);
    gauges.put(Object.assign({}, ...measured));
  } catch (error) {
    // Waking is more important than metrics, and missing metrics raise the alarm.
    log.error('Gauges not emitted', { error });
  }
}

type GaugeNames = { count: string; oldestOverdueSeconds: string };

function figuresOf(names: GaugeNames, { count, oldestDueAt }: Gauge, now: number) {
  const overdueMs = oldestDueAt === undefined ? 0 : Math.max(0, now - oldestDueAt);
  return {
    [names.count]: { value: count, unit: 'Count' as const },
    [names.oldestOverdueSeconds]: { value: Math.round(overdueMs / 1000), unit: 'Seconds' as const },
  };
}

function circuitFigure(channel: ContactChannel, stored: StoredState<Circuit> | undefined) {
  const isOpen = stored?.state.status === 'open';
  return { [CIRCUIT_GAUGE[channel]]: { value: isOpen ? 1 : 0, unit: 'Count' as const } };
}

/** Channels whose circuit is reported. */
export const MEASURED_CIRCUITS = ['email', 'sms'] as const satisfies ContactChannel[];
