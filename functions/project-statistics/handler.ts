import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dynamoClient } from '#shared/adapters/aws/dynamodb/client.ts';
import { deadLetterStore } from '#shared/adapters/aws/dynamodb/dead-letters.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { statisticsStore } from '#shared/adapters/aws/dynamodb/statistics.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { handlingTime, ownQueue } from '#shared/adapters/aws/runtime/own-queue.ts';
import { systemClock } from '#shared/adapters/aws/runtime/system.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { NOTIFICATION } from '#shared/notification/notification.ts';
import { type ConsumePorts, consume } from '#shared/once/consume.ts';
import { markForCount, rememberedMarks } from '#shared/statistics/projection.ts';

const { tableName } = readEnvironment({ tableName: [ENV.table, 'text'] });
const table = { tableName, client: dynamoClient() };
const log = jsonLog();
const ports = {
  statistics: rememberedMarks(statisticsStore(table), systemClock),
  notifications: stateStore(table, NOTIFICATION),
  clock: systemClock,
};

const consuming: ConsumePorts = {
  deadLetters: deadLetterStore(table),
  clock: systemClock,
  log,
  subscriber: FUNCTION.projectStatistics,
  keepsMessage: true,
  returns: ownQueue(),
};

/** Statistics of notifications. Each message marks the minute of its notification, so that the minute is counted. */
export const handler = invocable(
  log,
  (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
    consume(event, (body) => markForCount(body, ports), { ...consuming, handlingMs: handlingTime(context) }),
);
