import { type Channel, FUNCTION } from '#shared/names.ts';
import type { Pauses, Switch } from './pauses.ts';
import { type DeadReading, longestWaitFrom, type Readings, type SubscriberReading } from './readings.ts';
import type { ChannelLaneView, DueLaneView, SubscriberState, SubscriberView } from './responses.ts';

/** The channel of each sender whose calls a circuit breaker may stop. */
const CHANNEL_OF: Readonly<Record<string, Channel>> = { [FUNCTION.sendEmail]: 'email', [FUNCTION.sendSms]: 'sms' };

/** By name. The pauses are those of this moment, the figures are those of the last measurement. */
export const subscribersOf = (readings: Readings, pauses: Pauses): SubscriberView[] =>
  Object.entries(readings.subscribers)
    .map(([name, reading]) => subscriberView(name, reading, readings, pauses.subscribers[name]))
    .toSorted((one, other) => (one.subscriber < other.subscriber ? -1 : 1));

/** The fields in a fixed order, because the store returns them in any. */
function subscriberView(
  subscriber: string,
  reading: SubscriberReading,
  { dead, circuits }: Readings,
  current: Switch | undefined,
): SubscriberView {
  const { subscriberId, retentionSeconds, waiting, inFlight, delayed, waitingSince } = reading;
  const { changePerMinute, inPerMinute, outPerMinute } = reading;
  const channel = CHANNEL_OF[subscriber];
  return {
    subscriber,
    state: stateOf(reading, current),
    ...(current?.wanted === 'paused' && { pause: pauseView(current, reading) }),
    ...{ waiting, inFlight, delayed, waitingSince, changePerMinute, inPerMinute, outPerMinute },
    dead: deadView(dead[subscriberId]),
    ...(channel && { circuit: circuitView(circuits[channel]) }),
    retentionSeconds,
  };
}

const circuitView = (open: Readings['circuits'][string] | undefined) =>
  open ? { status: 'open' as const, ...open } : { status: 'closed' as const };

/** Every channel, also those on which nothing is unknown or held. Webhooks have no circuit: each endpoint is an account of its own. */
export function channelLanesOf({ kinds: { unknown, held }, circuits }: Readings): ChannelLaneView[] {
  return CHANNELS.map((channel) => ({
    channel,
    unknown: unknown?.channels?.[channel] ?? 0,
    held: held?.channels?.[channel] ?? 0,
    isCapped: [unknown, held].some((reading) => reading && reading.count > sumOf(reading.channels)),
    ...(channel !== 'webhook' && { circuit: circuitView(circuits[channel]) }),
  }));
}

const CHANNELS: readonly Channel[] = ['email', 'sms', 'webhook'];

const sumOf = (counts: Readonly<Record<string, number>> = {}): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

function stateOf({ mapping }: SubscriberReading, current: Switch | undefined): SubscriberState {
  if (current?.wanted === 'paused') return current.appliedAt === undefined ? 'pausing' : 'paused';
  if (current && current.appliedAt === undefined) return 'resuming';
  if (mapping === undefined) return 'unknown';
  return mapping === 'disabled' ? 'disabled' : 'running';
}

function pauseView(pause: Switch, reading: SubscriberReading) {
  const { at, actor, reason, owner } = pause;
  return {
    since: at,
    actor,
    ...(reason !== undefined && { reason }),
    ...(owner !== undefined && { owner }),
    losesMessagesFrom: timestampOf(longestWaitFrom(pause, reading) + reading.retentionSeconds * 1000),
  };
}

function deadView({ count, isCapped, oldestAt }: DeadReading = { count: 0, isCapped: false }) {
  return { count, isCapped, ...(oldestAt !== undefined && { oldestAt: timestampOf(oldestAt) }) };
}

/** In the order of the measurement. */
export const dueLanesOf = ({ kinds, measuredAt }: Readings): DueLaneView[] =>
  Object.entries(kinds)
    .map(([kind, { count, isCapped, oldestDueAt, changePerMinute }]) => ({
      kind,
      count,
      isCapped,
      ...(oldestDueAt !== undefined && { oldestDueAt: timestampOf(oldestDueAt) }),
      overdueSeconds:
        oldestDueAt === undefined ? 0 : Math.max(0, Math.round((Date.parse(measuredAt) - oldestDueAt) / 1000)),
      ...(changePerMinute !== undefined && { changePerMinute }),
    }))
    .toSorted((one, other) => (one.kind < other.kind ? -1 : 1));

const timestampOf = (epochMs: number): string => new Date(epochMs).toISOString();
