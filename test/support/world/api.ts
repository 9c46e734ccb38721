import * as descriptions from '#shared/api/document.ts';
import { EVENT_TYPES } from '#shared/api/event-types.ts';
import { type CommandApiPorts, commandRoutes, type QueryApiPorts, queryRoutes } from '#shared/api/routes.ts';
import { ATTACHMENT } from '#shared/attachment/attachment.ts';
import { shownAutomaticRedrives } from '#shared/automatic-redrive/view.ts';
import { CUSTOMER } from '#shared/customer/customer.ts';
import type { CustomerStore } from '#shared/customer/ports.ts';
import { ERASURE } from '#shared/erasure/erasure.ts';
import type { HttpFunction } from '#shared/http/event.ts';
import { serveRoutes } from '#shared/http/route.ts';
import { pausedSubscribers } from '#shared/lane/paused-subscribers.ts';
import { PAUSES } from '#shared/lane/pauses.ts';
import { READINGS } from '#shared/lane/readings.ts';
import type { Log, Randomness } from '#shared/messaging/system.ts';
import { settingsReader } from '#shared/notification/settings/settings-reader.ts';
import { DEAD_LETTER, DEAD_LETTER_GROUP } from '#shared/once/dead-letter.ts';
import type { OnceStore, StateStores } from '#shared/once/ports.ts';
import { APPROVAL } from '#shared/order/approval.ts';
import { ORDER } from '#shared/order/order.ts';
import { ORDER_LIST, type OrderListStore } from '#shared/order-list/ports.ts';
import { REDRIVE, RESERVATION } from '#shared/redrive/redrive.ts';
import { currentGenerations } from '#shared/replay/current-generations.ts';
import { GENERATIONS } from '#shared/replay/generations.ts';
import { REPLAY } from '#shared/replay/replay.ts';
import { WEBHOOK_SETTINGS } from '#shared/webhook/settings.ts';
import type { MemoryAttachments } from '#test/support/memory/memory-attachments.ts';
import { memoryAutomaticRedrives } from '#test/support/memory/memory-automatic-redrives.ts';
import type { MemoryStatistics } from '#test/support/memory/memory-statistics.ts';
import type { MemoryStore } from '#test/support/memory/memory-store.ts';
import { TENANT_CLAIM } from '../http-event.ts';
import { memoryAudit } from '../memory/memory-audit.ts';
import { memoryOutboxHistory } from '../memory/memory-outbox-history.ts';
import { memoryRedriveList, memoryRedriveSets } from '../memory/memory-redrives.ts';
import { memoryReplayList } from '../memory/memory-replays.ts';
import type { FunctionPorts } from './functions.ts';

/** The functions behind the HTTP API over ports: `handle-command` and `serve-query`. */

export type CommandParts = {
  objects: MemoryAttachments;
  /** The secret of fingerprints and recipients' keys. */
  secret: () => Promise<string>;
  firstClaimMs: number;
  customers: CustomerStore;
  /** Absent: the store of the ports. */
  once?: OnceStore;
};

export type QueryParts = Pick<CommandParts, 'secret'> & {
  store: MemoryStore;
  statistics: MemoryStatistics;
  orderList: OrderListStore;
};

type System = { random: Randomness; log: Log };
export type CommandPorts = CommandApiPorts & System;
export type QueryPorts = Omit<QueryApiPorts, 'descriptions'> & System;

/** How long the earlier secret of an endpoint stays valid. */
const OVERLAP_MS = 60_000;

/** The address that the stage sends e-mail from. */
export const SENDER_ADDRESS = 'orders@shop.example';

/** How long the tests' uploads may take, and how long their attachments may be used. */
const [UPLOAD_MS, USABLE_MS] = [900_000, 86_400_000];

/** The paused subscribers of a world. */
export const pausedIn = ({ statesOf }: StateStores) =>
  pausedSubscribers({ pauses: statesOf(PAUSES), readings: statesOf(READINGS) });

export function commandPorts(
  { store, ...ports }: FunctionPorts,
  { objects, secret, firstClaimMs, customers, once = store }: CommandParts,
): CommandPorts {
  return {
    ...ports,
    store: once,
    secret,
    notifications: { firstClaimMs },
    // Nothing is cached, so that a change applies at once.
    settingsOf: settingsReader(store).current,
    tenantSettings: settingsReader(store),
    suppressions: store,
    customers,
    letters: store.statesOf(DEAD_LETTER),
    letterGroups: store.statesOf(DEAD_LETTER_GROUP),
    redrives: store.statesOf(REDRIVE),
    reservations: store.statesOf(RESERVATION),
    pausedSubscribers: pausedIn(store),
    replays: store.statesOf(REPLAY),
    generations: store.statesOf(GENERATIONS),
    readings: store.statesOf(READINGS),
    attachments: {
      states: store.statesOf(ATTACHMENT),
      objects,
      uploads: objects,
      clock: ports.clock,
      uploadMs: UPLOAD_MS,
      usableMs: USABLE_MS,
    },
    webhooks: {
      settings: store.statesOf(WEBHOOK_SETTINGS),
      key: async () => 'webhook key of the tests',
      checkUrl: async () => undefined,
      overlapMs: OVERLAP_MS,
      eventTypes: EVENT_TYPES,
    },
  };
}

/** `handle-command`. */
export const commandsWith = (ports: CommandPorts): HttpFunction =>
  serveRoutes(commandRoutes(), ports, { tenantClaim: TENANT_CLAIM });

export const queryPorts = (
  { clock, random, log }: FunctionPorts,
  { store, statistics, orderList, secret }: QueryParts,
): QueryPorts => ({
  store,
  letters: store.statesOf(DEAD_LETTER),
  letterGroups: store.statesOf(DEAD_LETTER_GROUP),
  letterLists: store,
  auditList: memoryAudit(store),
  automaticRedrives: shownAutomaticRedrives(memoryAutomaticRedrives(store)),
  readings: store.statesOf(READINGS),
  pauses: store.statesOf(PAUSES),
  dueNotifications: store,
  orders: store.statesOf(ORDER),
  approvals: store.statesOf(APPROVAL),
  customers: store.statesOf(CUSTOMER),
  senderAddress: SENDER_ADDRESS,
  tenantSettings: settingsReader(store),
  erasures: store.statesOf(ERASURE),
  messageLog: store,
  outboxHistory: memoryOutboxHistory(store),
  statistics,
  orderList,
  orderGenerations: currentGenerations(ORDER_LIST, { states: store.statesOf(GENERATIONS), clock }),
  redrives: store.statesOf(REDRIVE),
  redriveList: memoryRedriveList(store),
  redriveSets: memoryRedriveSets(store),
  replays: store.statesOf(REPLAY),
  replayList: memoryReplayList(store),
  webhookSettings: store.statesOf(WEBHOOK_SETTINGS),
  secret,
  clock,
  random,
  log,
});

/** `serve-query`. */
export const queriesWith = (ports: QueryPorts): HttpFunction =>
  serveRoutes(queryRoutes(), { ...ports, descriptions: async () => descriptions }, { tenantClaim: TENANT_CLAIM });

/** The store, with the names of its calls in their order. `over`: what it does instead. */
export function countedOnceStore(store: OnceStore, over: Partial<OnceStore> = {}) {
  const calls: string[] = [];
  const counted: OnceStore = {
    load: (...parameters) => {
      calls.push('load');
      return (over.load ?? store.load)(...parameters);
    },
    commit: (commit) => {
      calls.push('commit');
      return (over.commit ?? store.commit)(commit);
    },
  };
  return { calls, counted };
}
