import { createHash } from 'node:crypto';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { Failure } from '#shared/messaging/failure.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { isEnvelope, PoisonMessage } from '#shared/messaging/parse.ts';
import type { Clock, Log } from '#shared/messaging/system.ts';
import { COUNTER } from '#shared/names.ts';
import type { Counters } from './counters.ts';
import type { DeadLetter } from './dead-letter.ts';
import { failedWith } from './failed-with.ts';
import type { HandledCounter } from './handled.ts';
import { withLogFields } from './log-context.ts';
import { messageLogFields } from './message-log-fields.ts';
import type { DeadLetterStore } from './ports.ts';
import { redrivenLetterOf, resolved } from './redriven-letter.ts';
import { NotItsTurn, type ReturnPorts, returnToQueue, waitInQueue } from './return-to-queue.ts';

export type ConsumePorts = {
  deadLetters: Pick<DeadLetterStore, 'recordDeadLetter' | 'changeDeadLetter'>;
  clock: Clock;
  log: Log;
  /** Name of the function, under which dead letters are stored. */
  subscriber: string;
  /** Whether a dead letter may keep the message: our messages contain no personal data, an outside service's events do. */
  keepsMessage: boolean;
  /**
   * Converts a message that a dead letter may not keep as it is: the result is enough to handle it and contains no
   * personal data. undefined: the message cannot be converted, and nothing of it is kept.
   */
  scrub?: (body: string) => Promise<string | undefined>;
  /**
   * How often the queue delivers a message before it moves the message unchanged to its dead-letter queue. On the last
   * receive, a message that cannot be handled is recorded as a dead letter instead. So only messages that crash the
   * process reach the dead-letter queue.
   */
  mostReceives?: number;
  /**
   * How a message waits while a dependency is unavailable. If absent, the message is redelivered after the queue's
   * visibility timeout, which counts as a receive.
   */
  returns?: ReturnPorts & { counters: Counters };
  /** Counts what is done, for the rates of the status. */
  handled?: HandledCounter;
  /**
   * How long handling one message may take, in milliseconds. Handling that takes longer waits for an unavailable
   * dependency. If absent, the handler itself respects the time of its invocation.
   */
  handlingMs?: () => number;
};

/** Handling took so long that it must be waiting for an unavailable dependency. It is repeated later. */
class OutOfTime extends Failure {
  override readonly name = 'OutOfTime';
  readonly code = 'OUT_OF_TIME';
  readonly retriable = true;
  readonly next = 'Check the dependency that does not answer.';
}

/**
 * Handles a batch of messages, each one separately, so that none delays the others. A message that fails because a
 * dependency is unavailable, or that waits for its turn, is returned to its queue. A message that fails for another
 * reason is reported as a batch item failure and redelivered. A message that can never be handled is recorded with its
 * reason.
 */
export async function consume(
  event: SQSEvent,
  handle: (body: string) => Promise<void>,
  ports: ConsumePorts,
): Promise<SQSBatchResponse> {
  const one = async (record: SQSRecord): Promise<Handling> => {
    const { messageId, body } = record;
    const fields = { messageId, ...(ports.keepsMessage && messageLogFields(body)) };
    return withLogFields(fields, () => handleOne(record, handle, ports));
  };
  const results = await Promise.all(event.Records.map(one));
  await ports.handled?.count(results.filter((result) => result === 'done').length);
  const isFailed = (_: SQSRecord, index: number): boolean => results[index] === 'failed';
  return { batchItemFailures: event.Records.filter(isFailed).map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

/** `returned`: it waits in its queue as a new message. `failed`: it is redelivered. */
type Handling = 'done' | 'returned' | 'failed';

/** What became of the message. It never throws: Lambda would log the error with all its properties, even rows. */
async function handleOne(
  record: SQSRecord,
  handle: (body: string) => Promise<void>,
  ports: ConsumePorts,
): Promise<Handling> {
  // A record without a receive count was not delivered by SQS, so it is not handled.
  const receives = Number(record.attributes?.ApproximateReceiveCount);
  if (Number.isNaN(receives)) {
    ports.log.error('Record not handled: it does not have the format of SQS');
    return 'failed';
  }
  try {
    await inTime(handleOrRecord(record, handle, ports), ports);
    return 'done';
  } catch (error) {
    if (await isReturned(record, error, ports)) return 'returned';
    return (await isGivenUp({ ...record, receives }, error, ports)) ? 'done' : 'failed';
  }
}

/** A message that can never be handled is recorded, and is then done. */
async function handleOrRecord(
  record: SQSRecord,
  handle: (body: string) => Promise<void>,
  ports: ConsumePorts,
): Promise<void> {
  try {
    await handle(record.body);
  } catch (error) {
    if (!(error instanceof PoisonMessage)) throw error;
    return recordPoison(record, error, ports);
  }
  await resolveLetter(record, ports);
}

/**
 * The dead letter of a redriven message is resolved after the message was handled. If that fails, the message comes
 * again: handling recognises the repetition. A new failure in between has another generation, and stays open.
 */
async function resolveLetter(record: SQSRecord, { deadLetters, clock, log }: ConsumePorts): Promise<void> {
  const redriven = redrivenLetterOf(record);
  if (!redriven) return;
  const { deadLetterId, generation } = redriven;
  const at = new Date(clock.now()).toISOString();
  const letter = await deadLetters.changeDeadLetter(deadLetterId, resolved(generation, at));
  log.info('Redriven message handled', { deadLetterId, generation, status: letter?.status });
}

/** A dependency that does not answer must not make the function time out, because that counts as a crash. */
async function inTime(handling: Promise<void>, { handlingMs }: ConsumePorts): Promise<void> {
  if (!handlingMs) return handling;
  let timeout: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(new OutOfTime('The message was not handled in the time of its invocation.'));
    timeout = setTimeout(fail, Math.max(0, handlingMs()));
  });
  await Promise.race([handling, late]).finally(() => clearTimeout(timeout));
}

/** Whether the message is done: it was returned to its queue, or it has waited too long for a dependency and was recorded. */
async function isReturned(record: SQSRecord, error: unknown, ports: ConsumePorts): Promise<boolean> {
  const { returns, log } = ports;
  if (error instanceof NotItsTurn) return isWaiting(record, error, ports);
  if (!returns?.isAway(error)) return false;
  try {
    const returned = await returnToQueue(record, returns);
    if (!returned) {
      await recordPoison(record, givenUp('WAITED_TOO_LONG', 'as long as its queue keeps a message', error), ports);
      return true;
    }
    const { delaySeconds, returns: times } = returned;
    log.warn('Message returned to its queue', { error, delaySeconds, times });
    await returns.counters.count(COUNTER.messageReturned, 1);
    return true;
  } catch (cause) {
    // The queue or the table failed, too: the message stays in the queue, and this receive counts.
    log.error('Message not returned to its queue', { error: cause });
    return false;
  }
}

/** Whether the message waits in its queue for its turn. */
async function isWaiting(record: SQSRecord, turn: NotItsTurn, { returns, log }: ConsumePorts): Promise<boolean> {
  if (!returns) return false;
  try {
    log.info('Message waits for its turn', { delaySeconds: await waitInQueue(record, turn, returns) });
    return true;
  } catch (cause) {
    // The message stays in the queue, and this receive counts.
    log.error('Message not returned to its queue', { error: cause });
    return false;
  }
}

/** Whether the message is done: this was its last receive and it was recorded. Otherwise it is redelivered. */
async function isGivenUp(
  record: SQSRecord & { receives: number },
  error: unknown,
  ports: ConsumePorts,
): Promise<boolean> {
  const { receives } = record;
  const { mostReceives = Number.POSITIVE_INFINITY, log } = ports;
  try {
    if (receives >= mostReceives) {
      await recordPoison(record, givenUp('GIVEN_UP', `in ${mostReceives} deliveries`, error), ports, receives);
      return true;
    }
  } catch (cause) {
    log.error('Dead letter not recorded', { error: cause });
  }
  // The batch response contains only ids, so the error has to be logged here.
  const report = error instanceof NewerVersion ? log.warn : log.error;
  report('Message not handled; it comes again', { error });
  return false;
}

const givenUp = (reason: string, tried: string, cause: unknown): PoisonMessage =>
  new PoisonMessage(reason, `It could not be handled ${tried}; the last try failed with ${nameOf(cause)}.`, { cause });

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'no error');

async function recordPoison(record: SQSRecord, error: PoisonMessage, ports: ConsumePorts, attempts = 1): Promise<void> {
  const { reason, message: detail, about } = error;
  const letter: DeadLetter = {
    subscriber: ports.subscriber,
    ...(await keptOf(record, ports)),
    ...(about !== undefined && { id: about }),
    reason,
    detail,
    error: failedWith(error.cause ?? error),
    attempts,
  };
  await ports.deadLetters.recordDeadLetter(letter, ports.clock.now());
  ports.log.error('Message set aside as a dead letter', { deadLetterId: letter.id, reason, detail });
}

/**
 * What a dead letter keeps of a message: its id, and the message if it contains no personal data. Only our own envelopes
 * are certain to contain none, so another text on our topic is not kept.
 */
export async function keptOf(
  { body, messageAttributes }: Pick<SQSRecord, 'body' | 'messageAttributes'>,
  { keepsMessage, scrub }: Pick<ConsumePorts, 'keepsMessage' | 'scrub'>,
): Promise<Pick<DeadLetter, 'id' | 'deadLetterId' | 'message'>> {
  const ownId = keepsMessage ? messageIdIn(body) : undefined;
  const id = ownId ?? createHash('sha256').update(body).digest('base64url');
  const message = keepsMessage ? (isEnvelope(body) ? body : undefined) : await scrub?.(body);
  const deadLetterId = redrivenLetterOf({ messageAttributes })?.deadLetterId;
  return { id, ...(deadLetterId !== undefined && { deadLetterId }), ...(message !== undefined && { message }) };
}

/** The format of our own ids. Another id may be an address and must not be used, because the id is logged. */
const MESSAGE_ID = /^[A-Za-z0-9_-]{1,256}$/;

/** The id of the envelope, if the body is one, so that a redelivery is recorded as the same dead letter. */
function messageIdIn(body: string): string | undefined {
  try {
    const { id } = JSON.parse(body) as { id?: unknown };
    return typeof id === 'string' && MESSAGE_ID.test(id) ? id : undefined;
  } catch {
    // Not JSON, or `null`: the hash of the body is used as the id.
    return undefined;
  }
}
