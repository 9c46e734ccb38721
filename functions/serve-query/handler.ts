import { auditList } from '#shared/adapters/aws/dynamodb/audit.ts';
import { automaticRedriveList } from '#shared/adapters/aws/dynamodb/automatic-redrives.ts';
import { deadLetterLists } from '#shared/adapters/aws/dynamodb/dead-letter-lists.ts';
import { dueIndex } from '#shared/adapters/aws/dynamodb/due.ts';
import { messageLogStore } from '#shared/adapters/aws/dynamodb/message-log.ts';
import { notificationStore } from '#shared/adapters/aws/dynamodb/notifications.ts';
import { orderListStore } from '#shared/adapters/aws/dynamodb/order-list.ts';
import { outboxHistory, outboxStore } from '#shared/adapters/aws/dynamodb/outbox.ts';
import { redriveList, redriveSets } from '#shared/adapters/aws/dynamodb/redrives.ts';
import { replayList } from '#shared/adapters/aws/dynamodb/replays.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { statisticsStore } from '#shared/adapters/aws/dynamodb/statistics.ts';
import { suppressionStore } from '#shared/adapters/aws/dynamodb/suppressions.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { ownTable } from '#shared/adapters/aws/runtime/own-table.ts';
import { secretReader } from '#shared/adapters/aws/runtime/secret.ts';
import { systemClock, systemRandomness } from '#shared/adapters/aws/runtime/system.ts';
import { queryRoutes } from '#shared/api/routes.ts';
import { shownAutomaticRedrives } from '#shared/automatic-redrive/view.ts';
import { CUSTOMER } from '#shared/customer/customer.ts';
import { ERASURE } from '#shared/erasure/erasure.ts';
import { serveRoutes } from '#shared/http/route.ts';
import { PAUSES } from '#shared/lane/pauses.ts';
import { READINGS } from '#shared/lane/readings.ts';
import { ENV } from '#shared/names.ts';
import { settingsReader } from '#shared/notification/settings/settings-reader.ts';
import { DEAD_LETTER, DEAD_LETTER_GROUP } from '#shared/once/dead-letter.ts';
import { APPROVAL } from '#shared/order/approval.ts';
import { ORDER } from '#shared/order/order.ts';
import { ORDER_LIST } from '#shared/order-list/ports.ts';
import { REDRIVE } from '#shared/redrive/redrive.ts';
import { currentGenerations } from '#shared/replay/current-generations.ts';
import { GENERATIONS } from '#shared/replay/generations.ts';
import { REPLAY } from '#shared/replay/replay.ts';
import { WEBHOOK_SETTINGS } from '#shared/webhook/settings.ts';

const environment = readEnvironment({
  secretId: [ENV.secret, 'text'],
  tenantClaim: [ENV.tenantClaim, 'text'],
  senderAddress: [ENV.sender, 'text'],
});
const { secretId, senderAddress } = environment;
const table = ownTable();

const log = jsonLog();

const api = serveRoutes(
  queryRoutes(),
  {
    store: {
      ...notificationStore(table),
      ...outboxStore(table),
      ...suppressionStore(table),
    },
    letters: stateStore(table, DEAD_LETTER),
    letterGroups: stateStore(table, DEAD_LETTER_GROUP),
    letterLists: deadLetterLists(table),
    auditList: auditList(table),
    automaticRedrives: shownAutomaticRedrives(automaticRedriveList(table)),
    readings: stateStore(table, READINGS),
    pauses: stateStore(table, PAUSES),
    dueNotifications: { due: async (...asked) => (await dueIndex(table).entriesDue(...asked)).rows },
    orders: stateStore(table, ORDER),
    approvals: stateStore(table, APPROVAL),
    orderList: orderListStore(table),
    orderGenerations: currentGenerations(ORDER_LIST, { states: stateStore(table, GENERATIONS), clock: systemClock }),
    redrives: stateStore(table, REDRIVE),
    redriveList: redriveList(table),
    redriveSets: redriveSets(table),
    replays: stateStore(table, REPLAY),
    replayList: replayList(table),
    customers: stateStore(table, CUSTOMER),
    erasures: stateStore(table, ERASURE),
    messageLog: messageLogStore(table),
    webhookSettings: stateStore(table, WEBHOOK_SETTINGS),
    outboxHistory: outboxHistory(table),
    statistics: statisticsStore(table),
    tenantSettings: settingsReader({ statesOf: (shape) => stateStore(table, shape) }),
    senderAddress,
    secret: secretReader({ secretId }),
    descriptions: () => import('#shared/api/document.ts'),
    clock: systemClock,
    random: systemRandomness,
    log,
  },
  environment,
);

/** Every query of the HTTP API. */
export const handler = invocable(log, api);
