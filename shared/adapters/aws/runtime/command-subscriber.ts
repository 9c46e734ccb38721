import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dynamoClient } from '#shared/adapters/aws/dynamodb/client.ts';
import { deadLetterStore } from '#shared/adapters/aws/dynamodb/dead-letters.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { ENV } from '#shared/names.ts';
import { type ConsumePorts, consume } from '#shared/once/consume.ts';
import { type CommandOf, executeMessage } from '#shared/once/execute-message.ts';
import { readEnvironment } from './environment.ts';
import { executorSettings } from './executor-settings.ts';
import { invocable, jsonLog } from './log.ts';
import { handlingTime, ownQueue } from './own-queue.ts';
import { systemClock, systemRandomness, systemTimer } from './system.ts';

/**
 * The handler of a subscriber that turns each of our messages into one command and executes the command once.
 * @param subscriber the function's name.
 */
export function commandSubscriber<State, Command, Event>(
  subscriber: string,
  commandOf: CommandOf<State, Command, Event>,
) {
  const { tableName } = readEnvironment({ tableName: [ENV.table, 'text'] });
  const table = { tableName, client: dynamoClient() };
  const system = { clock: systemClock, timer: systemTimer, random: systemRandomness, log: jsonLog() };
  const ports = { ...system, store: onceStore(table), settings: executorSettings(4000), subscriber };
  const deadLetters = deadLetterStore(table);
  const consuming: ConsumePorts = { ...system, deadLetters, subscriber, keepsMessage: true, returns: ownQueue() };
  return invocable(
    system.log,
    (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
      consume(event, (body) => executeMessage(body, commandOf, ports), {
        ...consuming,
        handlingMs: handlingTime(context),
      }),
  );
}
