import { attachmentCommands } from '#shared/attachment/routes.ts';
import { customerCommands, customerQueries } from '#shared/customer/routes.ts';
import { deadLetterCommands, deadLetterQueries } from '#shared/dead-letter/routes.ts';
import { directNotificationCommands } from '#shared/direct-notification/routes.ts';
import { erasureCommands, erasureQueries } from '#shared/erasure/routes.ts';
import { descriptionRoutes } from '#shared/http/openapi/description-route.ts';
import { type PortsOf, routeTable } from '#shared/http/route.ts';
import { laneCommands, laneQueries } from '#shared/lane/routes.ts';
import { messageLogQueries } from '#shared/message-log/routes.ts';
import { notificationCommands, notificationQueries } from '#shared/notification/routes.ts';
import { orderCommands, orderQueries } from '#shared/order/routes.ts';
import { orderListQueries } from '#shared/order-list/routes.ts';
import { redriveCommands, redrivePlans, redriveQueries } from '#shared/redrive/routes.ts';
import { replayCommands, replayQueries } from '#shared/replay/routes.ts';
import { statisticsQueries } from '#shared/statistics/routes.ts';
import { suppressionCommands, suppressionQueries } from '#shared/suppression/routes.ts';
import { settingsCommands, settingsPreviews, settingsQueries } from '#shared/tenant-settings/routes.ts';
import { timelineQueries } from '#shared/timeline/routes.ts';
import { webhookCommands, webhookQueries } from '#shared/webhook/routes.ts';

// The lists are functions, so a bundle contains only those that are called, and only the handlers in them.
const commands = () => [
  orderCommands(),
  customerCommands(),
  directNotificationCommands(),
  notificationCommands(),
  suppressionCommands(),
  erasureCommands(),
  attachmentCommands(),
  deadLetterCommands(),
  redriveCommands(),
  laneCommands(),
  replayCommands(),
  webhookCommands(),
  settingsCommands(),
  settingsPreviews(),
];
const queries = () => [
  orderQueries(),
  orderListQueries(),
  timelineQueries(),
  customerQueries(),
  messageLogQueries(),
  notificationQueries(),
  statisticsQueries(),
  suppressionQueries(),
  erasureQueries(),
  settingsQueries(),
  deadLetterQueries(),
  redriveQueries(),
  laneQueries(),
  replayQueries(),
  webhookQueries(),
  descriptionRoutes(),
];

const plans = () => [redrivePlans()];

export type CommandApiPorts = PortsOf<ReturnType<typeof commands>[number][number]>;
export type QueryApiPorts = PortsOf<ReturnType<typeof queries>[number][number]>;

export type PlanApiPorts = PortsOf<ReturnType<typeof plans>[number][number]>;

/** What `handle-command` serves. */
export const commandRoutes = () => routeTable<CommandApiPorts>(commands());
/** What `serve-query` serves. */
export const queryRoutes = () => routeTable<QueryApiPorts>(queries());
/** What `plan-redrive` serves. */
export const planRoutes = () => routeTable<PlanApiPorts>(plans());
