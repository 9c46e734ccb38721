import { dynamoClient } from '#shared/adapters/aws/dynamo-client.ts';
import { messageLogStore } from '#shared/adapters/aws/dynamo-message-log.ts';
import { statisticsStore } from '#shared/adapters/aws/dynamo-statistics.ts';
import { dynamoStore } from '#shared/adapters/aws/dynamo-store.ts';
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
const client = dynamoClient();

const log = jsonLog();

const api = queryApi(
  {
    store: dynamoStore({ tableName, client }),
    messageLog: messageLogStore({ tableName, client }),
    statistics: statisticsStore({ tableName, client }),
    secret: secretReader({ secretId }),
    clock: systemClock,
    random: systemRandomness,
    log,
  },
  environment,
);

/** Every query of the HTTP API. */
export const handler = invocable(log, api);
