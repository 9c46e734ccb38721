import type { Readings, SubscriberReading } from './readings.ts';

/** In messages a minute. */
export type Rates = { inPerMinute?: number; outPerMinute?: number };

/**
 * What arrived in a queue and what left it, since the measurement before. A message that was returned to its queue is
 * in neither of them. Counts of handled messages are written with a delay and may be incomplete, so at least as much has left as
 * the queue has become shorter.
 * @returns no rate: a figure of one of the two measurements is missing.
 */
export function ratesOf(before: Readings | undefined, name: string, measuredAt: string, now: SubscriberReading): Rates {
  const earlier = before?.subscribers[name];
  const minutes = minutesSince(before, measuredAt);
  if (!earlier || minutes <= 0 || now.handled === undefined || earlier.handled === undefined) return {};
  const [depth, earlierDepth] = [depthOf(now), depthOf(earlier)];
  if (depth === undefined || earlierDepth === undefined) return {};
  const change = depth - earlierDepth;
  const out = Math.max(0, now.handled - earlier.handled, -change);
  return { inPerMinute: Math.round((out + change) / minutes), outPerMinute: Math.round(out / minutes) };
}

/** The change of a figure a minute since the last measurement. Absent: one of the two is not known. */
export function changePerMinute(
  before: Readings | undefined,
  measuredAt: string,
  figureIn: (readings: Readings) => number | undefined,
  figure: number | undefined,
): { changePerMinute?: number } {
  const earlier = before && figureIn(before);
  const minutes = minutesSince(before, measuredAt);
  if (earlier === undefined || figure === undefined || minutes <= 0) return {};
  return { changePerMinute: Math.round((figure - earlier) / minutes) };
}

const minutesSince = (before: Readings | undefined, measuredAt: string): number =>
  before ? (Date.parse(measuredAt) - Date.parse(before.measuredAt)) / 60_000 : 0;

/** All messages of a queue. Absent: it could not be read. */
export const depthOf = ({ waiting, inFlight, delayed }: Partial<SubscriberReading> = {}): number | undefined =>
  waiting === undefined || inFlight === undefined || delayed === undefined ? undefined : waiting + inFlight + delayed;
