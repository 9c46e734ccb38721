import { customerStore } from '#shared/adapters/aws/dynamodb/customers.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { suppressionStore } from '#shared/adapters/aws/dynamodb/suppressions.ts';
import { urlCheck } from '#shared/adapters/aws/providers/webhook/permitted.ts';
import { commandPorts } from '#shared/adapters/aws/runtime/command-ports.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { invocable } from '#shared/adapters/aws/runtime/log.ts';
import { secretReader } from '#shared/adapters/aws/runtime/secret.ts';
import { bucketUrlOf, s3Attachments, s3Uploads } from '#shared/adapters/aws/s3/s3-attachments.ts';
import { EVENT_TYPES } from '#shared/api/event-types.ts';
import { commandRoutes } from '#shared/api/routes.ts';
import { ATTACHMENT } from '#shared/attachment/attachment.ts';
import { serveRoutes } from '#shared/http/route.ts';
import { pausedSubscribers } from '#shared/lane/paused-subscribers.ts';
import { PAUSES } from '#shared/lane/pauses.ts';
import { READINGS } from '#shared/lane/readings.ts';
import { ENV } from '#shared/names.ts';
import { settingsReader } from '#shared/notification/settings/settings-reader.ts';
import { DEAD_LETTER, DEAD_LETTER_GROUP } from '#shared/once/dead-letter.ts';
import { REDRIVE, RESERVATION } from '#shared/redrive/redrive.ts';
import { GENERATIONS } from '#shared/replay/generations.ts';
import { REPLAY } from '#shared/replay/replay.ts';
import { WEBHOOK_SETTINGS } from '#shared/webhook/settings.ts';

const environment = readEnvironment({
  bucket: [ENV.attachmentsBucket, 'text'],
  host: [ENV.attachmentsHost, 'text'],
  uploadSeconds: [ENV.uploadSeconds, 'number'],
  usableSeconds: [ENV.attachmentUsableSeconds, 'number'],
  webhookKey: [ENV.webhookKey, 'text'],
  webhookHosts: [ENV.webhookHosts, 'optional text'],
  webhookOverlapSeconds: [ENV.webhookOverlapSeconds, 'number'],
  domainEventTypes: [ENV.domainEventTypes, 'optional text'],
  // Lambda sets it.
  region: ['AWS_REGION', 'text'],
});

const { table, ports, settings } = commandPorts();

const attachments = {
  states: stateStore(table, ATTACHMENT),
  objects: s3Attachments({ bucket: environment.bucket, timeoutMs: 1500 }),
  clock: ports.clock,
  uploads: s3Uploads({
    bucketUrl: bucketUrlOf(environment),
    region: environment.region,
    credentials: () => table.client.config.credentials(),
  }),
  uploadMs: environment.uploadSeconds * 1000,
  usableMs: environment.usableSeconds * 1000,
};

const tenantSettings = settingsReader({ statesOf: (shape) => stateStore(table, shape) });
const webhooks = {
  settings: stateStore(table, WEBHOOK_SETTINGS),
  key: secretReader({ secretId: environment.webhookKey }),
  checkUrl: urlCheck(environment.webhookHosts?.split(' ') ?? []),
  overlapMs: environment.webhookOverlapSeconds * 1000,
  eventTypes: [...EVENT_TYPES, ...(environment.domainEventTypes?.split(' ') ?? [])],
};

/** Every command of the HTTP API. */
export const handler = invocable(
  ports.log,
  serveRoutes(
    commandRoutes(),
    {
      ...ports,
      suppressions: suppressionStore(table),
      customers: customerStore(table),
      attachments,
      tenantSettings,
      letters: stateStore(table, DEAD_LETTER),
      letterGroups: stateStore(table, DEAD_LETTER_GROUP),
      redrives: stateStore(table, REDRIVE),
      reservations: stateStore(table, RESERVATION),
      pausedSubscribers: pausedSubscribers({
        pauses: stateStore(table, PAUSES),
        readings: stateStore(table, READINGS),
      }),
      replays: stateStore(table, REPLAY),
      generations: stateStore(table, GENERATIONS),
      readings: stateStore(table, READINGS),
      webhooks,
    },
    settings,
  ),
);
