import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deadLetterStore } from '#shared/adapters/aws/dynamodb/dead-letters.ts';
import { handledStore } from '#shared/adapters/aws/dynamodb/handled.ts';
import type { Table } from '#shared/adapters/aws/dynamodb/table.ts';
import type { Clock, Log, Randomness, Timer } from '#shared/messaging/system.ts';
import { ENV } from '#shared/names.ts';
import { type ConsumePorts, consume } from '#shared/once/consume.ts';
import { handledCounter } from '#shared/once/handled.ts';
import { readEnvironment } from './environment.ts';
import { invocable, jsonLog } from './log.ts';
import { handlingTime, ownQueue } from './own-queue.ts';
import { ownTable } from './own-table.ts';
import { systemClock, systemRandomness, systemTimer } from './system.ts';

/** What every subscriber has: the stage's table and the system. */
export type SubscriberPlatform = { table: Table; clock: Clock; timer: Timer; random: Randomness; log: Log };

/**
 * The handler of a subscriber to our own messages. It handles each message alone, records a message that can never be
 * handled as a dead letter, and returns a message to its queue while a dependency is unavailable.
 * @param subscriber the name of the function.
 * @param handlerOf is called once. It returns what handles the body of one message, which may arrive several times.
 */
export function subscriberHandler(
  subscriber: string,
  handlerOf: (platform: SubscriberPlatform) => (body: string) => Promise<void>,
) {
  const { mostReceives } = readEnvironment({
    mostReceives: [ENV.mostReceives, 'number'],
  });
  const table = ownTable();
  const system = { clock: systemClock, timer: systemTimer, random: systemRandomness, log: jsonLog() };
  const deadLetters = deadLetterStore(table);
  const consuming: ConsumePorts = {
    ...system,
    ...{ deadLetters, subscriber, keepsMessage: true, mostReceives },
    returns: ownQueue(),
    handled: handledCounter(subscriber, { ...system, store: handledStore(table) }),
  };
  const handleBody = handlerOf({ table, ...system });
  // Most subscribers log nothing else, and a message has to be found in the log of each function that has handled it.
  const handle = async (body: string): Promise<void> => {
    await handleBody(body);
    system.log.info('Message handled');
  };
  return invocable(
    system.log,
    (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
      consume(event, handle, { ...consuming, handlingMs: handlingTime(context) }),
  );
}
