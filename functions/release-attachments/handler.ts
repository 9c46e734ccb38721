import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dynamoClient } from '#shared/adapters/aws/dynamodb/client.ts';
import { deadLetterStore } from '#shared/adapters/aws/dynamodb/dead-letters.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { executorSettings } from '#shared/adapters/aws/runtime/executor-settings.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { handlingTime, ownQueue } from '#shared/adapters/aws/runtime/own-queue.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/runtime/system.ts';
import { s3Attachments } from '#shared/adapters/aws/s3/s3-attachments.ts';
import { ATTACHMENT } from '#shared/attachment/attachment.ts';
import { handleRelease, type ReleasePorts } from '#shared/attachment/release.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { type ConsumePorts, consume } from '#shared/once/consume.ts';

const { tableName, bucket } = readEnvironment({
  tableName: [ENV.table, 'text'],
  bucket: [ENV.attachmentsBucket, 'text'],
});
const table = { tableName, client: dynamoClient() };
const system = { clock: systemClock, timer: systemTimer, random: systemRandomness, log: jsonLog() };
const subscriber = FUNCTION.releaseAttachments;
const ports: ReleasePorts = {
  ...system,
  store: onceStore(table),
  attachments: stateStore(table, ATTACHMENT),
  objects: s3Attachments({ bucket, timeoutMs: 2000 }),
  subscriber,
  settings: executorSettings(4000),
};
const deadLetters = deadLetterStore(table);
const consuming: ConsumePorts = { ...system, deadLetters, subscriber, keepsMessage: true, returns: ownQueue() };

/** Releases attachments when the last notification that needs them is finished. */
export const handler = invocable(
  system.log,
  (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
    consume(event, (body) => handleRelease(body, ports), { ...consuming, handlingMs: handlingTime(context) }),
);
