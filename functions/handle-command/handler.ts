import { dynamoClient } from '#shared/adapters/aws/dynamo-client.ts';
import { dynamoStore } from '#shared/adapters/aws/dynamo-store.ts';
import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { powertoolsLog } from '#shared/adapters/aws/log.ts';
import { secretReader } from '#shared/adapters/aws/secret.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/system.ts';
import { ENV } from '#shared/names.ts';
import { commandApi } from './commands.ts';

/** Well within the function's 10 s, which leaves the last try its time to end. */
const BUDGET_MS = 5000;

const environment = readEnvironment({
  tableName: [ENV.table, 'text'],
  secretId: [ENV.secret, 'text'],
  tenantClaim: [ENV.tenantClaim, 'text'],
  outboxGraceSeconds: [ENV.outboxGraceSeconds, 'number'],
  firstClaimSeconds: [ENV.firstClaimSeconds, 'number'],
});

export const handler = commandApi(
  {
    store: dynamoStore({ client: dynamoClient(), tableName: environment.tableName }),
    clock: systemClock,
    timer: systemTimer,
    random: systemRandomness,
    log: powertoolsLog(),
    fingerprintKey: secretReader({ secretId: environment.secretId }),
    settings: {
      outboxGraceMs: environment.outboxGraceSeconds * 1000,
      firstClaimMs: environment.firstClaimSeconds * 1000,
      budgetMs: BUDGET_MS,
    },
  },
  environment,
);
