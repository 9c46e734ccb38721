import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dynamoClient } from '#shared/adapters/aws/dynamo-client.ts';
import { statisticsStore } from '#shared/adapters/aws/dynamo-statistics.ts';
import { dynamoStore } from '#shared/adapters/aws/dynamo-store.ts';
import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/log.ts';
import { systemClock } from '#shared/adapters/aws/system.ts';
import { consume } from '#shared/delivery/consume.ts';
import { markMentioned, rememberedMarks } from '#shared/delivery/statistics.ts';
import { ENV, FUNCTION } from '#shared/names.ts';

const { tableName } = readEnvironment({ tableName: [ENV.table, 'text'] });
const client = dynamoClient();
const store = dynamoStore({ tableName, client });
const log = jsonLog();
const ports = {
  statistics: rememberedMarks(statisticsStore({ tableName, client }), systemClock),
  notifications: store,
  clock: systemClock,
};

/** What happened to notifications, to be counted: each message marks the minute of the one that it is about. */
export const handler = invocable(
  log,
  (event: SQSEvent): Promise<SQSBatchResponse> =>
    consume(event, (body) => markMentioned(body, ports), {
      deadLetters: store,
      clock: systemClock,
      log,
      subscriber: FUNCTION.projectStatistics,
      keepsMessage: true,
    }),
);
