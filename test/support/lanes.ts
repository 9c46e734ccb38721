import type { Circuit } from '#shared/delivery/circuit.ts';
import { type MeasurePorts, measure } from '#shared/lane/measure.ts';
import { PAUSES } from '#shared/lane/pauses.ts';
import type { MappingState, QueueFigures } from '#shared/lane/ports.ts';
import { READINGS } from '#shared/lane/readings.ts';
import { type SwitchPorts, switchUntil } from '#shared/lane/switching.ts';
import type { StateStore, StateStores } from '#shared/once/ports.ts';
import type { ManualClock, MemoryLog } from './ports.ts';

export const EMPTY: QueueFigures = { waiting: 0, inFlight: 0, delayed: 0 };

type Parts = Pick<MeasurePorts, 'letterLists' | 'kinds' | 'due'> & {
  store: StateStores;
  circuits: Pick<StateStore<Circuit>, 'read'>;
  clock: ManualClock;
  log: MemoryLog;
};

/** `watch-lanes` over two subscribers, whose mappings and queues are in memory. */
export function memoryLanes({ store, clock, log, ...parts }: Parts) {
  const mappings = new Map<string, MappingState>([
    ['send-email', 'enabled'],
    ['project-orders', 'enabled'],
  ]);
  const queues = new Map<string, QueueFigures>();
  const handled: Record<string, number> = {};
  const turned: string[] = [];
  const emitted: Record<string, number>[] = [];
  const ports: MeasurePorts & SwitchPorts = {
    kindsByChannel: ['unknown', 'held'],
    ...parts,
    subscribers: [...mappings.keys()].map((name) => ({ name, subscriberId: name, retentionSeconds: 14 * 86_400 })),
    pauses: store.statesOf(PAUSES),
    readings: store.statesOf(READINGS),
    mappings: {
      stateOf: async (name) => mappings.get(name) ?? 'changing',
      turn: async (name, to) => {
        turned.push(`${name} ${to}`);
        mappings.set(name, to);
      },
    },
    handled: { read: async () => handled },
    queues: { figuresOf: async (name) => queues.get(name) ?? EMPTY },
    gauges: {
      put: (figures) =>
        emitted.push(Object.fromEntries(Object.entries(figures).map(([name, { value }]) => [name, value]))),
    },
    clock,
    timer: clock,
    log,
  };
  return {
    ports,
    mappings,
    queues,
    /** What each subscriber has handled. A test may change it. */
    handled,
    /** The calls that changed a mapping. */
    turned,
    /** The gauges of the last measurement. */
    gauges: () => emitted.at(-1),
    measure: (over: Partial<MeasurePorts> = {}) => measure({ ...ports, ...over }),
    /** What one invocation does that looks for ten seconds. */
    apply: (over: Partial<SwitchPorts> = {}) => switchUntil(clock.now() + 10_000, 60_000, { ...ports, ...over }),
  };
}
