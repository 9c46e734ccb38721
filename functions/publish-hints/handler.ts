import type { SQSEvent } from 'aws-lambda';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { hintPublisher } from '#shared/adapters/aws/runtime/hint-publisher.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { systemClock } from '#shared/adapters/aws/runtime/system.ts';
import { publishHints } from '#shared/live/hints.ts';
import { ENV } from '#shared/names.ts';

const { url, region } = readEnvironment({ url: [ENV.hintsUrl, 'text'], region: ['AWS_REGION', 'text'] });

const publisher = hintPublisher({ url, region, credentials: ownCredentials, clock: systemClock });

/**
 * Announces each message to the pages of its tenant. It keeps no record of what it has published: a batch that fails is
 * received again until its messages are a minute old, and a page that gets a hint twice reads twice.
 */
export const handler = invocable(
  jsonLog(),
  (event: SQSEvent): Promise<void> =>
    publishHints(
      event.Records.map(({ body }) => body),
      publisher,
    ),
);

/** The credentials of the function's role, which Lambda sets. */
function ownCredentials() {
  const { accessKeyId, secretAccessKey, sessionToken } = readEnvironment({
    accessKeyId: ['AWS_ACCESS_KEY_ID', 'text'],
    secretAccessKey: ['AWS_SECRET_ACCESS_KEY', 'text'],
    sessionToken: ['AWS_SESSION_TOKEN', 'optional text'],
  });
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}
