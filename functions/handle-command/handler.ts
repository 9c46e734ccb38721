import { dynamoClient } from '#shared/adapters/aws/dynamodb/client.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { suppressionStore } from '#shared/adapters/aws/dynamodb/suppressions.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { executorSettings, firstClaimMs } from '#shared/adapters/aws/runtime/executor-settings.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { secretReader } from '#shared/adapters/aws/runtime/secret.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/runtime/system.ts';
import { bucketUrlOf, s3Attachments, s3Uploads } from '#shared/adapters/aws/s3/s3-attachments.ts';
import { commandRoutes } from '#shared/api/routes.ts';
import { ATTACHMENT } from '#shared/attachment/attachment.ts';
import { serveRoutes } from '#shared/http/route.ts';
import { ENV } from '#shared/names.ts';
import type { NotifyingPorts } from '#shared/notification/terms.ts';

/** Well below the function's timeout of 10 s, so that the last try can finish. */
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

// The executor retries within its own budget. If the client retried as well, a call could outlast the function.
const client = dynamoClient({ maxAttempts: 1, timeoutMs: 1500 });
const table = { tableName: environment.tableName, client };
const ports: NotifyingPorts = {
  store: onceStore(table),
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

const attachments = {
  states: stateStore(table, ATTACHMENT),
  objects: s3Attachments({ bucket: environment.bucket, timeoutMs: 1500 }),
  clock: systemClock,
  uploads: s3Uploads({
    bucketUrl: bucketUrlOf(environment),
    region: environment.region,
    credentials: () => client.config.credentials(),
  }),
  uploadMs: environment.uploadSeconds * 1000,
  usableMs: environment.usableSeconds * 1000,
};

/** Every command of the HTTP API. */
export const handler = invocable(
  log,
  serveRoutes(commandRoutes(), { ...ports, suppressions: suppressionStore(table), attachments }, environment),
);
