import { dynamoClient } from '#shared/adapters/aws/dynamo-client.ts';
import { onceStore } from '#shared/adapters/aws/dynamo-once.ts';
import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { executorSettings, firstClaimMs } from '#shared/adapters/aws/executor-settings.ts';
import { onFirstUse } from '#shared/adapters/aws/first-use.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/log.ts';
import { secretReader } from '#shared/adapters/aws/secret.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/system.ts';
import { ENV } from '#shared/names.ts';
import type { CommandPorts } from './command.ts';
import { commandApi } from './commands.ts';
import { further } from './further.ts';

/** Well within the function's 10 s, which leaves the last try its time to end. */
const BUDGET_MS = 5000;

const DAY_MS = 24 * 60 * 60 * 1000;

const environment = readEnvironment({
  tableName: [ENV.table, 'text'],
  secretId: [ENV.secret, 'text'],
  tenantClaim: [ENV.tenantClaim, 'text'],
  contentRetentionDays: [ENV.contentRetentionDays, 'number'],
  bucket: [ENV.attachmentsBucket, 'text'],
  host: [ENV.attachmentsHost, 'text'],
  uploadSeconds: [ENV.uploadSeconds, 'number'],
  usableSeconds: [ENV.attachmentUsableSeconds, 'number'],
  // Lambda sets it.
  region: ['AWS_REGION', 'text'],
});

const log = jsonLog();

// The executor repeats by itself, within its budget; a client that repeats too would outlive the function.
const client = dynamoClient({ maxAttempts: 1, timeoutMs: 1500 });
const ports: CommandPorts = {
  store: onceStore({ tableName: environment.tableName, client }),
  clock: systemClock,
  timer: systemTimer,
  random: systemRandomness,
  log,
  secret: secretReader({ secretId: environment.secretId }),
  settings: executorSettings(BUDGET_MS),
  notifications: {
    firstClaimMs: firstClaimMs(),
    contentRetentionMs: environment.contentRetentionDays * DAY_MS,
  },
};

/**
 * A cold start loads these only if its first request is for one of them: orders are what most requests are. All in one
 * module: of several, what each two of them share would be a file of its own, and orders would wait for those.
 */
const furtherOnce = onFirstUse(() => further(ports, environment, client));

const api = commandApi({ ...ports, further: furtherOnce }, environment);

/** Every command of the HTTP API. */
export const handler = invocable(log, api);
