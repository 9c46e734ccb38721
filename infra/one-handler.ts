import type { IConstruct } from 'constructs';
import { commandRoutes, planRoutes, queryRoutes } from '#shared/api/routes.ts';
import { routeKeyOf } from '#shared/http/route.ts';
import { type Channel, MESSAGE_ATTRIBUTE, NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { HttpFunction } from './constructs/http-api.ts';
import { Subscriber } from './constructs/subscriber.ts';
import type { DomainRoute } from './domain-routes.ts';

/** Every channel has one sender, which handles the command to send a notification. */
const CHANNELS: Readonly<Record<Channel, true>> = { email: true, sms: true, webhook: true };

/**
 * A command is sent to exactly one handler. An event is published, and has any number of subscribers: they are not
 * counted here. Commands are the requests of the HTTP API, and for each channel the command to send a notification.
 * A message names none of its handlers: the stack decides who gets it.
 * @param stack with all of its lanes.
 * @param ofDomains the routes that business domains declare.
 * @throws Error that names every command without a handler or with several.
 */
export function requireOneHandler({ node }: IConstruct, ofDomains: readonly DomainRoute[] = []): void {
  const constructs = node.findAll();
  const served = constructs
    .filter((construct) => construct instanceof HttpFunction)
    .flatMap(({ name, routes }) => routes.map((route) => [`${route.method} ${route.path}`, name] as const));
  const senders = constructs
    .filter((construct) => construct instanceof Subscriber)
    .flatMap((one) => channelsOf(one).map((channel) => [sending(channel), one.function.name] as const));
  const platform = [...commandRoutes(), ...planRoutes(), ...queryRoutes()].map(routeKeyOf);
  const declared: Declared[] = [
    ...[...platform, ...Object.keys(CHANNELS).map(sending)].map((key) => ({ key, add: TO_A_LANE })),
    ...ofDomains.map((route) => ({ key: route.key, add: toDomain(route) })),
  ];
  const faults = faultsOf(declared, [...served, ...senders]);
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/** A command, and what to do if it has no handler. */
type Declared = { key: string; add: string };

const TO_A_LANE = 'Add it to the routes or the filter of a lane.';

const toDomain = ({ domain, list }: DomainRoute): string =>
  `functions/${domain}/routes.ts declares it. Add a function that serves ${list}, like functions/${domain}/api/handler.ts, ` +
  `and its lane with these routes to functions/${domain}/lanes.ts, which a line of infra/domains.ts exports.`;

const sending = (channel: string): string => `SendNotification by ${channel}`;

/** The channels whose notifications it is asked to send. Without a filter on the channel, it only observes. */
function channelsOf({ filter }: Subscriber): readonly string[] {
  const { [MESSAGE_ATTRIBUTE.type]: types, [MESSAGE_ATTRIBUTE.channel]: channels } = filter;
  return Array.isArray(types) && types.includes(NOTIFICATION_REQUESTED) && Array.isArray(channels) ? channels : [];
}

function faultsOf(
  declared: readonly Declared[],
  handled: readonly (readonly [command: string, by: string])[],
): string[] {
  const commands = new Map([
    ...handled.map(([key]) => [key, ''] as const),
    ...declared.map(({ key, add }) => [key, add] as const),
  ]);
  return [...commands].flatMap(([command, add]) => {
    const handlers = handled.filter(([of]) => of === command).map(([, name]) => name);
    if (handlers.length === 1) return [];
    return handlers.length === 0
      ? [`${command} has no handler. ${add}`]
      : [
          `${command} has ${handlers.length} handlers: ${handlers.join(', ')}. A command has one; publish an event for several.`,
        ];
  });
}
