import { dynamoClient } from '#shared/adapters/aws/dynamo-client.ts';
import { deadLetterStore } from '#shared/adapters/aws/dynamo-dead-letters.ts';
import { messageLogStore } from '#shared/adapters/aws/dynamo-message-log.ts';
import { notificationStore } from '#shared/adapters/aws/dynamo-notifications.ts';
import { outboxStore } from '#shared/adapters/aws/dynamo-outbox.ts';
import { statisticsStore } from '#shared/adapters/aws/dynamo-statistics.ts';
import { suppressionStore } from '#shared/adapters/aws/dynamo-suppressions.ts';
import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/log.ts';
import { secretReader } from '#shared/adapters/aws/secret.ts';
import { systemClock, systemRandomness } from '#shared/adapters/aws/system.ts';
import { ENV } from '#shared/names.ts';
import { queryApi } from './queries.ts';

const environment = readEnvironment({
  tableName: [ENV.table, 'text'],
  secretId: [ENV.secret, 'text'],
  tenantClaim: [ENV.tenantClaim, 'text'],
});
const { tableName, secretId } = environment;
const table = { tableName, client: dynamoClient() };

const log = jsonLog();

const api = queryApi(
  {
    store: {
      ...notificationStore(table),
      ...outboxStore(table),
      ...suppressionStore(table),
      ...deadLetterStore(table),
    },
    messageLog: messageLogStore(table),
    statistics: statisticsStore(table),
    secret: secretReader({ secretId }),
    clock: systemClock,
    random: systemRandomness,
    log,
  },
  environment,
);

/** Every query of the HTTP API. */
export const handler = invocable(log, api);
