import { createHash } from 'node:crypto';
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import type { Clock, DeadLetter, DeadLetterStore, Log } from '#shared/ports.ts';

export type ConsumePorts = {
  deadLetters: DeadLetterStore;
  clock: Clock;
  log: Log;
  /** Name of the function, under which dead letters are kept. */
  subscriber: string;
  /** Whether a dead letter may keep the message: ours carry no personal data, a provider's do. */
  keepsMessage: boolean;
};

/**
 * Handles a batch of messages, each alone: what fails comes again, by its own id, and what can never
 * be handled is recorded with its reason and done with. Neither holds up the rest.
 */
export async function consume(
  event: SQSEvent,
  context: Context,
  handle: (body: string) => Promise<void>,
  ports: ConsumePorts,
): Promise<SQSBatchResponse> {
  const one = async (record: SQSRecord): Promise<void> => {
    try {
      await handle(record.body);
    } catch (error) {
      if (error instanceof PoisonMessage) return recordPoison(record.body, error, ports);
      // The batch processor answers with ids only; what went wrong has to be written down here.
      const report = error instanceof NewerVersion ? ports.log.warn : ports.log.error;
      report('Message not handled; it comes again', { messageId: record.messageId, error });
      throw error;
    }
  };
  // Not as an error where all of them fail: Lambda logs errors with all that hangs on them, rows among it.
  const options = { context, throwOnFullBatchFailure: false };
  return processPartialResponse(event, one, new BatchProcessor(EventType.SQS), options);
}

async function recordPoison(body: string, error: PoisonMessage, ports: ConsumePorts): Promise<void> {
  const ownId = ports.keepsMessage ? messageIdIn(body) : undefined;
  const id = ownId ?? createHash('sha256').update(body).digest('base64url');
  const { reason, message: detail } = error;
  const letter: DeadLetter = { subscriber: ports.subscriber, id, reason, detail };
  await ports.deadLetters.recordDeadLetter(
    ports.keepsMessage ? { ...letter, message: body } : letter,
    ports.clock.now(),
  );
  ports.log.error('Message set aside as a dead letter', { deadLetterId: id, reason, detail });
}

/** The id of an envelope, as far as the body is one: a redelivery of it is the same dead letter. */
function messageIdIn(body: string): string | undefined {
  try {
    const { id } = JSON.parse(body) as { id?: unknown };
    return typeof id === 'string' && id !== '' && id.length <= 256 ? id : undefined;
  } catch {
    // No JSON: the hash of the body identifies it.
    return undefined;
  }
}
