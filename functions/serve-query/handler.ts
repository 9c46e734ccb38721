import { dynamoStore } from '#shared/adapters/aws/dynamo-store.ts';
import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/log.ts';
import { systemRandomness } from '#shared/adapters/aws/system.ts';
import { ENV } from '#shared/names.ts';
import { queryApi } from './queries.ts';

const environment = readEnvironment({ tableName: [ENV.table, 'text'], tenantClaim: [ENV.tenantClaim, 'text'] });

const log = jsonLog();

const api = queryApi(
  {
    store: dynamoStore(environment),
    random: systemRandomness,
    log,
  },
  environment,
);

/** Every query of the HTTP API. */
export const handler = invocable(log, api);
