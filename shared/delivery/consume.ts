import { createHash } from 'node:crypto';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { correlationIdIn } from '#shared/messaging/correlation.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { withLogFields } from '#shared/once/log-context.ts';
import type { Clock, DeadLetter, DeadLetterStore, Log } from '#shared/ports.ts';

export type ConsumePorts = {
  deadLetters: DeadLetterStore;
  clock: Clock;
  log: Log;
  /** Name of the function, under which dead letters are kept. */
  subscriber: string;
  /** Whether a dead letter may keep the message: ours carry no personal data, a provider's do. */
  keepsMessage: boolean;
  /**
   * What a dead letter keeps of a message that it may not keep as it is: all that is needed to handle it, and no
   * personal data; undefined: nothing can be.
   */
  scrub?: (body: string) => Promise<string | undefined>;
  /**
   * How often the queue hands a message out before it moves it to its dead-letter queue, as it is. The last time,
   * a message that cannot be handled is recorded as a dead letter instead: only what crashes the process is left
   * to the queue.
   */
  mostReceives?: number;
};

/**
 * Handles a batch of messages, each alone: what fails comes again, by its own id, and what can never
 * be handled is recorded with its reason and done with. Neither holds up the rest.
 */
export async function consume(
  event: SQSEvent,
  handle: (body: string) => Promise<void>,
  ports: ConsumePorts,
): Promise<SQSBatchResponse> {
  const one = async (record: SQSRecord): Promise<SQSBatchResponse['batchItemFailures']> => {
    const { messageId, body } = record;
    const correlationId = ports.keepsMessage ? correlationIdIn(body) : undefined;
    const fields = { messageId, ...(correlationId && { correlationId }) };
    const isDone = await withLogFields(fields, () => handleOne(record, handle, ports));
    return isDone ? [] : [{ itemIdentifier: messageId }];
  };
  const failures = await Promise.all(event.Records.map(one));
  return { batchItemFailures: failures.flat() };
}

/** Whether the message is done with. It never throws: Lambda logs errors with all that hangs on them, rows among it. */
async function handleOne(
  { body, attributes }: SQSRecord,
  handle: (body: string) => Promise<void>,
  ports: ConsumePorts,
): Promise<boolean> {
  const { mostReceives = Number.POSITIVE_INFINITY } = ports;
  try {
    const isLast = Number(attributes.ApproximateReceiveCount) >= mostReceives;
    await handle(body).catch((error) => {
      if (error instanceof PoisonMessage) return recordPoison(body, error, ports);
      if (!isLast) throw error;
      const detail = `It could not be handled in ${mostReceives} deliveries; the last failed with ${nameOf(error)}.`;
      return recordPoison(body, new PoisonMessage('GIVEN_UP', detail), ports);
    });
    return true;
  } catch (error) {
    // The batch is answered with ids only; what went wrong has to be written down here.
    const report = error instanceof NewerVersion ? ports.log.warn : ports.log.error;
    report('Message not handled; it comes again', { error });
    return false;
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'no error');

async function recordPoison(body: string, error: PoisonMessage, ports: ConsumePorts): Promise<void> {
  const ownId = ports.keepsMessage ? messageIdIn(body) : undefined;
  const id = ownId ?? createHash('sha256').update(body).digest('base64url');
  const { reason, message: detail } = error;
  const message = ports.keepsMessage ? body : await ports.scrub?.(body);
  const letter: DeadLetter = { subscriber: ports.subscriber, id, reason, detail };
  await ports.deadLetters.recordDeadLetter(message === undefined ? letter : { ...letter, message }, ports.clock.now());
  ports.log.error('Message set aside as a dead letter', { deadLetterId: id, reason, detail });
}

/** What our own ids are made of; another may be an address, and this one is logged. */
const MESSAGE_ID = /^[A-Za-z0-9_-]{1,256}$/;

/** The id of an envelope, as far as the body is one: a redelivery of it is the same dead letter. */
function messageIdIn(body: string): string | undefined {
  try {
    const { id } = JSON.parse(body) as { id?: unknown };
    return typeof id === 'string' && MESSAGE_ID.test(id) ? id : undefined;
  } catch {
    // No JSON, or `null`: the hash of the body identifies it.
    return undefined;
  }
}
