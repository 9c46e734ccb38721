import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { type CommandOf, executeMessage } from '#shared/once/execute-message.ts';
import { executorSettings } from './executor-settings.ts';
import { subscriberHandler } from './subscriber-handler.ts';

/**
 * The handler of a subscriber that turns each of our messages into one command and executes the command once.
 * @param subscriber the function's name.
 */
export const commandSubscriber = <State, Command, Event>(
  subscriber: string,
  commandOf: CommandOf<State, Command, Event>,
) =>
  subscriberHandler(subscriber, ({ table, ...system }) => {
    const ports = { ...system, store: onceStore(table), settings: executorSettings(4000), subscriber };
    return (body) => executeMessage(body, commandOf, ports);
  });
