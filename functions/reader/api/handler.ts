import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { commandPorts } from '#shared/adapters/aws/runtime/command-ports.ts';
import { invocable } from '#shared/adapters/aws/runtime/log.ts';
import { serveRoutes } from '#shared/http/route.ts';
import { READER } from '../projection.ts';
import { readerRoutes } from '../routes.ts';

const { table, ports, settings } = commandPorts();

/** Serves the routes of the e-book reader. */
export const handler = invocable(
  ports.log,
  serveRoutes(
    readerRoutes(),
    {
      ...ports,
      readers: stateStore(table, READER),
      descriptions: () => import('../document.ts'),
    },
    settings,
  ),
);
