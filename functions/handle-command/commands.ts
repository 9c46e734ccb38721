import type { HttpEvent, HttpFunction } from '#shared/http/event.ts';
import { httpFunction, type Routes } from '#shared/http/http-function.ts';
import type { CommandPorts, CommandSettings } from './command.ts';
import type { FurtherCommand } from './further-commands.ts';
import { orderRoutes } from './orders.ts';

export type CommandApiPorts = CommandPorts & {
  /** The commands that are not about an order, made once; the first request for one of them waits for it. */
  further: () => Promise<Routes<FurtherCommand>>;
};

/** Every command of the HTTP API: validated, then handed to the one executor. */
export function commandApi(ports: CommandApiPorts, settings: CommandSettings): HttpFunction {
  return httpFunction({
    routes: { ...orderRoutes(ports, settings), ...furtherRoutes(ports) },
    random: ports.random,
    log: ports.log,
  });
}

const FURTHER_COMMANDS: readonly FurtherCommand[] = [
  'POST /notifications',
  'POST /notifications/{notificationId}/resolve',
  'POST /suppressions',
  'DELETE /suppressions',
  'DELETE /customers/{customerId}/personal-data',
  'DELETE /personal-data',
  'POST /attachments',
];

function furtherRoutes({ further }: CommandApiPorts): Routes<FurtherCommand> {
  const handle = (key: FurtherCommand) => async (event: HttpEvent) => (await further())[key](event);
  return Object.fromEntries(FURTHER_COMMANDS.map((key) => [key, handle(key)])) as Routes<FurtherCommand>;
}
