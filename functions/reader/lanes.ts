import { CommandFunction } from '#infra/lanes/command-function.ts';
import { CommandSubscriber } from '#infra/lanes/command-subscriber.ts';
import type { AddLanes } from '#infra/lanes/platform.ts';
import { PAGE_ACCESSED } from './decider.ts';
import { DISCOUNT_GRANTED } from './projection.ts';
import { readerRoutes } from './routes.ts';

class ReaderApi extends CommandFunction {
  override readonly integration = 'reader';
  override readonly routes = readerRoutes();
}

/** The functions of the e-book reader, with their routes, queue, permissions, alarms and graphs. */
export const addReaderLanes: AddLanes = (scope, platform) => {
  new ReaderApi(scope, platform, { name: 'reader-api' });
  new CommandSubscriber(scope, platform, { name: 'reader-projection', types: [PAGE_ACCESSED] });
  platform.topic.publishes(PAGE_ACCESSED, DISCOUNT_GRANTED);
};
