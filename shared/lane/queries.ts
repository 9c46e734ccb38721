import { jsonResponse, type Reply } from '#shared/http/event.ts';
import type { Clock } from '#shared/messaging/system.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { NO_PAUSES, PAUSES_KEY, type Pauses } from './pauses.ts';
import { READINGS_KEY, type Readings } from './readings.ts';
import type { StatusView } from './responses.ts';
import { channelLanesOf, dueLanesOf, subscribersOf } from './view.ts';

export type LaneQueryPorts = {
  readings: Pick<StateStore<Readings>, 'read'>;
  pauses: Pick<StateStore<Pauses>, 'read'>;
  clock: Clock;
};

/** The subscribers that can be paused, with their pauses. */
export async function listSubscribers(_event: unknown, ports: LaneQueryPorts): Promise<Reply> {
  const { pauses, readings } = await readBoth(ports);
  return jsonResponse(
    JSON.stringify({
      ...(readings && { measuredAt: readings.measuredAt }),
      subscribers: readings ? subscribersOf(readings, pauses) : [],
    }),
  );
}

/** All lanes. Two rows are read, whatever waits. */
export async function getStatus(_event: unknown, ports: LaneQueryPorts): Promise<Reply> {
  const { pauses, readings } = await readBoth(ports);
  return jsonResponse(JSON.stringify(statusOf(pauses, readings, ports.clock.now())));
}

async function readBoth({ pauses, readings }: LaneQueryPorts): Promise<{ pauses: Pauses; readings?: Readings }> {
  const [wanted, measured] = await Promise.all([pauses.read(PAUSES_KEY), readings.read(READINGS_KEY)]);
  return { pauses: wanted?.state ?? NO_PAUSES, ...(measured && { readings: measured.state }) };
}

function statusOf(pauses: Pauses, readings: Readings | undefined, now: number): StatusView {
  if (!readings)
    return { paused: 0, unknown: 0, held: 0, dead: 0, isCapped: false, subscribers: [], due: [], channels: [] };
  const { measuredAt, kinds } = readings;
  const subscribers = subscribersOf(readings, pauses);
  const dead = Object.values(readings.dead);
  return {
    measuredAt,
    ageSeconds: Math.max(0, Math.round((now - Date.parse(measuredAt)) / 1000)),
    paused: subscribers.filter(({ pause }) => pause !== undefined).length,
    unknown: kinds.unknown?.count ?? 0,
    held: kinds.held?.count ?? 0,
    dead: dead.reduce((sum, { count }) => sum + count, 0),
    isCapped: [kinds.unknown, kinds.held, ...dead].some((gauge) => gauge?.isCapped),
    subscribers,
    due: dueLanesOf(readings),
    channels: channelLanesOf(readings),
  };
}
