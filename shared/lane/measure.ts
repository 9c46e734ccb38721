import { type Circuit, circuitKey } from '#shared/delivery/circuit.ts';
import type { Gauges } from '#shared/delivery/gauges.ts';
import { nextVersion, type StoredState } from '#shared/messaging/rows.ts';
import type { Clock, Log } from '#shared/messaging/system.ts';
import { type Channel, PAUSE_GAUGE } from '#shared/names.ts';
import type { Handled, HandledStore } from '#shared/once/handled.ts';
import type { DeadLetterLists, StateStore } from '#shared/once/ports.ts';
import { PAUSES_KEY, type Pauses } from './pauses.ts';
import type { KindGauge, SubscriberMappings, SubscriberQueues, WatchedSubscriber } from './ports.ts';
import { changePerMinute, depthOf, ratesOf } from './rates.ts';
import {
  type DeadReading,
  type KindReading,
  longestWaitFrom,
  READINGS,
  READINGS_KEY,
  type Readings,
  type SubscriberReading,
} from './readings.ts';

export type MeasurePorts = {
  subscribers: readonly WatchedSubscriber[];
  /** Those of the kinds whose rows are notifications that are counted by channels. */
  kindsByChannel: readonly string[];
  /** Names of the kinds of due rows that `GET /operations/status` shows. */
  kinds: readonly string[];
  readings: StateStore<Readings>;
  pauses: Pick<StateStore<Pauses>, 'read'>;
  circuits: Pick<StateStore<Circuit>, 'read'>;
  mappings: Pick<SubscriberMappings, 'stateOf'>;
  queues: SubscriberQueues;
  handled: Pick<HandledStore, 'read'>;
  due: KindGauge;
  letterLists: Pick<DeadLetterLists, 'listGroups' | 'gaugeOf'>;
  gauges: Gauges;
  clock: Clock;
  log: Log;
};

/**
 * Reads the figures of all lanes and keeps them in one row, and reports the gauges of pauses. The number of calls does
 * not depend on how much waits. A figure that cannot be read is missing in the row, and does not hide the others.
 */
export async function measure(ports: MeasurePorts): Promise<void> {
  const { clock, log } = ports;
  const measured = await keptReadings(ports);
  try {
    const pauses = await ports.pauses.read(PAUSES_KEY);
    ports.gauges.put(pauseFigures(pauses?.state, ports.subscribers, measured, clock.now()));
  } catch (error) {
    // Missing metrics raise the alarm.
    log.error('Gauges of pauses not emitted', { error });
  }
}

/** @returns undefined: they could not be read or kept. */
async function keptReadings(ports: MeasurePorts): Promise<Readings | undefined> {
  const { readings, log } = ports;
  try {
    const stored = await readings.read(READINGS_KEY);
    const state = await read(stored?.state, ports);
    await readings.replace(READINGS_KEY, stored?.version ?? 0, after(stored, state));
    return state;
  } catch (error) {
    log.error('Lanes not measured', { error });
    return undefined;
  }
}

const after = (stored: StoredState<Readings> | undefined, state: Readings): StoredState<Readings> =>
  stored ? nextVersion(stored, state, undefined) : { schemaVersion: READINGS.written, version: 1, state };

async function read(before: Readings | undefined, ports: MeasurePorts): Promise<Readings> {
  const measuredAt = new Date(ports.clock.now()).toISOString();
  const handled = await known('handled messages', ports.handled.read, ports);
  const [subscribers, kinds, dead, circuits] = await Promise.all([
    entriesOf(ports.subscribers, async (one) => {
      const reading = await subscriberReading(one, before?.subscribers[one.name], measuredAt, {
        ...ports,
        counts: handled,
      });
      const change = changePerMinute(
        before,
        measuredAt,
        (readings) => depthOf(readings.subscribers[one.name]),
        depthOf(reading),
      );
      return [[one.name, { ...reading, ...change, ...ratesOf(before, one.name, measuredAt, reading) }]];
    }),
    entriesOf(ports.kinds, async (kind) => {
      const reading = await kindReading(kind, ports);
      if (!reading) return [];
      const change = changePerMinute(before, measuredAt, (readings) => exactOf(readings.kinds[kind]), exactOf(reading));
      return [[kind, { ...reading, ...change }]];
    }),
    deadOf(ports),
    entriesOf(CIRCUITS, async (channel) => {
      const stored = await known(`circuit of ${channel}`, () => ports.circuits.read(circuitKey(channel)), ports);
      if (stored?.state.status !== 'open') return [];
      const { openedAt, because } = stored.state;
      return [[channel, { openedAt: new Date(openedAt).toISOString(), because }]];
    }),
  ]);
  return { measuredAt, subscribers, kinds, dead, circuits };
}

async function kindReading(kind: string, ports: MeasurePorts): Promise<KindReading | undefined> {
  const gauge = await known(`due rows of kind ${kind}`, () => ports.due.cappedGaugeOf(kind), ports);
  if (!gauge || gauge.count === 0 || !ports.kindsByChannel.includes(kind)) return gauge;
  const channels = await known(`channels of kind ${kind}`, () => ports.due.channelsOf(kind), ports);
  return { ...gauge, ...(channels && { channels }) };
}

const exactOf = (reading?: KindReading): number | undefined => (reading?.isCapped ? undefined : reading?.count);

/** Channels with one account behind all their messages. */
const CIRCUITS: readonly Channel[] = ['email', 'sms'];

async function entriesOf<Item, Value>(
  items: readonly Item[],
  entries: (item: Item) => Promise<[string, Value][]>,
): Promise<Record<string, Value>> {
  return Object.fromEntries((await Promise.all(items.map(entries))).flat());
}

/** @returns undefined: it could not be read. */
async function known<Value>(
  what: string,
  figure: () => Promise<Value>,
  { log }: Pick<MeasurePorts, 'log'>,
): Promise<Value | undefined> {
  try {
    return await figure();
  } catch (error) {
    log.warn('Figure not read', { figure: what, error });
    return undefined;
  }
}

async function subscriberReading(
  { name, subscriberId, retentionSeconds }: WatchedSubscriber,
  before: SubscriberReading | undefined,
  measuredAt: string,
  { counts, ...ports }: MeasurePorts & { counts: Handled | undefined },
): Promise<SubscriberReading> {
  const [mapping, queue] = await Promise.all([
    known(`mapping of ${name}`, () => ports.mappings.stateOf(name), ports),
    known(`queue of ${name}`, () => ports.queues.figuresOf(name), ports),
  ]);
  const isEmpty = queue !== undefined && queue.waiting + queue.inFlight + queue.delayed === 0;
  const waitingSince = isEmpty ? undefined : (before?.waitingSince ?? measuredAt);
  return {
    ...{ subscriberId, retentionSeconds },
    ...(mapping && { mapping }),
    ...queue,
    ...(counts && { handled: counts[subscriberId] ?? 0 }),
    ...(waitingSince !== undefined && { waitingSince }),
  };
}

/** The number of groups whose letters are counted. More groups than these are a fault of their own. */
const MOST_GROUPS = 50;

async function deadOf(ports: MeasurePorts): Promise<Record<string, DeadReading>> {
  const { letterLists } = ports;
  const groups = (await known('groups of dead letters', letterLists.listGroups, ports)) ?? [];
  const latest = groups.toSorted((one, other) => (one.lastSeenAt < other.lastSeenAt ? 1 : -1)).slice(0, MOST_GROUPS);
  const counted = await Promise.all(
    latest.map(async ({ subscriber, fingerprint }) => ({
      subscriber,
      gauge: await known('dead letters', () => letterLists.gaugeOf('open', fingerprint), ports),
    })),
  );
  const dead: Record<string, DeadReading> = {};
  for (const { subscriber, gauge } of counted) {
    if (!gauge || gauge.count === 0) continue;
    const before = dead[subscriber];
    const oldest = [before?.oldestAt, gauge.oldestDueAt].filter((at) => at !== undefined);
    dead[subscriber] = {
      count: (before?.count ?? 0) + gauge.count,
      isCapped: groups.length > MOST_GROUPS,
      ...(oldest.length > 0 && { oldestAt: Math.min(...oldest) }),
    };
  }
  return dead;
}

/**
 * How many subscribers are paused, how long the longest pause is, and how much of its queue's retention the oldest message of
 * a paused subscriber may have used: it may have waited since an earlier pause.
 */
export function pauseFigures(
  pauses: Pauses | undefined,
  subscribers: readonly WatchedSubscriber[],
  measured: Readings | undefined,
  now: number,
) {
  const paused = subscribers.flatMap(({ name, retentionSeconds }) => {
    const one = pauses?.subscribers[name];
    if (one?.wanted !== 'paused') return [];
    const secondsSince = (from: number): number => Math.max(0, (now - from) / 1000);
    const waits = secondsSince(longestWaitFrom(one, measured?.subscribers[name]));
    return [{ seconds: secondsSince(Date.parse(one.at)), percent: (100 * waits) / retentionSeconds }];
  });
  const highest = (values: readonly number[]): number => Math.round(Math.max(0, ...values));
  return {
    [PAUSE_GAUGE.count]: { value: paused.length, unit: 'Count' },
    [PAUSE_GAUGE.oldestSeconds]: { value: highest(paused.map(({ seconds }) => seconds)), unit: 'Seconds' },
    [PAUSE_GAUGE.retentionUsed]: { value: highest(paused.map(({ percent }) => percent)), unit: 'Percent' },
  } as const;
}
