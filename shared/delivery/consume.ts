import { createHash } from 'node:crypto';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { correlationIdIn } from '#shared/messaging/correlation.ts';
import { Failure } from '#shared/messaging/failure.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { COUNTER } from '#shared/names.ts';
import type { Counters } from '#shared/once/counters.ts';
import { withLogFields } from '#shared/once/log-context.ts';
import type { Clock, DeadLetter, DeadLetterStore, Log } from '#shared/ports.ts';
import { type ReturnPorts, returnToQueue } from './return-to-queue.ts';

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
  /**
   * Where a message waits while something that its handling depends on is away. Not given: it comes again after the
   * queue's visibility timeout, and uses up a receive.
   */
  returns?: ReturnPorts & { counters: Counters };
  /**
   * How long handling one message may take, in milliseconds; what takes longer is waiting for something that is away.
   * Not given: handling keeps to the time of its invocation by itself.
   */
  handlingMs?: () => number;
};

/** Handling took so long that it must be waiting for something that is away. What it does is done again later. */
class OutOfTime extends Failure {
  override readonly name = 'OutOfTime';
  readonly code = 'OUT_OF_TIME';
  readonly retriable = true;
  readonly next = 'Find the dependency that does not answer.';
}

/**
 * Handles a batch of messages, each alone. What fails because something is away is returned to its queue and comes
 * again later; what fails for another reason comes again by its own id; what can never be handled is recorded with
 * its reason. None of them delays the rest.
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
  record: SQSRecord,
  handle: (body: string) => Promise<void>,
  ports: ConsumePorts,
): Promise<boolean> {
  // What SQS has not counted is no record of its own, and is not handled.
  const receives = Number(record.attributes?.ApproximateReceiveCount);
  if (Number.isNaN(receives)) {
    ports.log.error('Record not handled; it is not as SQS delivers it');
    return false;
  }
  try {
    await inTime(handleOrRecord(record.body, handle, ports), ports);
    return true;
  } catch (error) {
    return (await isReturned(record, error, ports)) || (await isGivenUp({ ...record, receives }, error, ports));
  }
}

/** What can never be handled is recorded, and done with. */
async function handleOrRecord(
  body: string,
  handle: (body: string) => Promise<void>,
  ports: ConsumePorts,
): Promise<void> {
  try {
    await handle(body);
  } catch (error) {
    if (!(error instanceof PoisonMessage)) throw error;
    await recordPoison(body, error, ports);
  }
}

/** A dependency that does not answer must not make the function run out of time, which would be a crash. */
async function inTime(handling: Promise<void>, { handlingMs }: ConsumePorts): Promise<void> {
  if (!handlingMs) return handling;
  let timeout: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(new OutOfTime('The message was not handled in the time of its invocation.'));
    timeout = setTimeout(fail, Math.max(0, handlingMs()));
  });
  await Promise.race([handling, late]).finally(() => clearTimeout(timeout));
}

/** Whether the message is done with because it waits in its queue, or has waited too long and is recorded. */
async function isReturned(record: SQSRecord, error: unknown, ports: ConsumePorts): Promise<boolean> {
  const { returns, log } = ports;
  if (!returns?.isAway(error)) return false;
  try {
    const returned = await returnToQueue(record, returns);
    if (!returned) {
      await recordPoison(record.body, givenUp('WAITED_TOO_LONG', 'as long as its queue keeps a message', error), ports);
      return true;
    }
    const { delaySeconds, returns: times } = returned;
    log.warn('Message returned to its queue', { error, delaySeconds, times });
    await returns.counters.count(COUNTER.messageReturned, 1);
    return true;
  } catch (cause) {
    // The queue, or the table again: the message is left where it is, and uses up a receive.
    log.error('Message not returned to its queue', { error: cause });
    return false;
  }
}

/** Whether the message is done with because this was its last receive and it is recorded; otherwise it comes again. */
async function isGivenUp(
  { body, receives }: SQSRecord & { receives: number },
  error: unknown,
  ports: ConsumePorts,
): Promise<boolean> {
  const { mostReceives = Number.POSITIVE_INFINITY, log } = ports;
  try {
    if (receives >= mostReceives) {
      await recordPoison(body, givenUp('GIVEN_UP', `in ${mostReceives} deliveries`, error), ports);
      return true;
    }
  } catch (cause) {
    log.error('Dead letter not recorded', { error: cause });
  }
  // The batch is answered with ids only; what went wrong has to be written down here.
  const report = error instanceof NewerVersion ? log.warn : log.error;
  report('Message not handled; it comes again', { error });
  return false;
}

const givenUp = (reason: string, tried: string, error: unknown): PoisonMessage =>
  new PoisonMessage(reason, `It could not be handled ${tried}; the last try failed with ${nameOf(error)}.`);

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
