import * as v from 'valibot';
import { utcTimestamp } from '#shared/http/input/fields.ts';
import { wholeNumber } from '#shared/http/input/structures.ts';

const count = v.pipe(wholeNumber, v.minValue(0));
const change = v.pipe(v.number(), v.integer());

export const SUBSCRIBER_STATES = ['running', 'pausing', 'paused', 'resuming', 'disabled', 'unknown'] as const;
export type SubscriberState = (typeof SUBSCRIBER_STATES)[number];

/** A pause of a subscriber. */
export const pauseViewSchema = v.object({
  since: utcTimestamp,
  actor: v.string(),
  reason: v.optional(v.string()),
  owner: v.optional(v.string()),
  /** When the queue may begin to delete messages that are still in it. They may have waited before this pause. */
  losesMessagesFrom: utcTimestamp,
});

/** Open dead letters of a subscriber. */
const deadSchema = v.object({
  count,
  /** The count is a lower bound. */
  isCapped: v.boolean(),
  oldestAt: v.optional(utcTimestamp),
});

/** The provider is not called, because it refuses most messages for a reason about the account. */
const circuitSchema = v.object({
  status: v.picklist(['open', 'closed']),
  openedAt: v.optional(utcTimestamp),
  because: v.optional(v.string()),
});

/** A subscriber, and what waits in its queue. A figure that could not be read is absent. */
export const subscriberSchema = v.object({
  subscriber: v.string(),
  /**
   * `pausing`, `resuming`: AWS has not changed it yet. `disabled`: its mapping was disabled by another hand, such as a
   * restore.
   */
  state: v.picklist(SUBSCRIBER_STATES),
  pause: v.optional(pauseViewSchema),
  /** Messages that can be received now. SQS counts approximately. */
  waiting: v.optional(count),
  /** Messages that the function handles now. */
  inFlight: v.optional(count),
  /** Messages that were returned to the queue for a later time. */
  delayed: v.optional(count),
  /** Since when the queue was not seen empty: no message waits for longer. */
  waitingSince: v.optional(utcTimestamp),
  /** What arrived minus what was handled, in messages a minute. Negative: the queue drains. */
  changePerMinute: v.optional(change),
  /** What arrived, in messages a minute. */
  inPerMinute: v.optional(count),
  /** What was handled, in messages a minute. */
  outPerMinute: v.optional(count),
  dead: deadSchema,
  circuit: v.optional(circuitSchema),
  /** How long the queue keeps a message. */
  retentionSeconds: count,
});

export const subscribersSchema = v.object({
  /** When the figures were read. */
  measuredAt: v.optional(utcTimestamp),
  subscribers: v.array(subscriberSchema),
});

/** Rows of one kind that wait for their time, or for a person. */
export const dueLaneSchema = v.object({
  kind: v.string(),
  count,
  /** The count is a lower bound. */
  isCapped: v.boolean(),
  /** The earliest due time. It may be in the future. */
  oldestDueAt: v.optional(utcTimestamp),
  /** How long the oldest row is overdue. */
  overdueSeconds: count,
  /** What was added minus what was finished, in rows a minute. */
  changePerMinute: v.optional(change),
});

/** What waits on one channel, besides the queue of its sender. */
export const channelLaneSchema = v.object({
  channel: v.string(),
  /** Notifications whose outcome is not known. */
  unknown: count,
  /** Notifications that wait for a person. */
  held: count,
  /** The counts are lower bounds: at most a hundred rows of each are read. */
  isCapped: v.boolean(),
  circuit: v.optional(circuitSchema),
});

/** All lanes. */
export const statusSchema = v.object({
  measuredAt: v.optional(utcTimestamp),
  /** The age of the figures. More than 120: `watch-lanes` does not run. */
  ageSeconds: v.optional(count),
  /** Subscribers that are paused, or will be. */
  paused: count,
  /** Notifications whose outcome is not known. */
  unknown: count,
  /** Notifications that wait for a person. */
  held: count,
  /** Open dead letters. */
  dead: count,
  /** At least one of these totals is a lower bound. */
  isCapped: v.boolean(),
  subscribers: v.array(subscriberSchema),
  due: v.array(dueLaneSchema),
  channels: v.array(channelLaneSchema),
});

export type SubscriberView = v.InferOutput<typeof subscriberSchema>;
export type DueLaneView = v.InferOutput<typeof dueLaneSchema>;
export type ChannelLaneView = v.InferOutput<typeof channelLaneSchema>;
export type StatusView = v.InferOutput<typeof statusSchema>;
