import { type CountPorts, creationTimes, type MarkPorts } from '#shared/statistics/projection.ts';
import { STATISTICS_REVIEW } from '#shared/statistics/review.ts';
import type { World } from './world.ts';

/** What marks and counts a world's statistics: the subscriber of mentions, and the loop of `wake-due`. */
export function statisticsPorts({ store, statistics, clock, ports }: World) {
  const { random, log } = ports();
  const states = store.statesOf(STATISTICS_REVIEW);
  return {
    statistics,
    createdAtOf: creationTimes(store, clock),
    states,
    due: store,
    messageLog: store,
    clock,
    random,
    log,
  } satisfies CountPorts & MarkPorts;
}
