import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { statisticsStore } from '#shared/adapters/aws/dynamodb/statistics.ts';
import { subscriberHandler } from '#shared/adapters/aws/runtime/subscriber-handler.ts';
import { FUNCTION } from '#shared/names.ts';
import { NOTIFICATION } from '#shared/notification/notification.ts';
import { creationTimes, markForCount, rememberedMarks } from '#shared/statistics/projection.ts';

/** Statistics of notifications. Each message marks the minute of its notification, so that the minute is counted. */
export const handler = subscriberHandler(FUNCTION.projectStatistics, ({ table, clock }) => {
  const statistics = rememberedMarks(statisticsStore(table), clock);
  const createdAtOf = creationTimes(stateStore(table, NOTIFICATION), clock);
  const ports = { statistics, createdAtOf, clock };
  return (body) => markForCount(body, ports);
});
