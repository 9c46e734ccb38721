import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { executorSettings } from '#shared/adapters/aws/runtime/executor-settings.ts';
import { subscriberHandler } from '#shared/adapters/aws/runtime/subscriber-handler.ts';
import { s3Attachments } from '#shared/adapters/aws/s3/s3-attachments.ts';
import { ATTACHMENT } from '#shared/attachment/attachment.ts';
import { handleRelease, type ReleasePorts } from '#shared/attachment/release.ts';
import { ENV, FUNCTION } from '#shared/names.ts';

const { bucket } = readEnvironment({ bucket: [ENV.attachmentsBucket, 'text'] });
const subscriber = FUNCTION.releaseAttachments;

/** Releases attachments when the last notification that needs them is finished. */
export const handler = subscriberHandler(subscriber, ({ table, ...system }) => {
  const ports: ReleasePorts = {
    ...system,
    store: onceStore(table),
    attachments: stateStore(table, ATTACHMENT),
    objects: s3Attachments({ bucket, timeoutMs: 2000 }),
    subscriber,
    settings: executorSettings(4000),
  };
  return (body) => handleRelease(body, ports);
});
