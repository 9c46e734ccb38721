import type { StateKey } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { Switch } from './pauses.ts';
import type { MappingState } from './ports.ts';

/** What `watch-lanes` read about one subscriber. A figure that could not be read is absent. */
export type SubscriberReading = {
  /** Its name in dead letters. */
  subscriberId: string;
  /** How long its queue keeps a message. */
  retentionSeconds: number;
  mapping?: MappingState;
  /** Messages in the queue that can be received now. SQS counts approximately. */
  waiting?: number;
  /** Messages that a function handles now. */
  inFlight?: number;
  /** Messages that were returned to the queue and can be received later. */
  delayed?: number;
  /** ISO 8601: since when the queue was not seen empty. So no message in it waits for longer. */
  waitingSince?: string;
  /** What arrived minus what was handled, in messages a minute since the measurement before. */
  changePerMinute?: number;
  /** Messages that it has handled since the stage exists. Absent in rows of earlier releases. */
  handled?: number;
  /** What arrived and what was handled, in messages a minute since the measurement before. */
  inPerMinute?: number;
  outPerMinute?: number;
};

/** What is due, or waits to be due, of one kind. */
export type KindReading = {
  count: number;
  /** The count is a lower bound. */
  isCapped: boolean;
  /** Epoch milliseconds. It may be in the future. */
  oldestDueAt?: number;
  /** What was added minus what was finished, in rows a minute since the measurement before. Absent: a count was capped. */
  changePerMinute?: number;
  /** By channels, of the notifications among the oldest hundred. */
  channels?: Readonly<Record<string, number>>;
};

/** Open dead letters of one subscriber. */
export type DeadReading = { count: number; isCapped: boolean /** Epoch milliseconds. */; oldestAt?: number };

/**
 * The figures of all lanes, as `watch-lanes` last measured them. One read shows them, for any number of waiting items. So
 * a request for them costs the same during an outage, and an operator may repeat it every second.
 */
export type Readings = {
  /** ISO 8601. */
  measuredAt: string;
  /** By the names of the functions. */
  subscribers: Readonly<Record<string, SubscriberReading>>;
  kinds: Readonly<Record<string, KindReading>>;
  /** By subscriber ids. */
  dead: Readonly<Record<string, DeadReading>>;
  /** By channels. Absent: closed. */
  circuits: Readonly<Record<string, { openedAt: string; because: string }>>;
};

export const READINGS = shapeOf<Readings>('lanes');

export const READINGS_KEY: StateKey = { tenant: '', type: READINGS.name, id: 'stage' };

/**
 * Since when the oldest message of a paused subscriber waits at most, in epoch milliseconds: since the pause, or since the queue was
 * last seen empty, if that is earlier. Then the message may be left of an earlier pause.
 */
export const longestWaitFrom = (
  { at }: Pick<Switch, 'at'>,
  reading?: Pick<SubscriberReading, 'waitingSince'>,
): number => Math.min(Date.parse(at), Date.parse(reading?.waitingSince ?? at));
