import type { IConstruct } from 'constructs';
import { commandRoutes, queryRoutes } from '#shared/api/routes.ts';
import { routeKeyOf } from '#shared/http/route.ts';
import { type Channel, MESSAGE_ATTRIBUTE, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { HttpFunction } from './constructs/http-api.ts';
import { Subscriber } from './constructs/subscriber.ts';

/** Every channel has one sender, which handles the command to send a notification. */
const CHANNELS: Readonly<Record<Channel, true>> = { email: true, sms: true, webhook: true };

/**
 * A command is sent to exactly one handler. An event is published, and has any number of subscribers: they are not
 * counted here. Commands are the requests of the HTTP API, and for each channel the command to send a notification.
 * A message names none of its handlers: the stack decides who gets it.
 * @param stack with all of its lanes.
 * @throws Error that names every command without a handler or with several.
 */
export function requireOneHandler({ node }: IConstruct): void {
  const constructs = node.findAll();
  const served = constructs
    .filter((construct) => construct instanceof HttpFunction)
    .flatMap(({ name, routes }) => routes.map((route) => [`${route.method} ${route.path}`, name] as const));
  const senders = constructs
    .filter((construct) => construct instanceof Subscriber)
    .flatMap((one) => channelsOf(one).map((channel) => [sending(channel), one.function.name] as const));
  const declared = [...commandRoutes(), ...queryRoutes()].map(routeKeyOf);
  const faults = faultsOf([...declared, ...Object.keys(CHANNELS).map(sending)], [...served, ...senders]);
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

const sending = (channel: string): string => `SendNotification by ${channel}`;

/** The channels whose notifications it is asked to send. Without a filter on the channel, it only observes. */
function channelsOf({ filter }: Subscriber): readonly string[] {
  const { [MESSAGE_ATTRIBUTE.type]: types, [MESSAGE_ATTRIBUTE.channel]: channels } = filter;
  return Array.isArray(types) && types.includes(NOTIFICATION_REQUESTED) && Array.isArray(channels) ? channels : [];
}

function faultsOf(declared: readonly string[], handled: readonly (readonly [command: string, by: string])[]): string[] {
  const commands = [...new Set([...declared, ...handled.map(([command]) => command)])];
  return commands.flatMap((command) => {
    const handlers = handled.filter(([of]) => of === command).map(([, name]) => name);
    if (handlers.length === 1) return [];
    return handlers.length === 0
      ? [`${command} has no handler. Add it to the routes or the filter of a lane.`]
      : [
          `${command} has ${handlers.length} handlers: ${handlers.join(', ')}. A command has one; publish an event for several.`,
        ];
  });
}
