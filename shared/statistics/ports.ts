import { shapeOf } from '#shared/messaging/versions.ts';
import type { ChannelFigures } from './figures.ts';

/** A minute of a tenant's statistics: `2026-01-31T12:34`, in UTC. */
export type Minute = { tenant: string; minute: string };

/** The result of a count. */
export type CountedMinute = {
  figures: ChannelFigures;
  /** There were more notifications than can be counted. */
  isPartial?: true;
  /** Epoch milliseconds. The minute is not counted again before. */
  restsUntil: number;
};

export type CountedHour = { /** `2026-01-31T12`, in UTC. */ hour: string; figures: ChannelFigures; isPartial?: true };

/** The figures in a row. They are absent until its first count is stored. */
export type StoredFigures = Partial<Omit<CountedHour, 'hour'>>;

/** The figures of a minute with the changes that are not counted yet, and the sums of an hour. */
export const MINUTE_FIGURES = shapeOf<StoredFigures>('statistics-minute');
export const HOUR_FIGURES = shapeOf<StoredFigures>('statistics-hour');

/** Statistics: the figures of minutes, which are counted after they are marked, and the sums of hours. */
export type StatisticsStore = {
  /**
   * Marks the minute to be counted at `dueAt` (epoch milliseconds). A mark that is already in force is kept. One write.
   * @returns when the mark in force is due. No count of it begins before. undefined: this is not known.
   */
  markMinute(minute: Minute, dueAt: number): Promise<number | undefined>;
  /** Begins a count: a later mark is a new one. False: the minute is not due, or rests. @throws NewerVersion */
  takeMinute(minute: Minute, nonce: string, now: number): Promise<boolean>;
  /**
   * Stores the count and adds up the hour. The minute stays due until the hour is added up. It also stays due if it was
   * marked in the meantime. A later count by another process is not overwritten.
   */
  keepMinute(minute: Minute, nonce: string, counted: CountedMinute): Promise<void>;
  /** The stored count of a minute; undefined: there is none. @throws NewerVersion */
  readMinute(minute: Minute): Promise<Omit<CountedHour, 'hour'> | undefined>;
  /** Changes only the position of a minute in the index, because the minute could not be counted. */
  postponeMinute(minute: Minute, dueAt: number): Promise<void>;
  /** Hours with a count from `from` to `to` (both inclusive), in order. */
  readHours(tenant: string, from: string, to: string): Promise<CountedHour[]>;
};
