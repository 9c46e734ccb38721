import type { CustomerStore } from '#shared/customer/ports.ts';
import { attachmentLoader } from '#shared/delivery/attachment-loading.ts';
import type { Provider } from '#shared/delivery/provider.ts';
import { type SenderPorts, type SendReport, sendNotification } from '#shared/delivery/sender.ts';
import type { Acceptance } from '#shared/feedback/acceptance.ts';
import type { RecipientFeedbackReport } from '#shared/feedback/recipient-feedback.ts';
import type { HttpFunction } from '#shared/http/event.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import type { Log } from '#shared/messaging/system.ts';
import type { Channel } from '#shared/names.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { type NotificationKey, notificationKey, notificationKeyOf } from '#shared/notification/notification-id.ts';
import type { OnceStore, StateStore } from '#shared/once/ports.ts';
import type { OrderListRebuild, OrderListStore } from '#shared/order-list/ports.ts';
import { type MemoryAttachments, memoryAttachments } from '#test/support/memory/memory-attachments.ts';
import { memoryCustomers } from '#test/support/memory/memory-customers.ts';
import { memoryOrderList } from '#test/support/memory/memory-order-list.ts';
import { type MemoryProvider, memoryProvider } from '#test/support/memory/memory-provider.ts';
import { type MemoryStatistics, memoryStatistics } from '#test/support/memory/memory-statistics.ts';
import { type MemoryStore, memoryStore } from '#test/support/memory/memory-store.ts';
import { type MemoryTopic, memoryTopic } from '#test/support/memory/memory-topic.ts';
import { type OrderToPlace, placeOrder } from '../orders.ts';
import { countedRandomness, type ManualClock, type MemoryLog, manualClock, memoryLog } from '../ports.ts';
import { commandPorts, commandsWith, countedOnceStore, type QueryPorts, queriesWith, queryPorts } from './api.ts';
import {
  applyFeedback,
  type FeedbackParts,
  type FunctionPorts,
  feedbackPorts,
  loopsOf,
  relay,
  type SenderParts,
  type StageTimes,
  senderPorts,
  type WakeLoops,
  type WakerParts,
} from './functions.ts';

/** What a world may have other than `createWorld` gives it. Each part that is absent is the plain one. */
export type WorldOptions = {
  /** Those that are absent are `TIMES`. */
  times?: Partial<StageTimes>;
  clock?: ManualClock;
  /** What the functions work with: another random source, log or settings. */
  ports?: Partial<Pick<FunctionPorts, 'random' | 'log' | 'settings'>>;
  /** The e-mail provider's feed. Absent: there is none, and an unknown outcome stays unknown or is held. */
  feed?: WakerParts['feed'];
  feedback?: FeedbackParts;
  /** What the store of the API's commands does otherwise. */
  once?: Partial<OnceStore>;
  /** Absent: 'key of the tests'. */
  secret?: () => Promise<string>;
};

/** The times of a world. An unknown outcome is held at once, for there is no feed. */
const TIMES: StageTimes = {
  firstClaimMs: 300_000,
  leaseMs: 45_000,
  providerTimeoutMs: 10_000,
  unknownDeadlineMs: 60_000,
  settling: { onUnknown: () => 'hold', inFlightMs: 0, marginMs: 0, countLagMs: 0, holdAfterMs: 0, recheckMs: 0 },
};

/** How one call of a function differs from the others: its view of the store, its random source, its log … */
type Over = Partial<FunctionPorts>;

export type SendOptions = Partial<Pick<SenderParts, 'pace' | 'circuit' | 'attachments' | 'render'>> & {
  tenant?: string;
  channel?: Channel;
  /** Absent: the world's own provider of the channel. */
  provider?: Provider;
  /** Time that the invocation has left; absent: enough for one call. */
  remainingMs?: () => number;
  over?: Over;
};

export type World = {
  store: MemoryStore;
  clock: ManualClock;
  /** What the functions log, unless the options name another log. */
  log: MemoryLog;
  topic: MemoryTopic;
  /** The customers, as the commands read them. */
  customers: CustomerStore;
  /** The bytes of attachments. */
  objects: MemoryAttachments;
  statistics: MemoryStatistics;
  /** Empty until a test projects messages into it. */
  orderList: OrderListStore & OrderListRebuild;
  providers: Record<Channel, MemoryProvider>;
  /** The ports of one environment of a function. */
  ports(over?: Over): FunctionPorts;
  /** `handle-command`. */
  commands: HttpFunction;
  /** What the commands called of the executor's store, by name, in order. */
  calls: readonly string[];
  /** `serve-query`. */
  queries: HttpFunction;
  /** `serve-query` over other ports than the world's. */
  queriesWith(over: Partial<QueryPorts>): HttpFunction;
  /** Places an order that is confirmed by e-mail, unless `order` differs. @returns its first notification. */
  place(order?: Partial<OrderToPlace>, over?: Over): Promise<{ orderId: string; notificationId: string }>;
  /** The ports of a sender. */
  sender(options?: SendOptions): SenderPorts;
  /** What a sender does with a request to send this notification. */
  send(notificationId: string, options?: SendOptions): Promise<SendReport>;
  /** Applies the e-mail provider's event that it accepted a call. */
  accept(event: Acceptance, over?: Over): Promise<RecipientFeedbackReport>;
  /** The loops of `wake-due`. */
  loops(over?: Over): WakeLoops;
  /** What `wake-due` does once for each of these kinds. @param limit rows of a kind; absent: 10. */
  wake(kinds: readonly (keyof WakeLoops)[], over?: Over, limit?: number): Promise<void>;
  /** Publishes everything in the outbox that was not published, as the relay does. */
  relay(): Promise<void>;
  /** @throws Error if there is no such notification. */
  notification(notificationId: string, tenant?: string): Promise<Notification>;
  /**
   * Writes the row of a notification that is in this state, without the order that asked for it.
   * @param id of the order; absent: a new one. @returns its key.
   */
  keep(state: Notification, under?: { tenant?: string; id?: string }): Promise<NotificationKey>;
  /** Writes the next version of a notification, as a function does that nothing here calls. */
  change(notificationId: string, next: (state: Notification) => Notification): Promise<void>;
  /** All messages in the outbox as JSON texts, in the order of their records. */
  messages(): string[];
};

/** @throws Error if the id has another form than a notification's. */
export function keyOfNotification(notificationId: string, tenant = 'acme'): NotificationKey {
  const key = notificationKey(tenant, notificationId);
  if (!key) throw new Error(`${notificationId} is not the id of a notification.`);
  return key;
}

const NO_LOG: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A log that keeps nothing, for worlds that run many times. */
export const silentLog = (): Log => NO_LOG;

/** Rows of each kind that are woken in one go, unless the caller says otherwise. */
const MOST_WOKEN = 10;

/** The functions of the pipeline over one store in memory. Nothing happens by itself: the caller decides what is next. */
export function createWorld(options: WorldOptions = {}): World {
  const store = memoryStore();
  const clock = options.clock ?? manualClock();
  const log = memoryLog();
  const topic = memoryTopic();
  const customers = memoryCustomers(store);
  const objects = memoryAttachments();
  const statistics = memoryStatistics();
  const orderList = memoryOrderList();
  const providers = { email: memoryProvider(), sms: memoryProvider(), webhook: memoryProvider() };
  const times = { ...TIMES, ...options.times };
  const common: FunctionPorts = {
    store,
    clock,
    timer: clock,
    random: countedRandomness(),
    log,
    settings: { outboxGraceMs: 60_000, budgetMs: 1000 },
    ...options.ports,
  };
  const ports = (over: Over = {}): FunctionPorts => ({ ...common, ...over });
  const secret = options.secret ?? (async () => 'key of the tests');
  let kept = 0;
  const { calls, counted } = countedOnceStore(store, options.once);
  const queriesOver = (over: Partial<QueryPorts>) =>
    queriesWith({ ...queryPorts(common, { store, statistics, orderList, secret }), ...over });
  const sender = ({ channel = 'email', over, ...parts }: SendOptions = {}): SenderPorts =>
    senderPorts(ports(over), {
      provider: providers[channel],
      ...(channel === 'email' && { attachments: attachmentLoader(objects) }),
      ...parts,
      channel,
      times,
    });
  const loops = (over?: Over): WakeLoops =>
    loopsOf(ports(over), { publisher: topic, times, ...(options.feed && { feed: options.feed }) });
  return {
    store,
    clock,
    log,
    topic,
    customers,
    objects,
    statistics,
    orderList,
    providers,
    ports,
    commands: lazily(() =>
      commandsWith(
        commandPorts(common, {
          objects,
          secret,
          firstClaimMs: times.firstClaimMs,
          customers,
          once: counted,
        }),
      ),
    ),
    calls,
    queries: lazily(() => queriesOver({})),
    queriesWith: queriesOver,
    sender,
    loops,
    async place(order, over) {
      const contact = { name: 'Ada', email: 'ada@example.com' };
      const { orderId } = await placeOrder({ tenant: 'acme', contact, ...order }, ports(over));
      return { orderId, notificationId: `order_${orderId}_1-1` };
    },
    send: (notificationId, { tenant = 'acme', remainingMs = () => 30_000, ...parts } = {}) =>
      sendNotification(
        { tenant, notificationId, metadata: { correlationId: 'correlation', causationId: 'message' } },
        remainingMs,
        sender(parts),
      ),
    accept: (acceptance, over) =>
      applyFeedback({ channel: 'email', acceptance }, feedbackPorts(ports(over), options.feedback)),
    async wake(kinds, over, limit = MOST_WOKEN) {
      const woken = loops(over);
      for (const kind of kinds) await woken[kind].wake(store, clock.now(), limit);
    },
    async relay() {
      const due = [...store.outbox.values()].filter(({ dueAt }) => dueAt !== undefined);
      await relay(due, topic, ports());
    },
    notification: async (notificationId, tenant) =>
      (await found(store, keyOfNotification(notificationId, tenant))).state,
    async keep(state, { tenant = 'acme', id = `o${++kept}` } = {}) {
      const key = notificationKeyOf({ tenant, type: 'order', id }, `order_${id}_1-1`);
      const result = await store.replace(key, 0, { schemaVersion: 1, version: 1, state });
      if (result.kind !== 'replaced') throw new Error(`${key.notificationId} exists.`);
      return key;
    },
    async change(notificationId, next) {
      const key = keyOfNotification(notificationId);
      const stored = await found(store, key);
      const version = stored.version + 1;
      const result = await store.replace(key, stored.version, { ...stored, version, state: next(stored.state) });
      if (result.kind !== 'replaced') throw new Error(`${notificationId} was changed by another call.`);
    },
    messages: () => [...store.outbox.values()].flatMap(({ messages }) => messages),
  };
}

async function found(
  store: Pick<StateStore<Notification>, 'read'>,
  key: NotificationKey,
): Promise<StoredState<Notification>> {
  const stored = await store.read(key);
  if (!stored) throw new Error(`There is no notification ${key.notificationId}.`);
  return stored;
}

/** A function that is put together when it is called first: most worlds are asked nothing over HTTP. */
function lazily(create: () => HttpFunction): HttpFunction {
  let created: HttpFunction | undefined;
  return (...call) => {
    created ??= create();
    return created(...call);
  };
}
