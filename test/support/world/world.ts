import { type MemoryProvider, memoryProvider } from '#shared/adapters/memory/memory-provider.ts';
import { type MemoryStore, memoryStore } from '#shared/adapters/memory/memory-store.ts';
import { type MemoryTopic, memoryTopic } from '#shared/adapters/memory/memory-topic.ts';
import type { Provider } from '#shared/delivery/provider.ts';
import { type SendReport, sendNotification } from '#shared/delivery/sender.ts';
import type { Acceptance } from '#shared/feedback/acceptance.ts';
import type { RecipientFeedbackReport } from '#shared/feedback/recipient-feedback.ts';
import type { Log } from '#shared/messaging/system.ts';
import type { Channel } from '#shared/names.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { type NotificationKey, notificationKey } from '#shared/notification/notification-id.ts';
import { type OrderToPlace, placeOrder } from '../orders.ts';
import { countedRandomness, type ManualClock, manualClock, memoryLog } from '../ports.ts';
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

export type SendOptions = Partial<Pick<SenderParts, 'pace' | 'circuit'>> & {
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
  topic: MemoryTopic;
  providers: Record<Channel, MemoryProvider>;
  /** The ports of one environment of a function. */
  ports(over?: Over): FunctionPorts;
  /** Places an order that is confirmed by e-mail, unless `order` differs. @returns its first notification. */
  place(order?: Partial<OrderToPlace>, over?: Over): Promise<{ orderId: string; notificationId: string }>;
  /** What a sender does with a request to send this notification. */
  send(notificationId: string, options?: SendOptions): Promise<SendReport>;
  /** Applies the e-mail provider's event that it accepted a call. */
  accept(event: Acceptance, over?: Over): Promise<RecipientFeedbackReport>;
  /** The loops of `wake-due`. */
  loops(over?: Over): WakeLoops;
  /** What `wake-due` does once for each of these kinds. */
  wake(kinds: readonly (keyof WakeLoops)[], over?: Over): Promise<void>;
  /** Publishes everything in the outbox that was not published, as the relay does. */
  relay(): Promise<void>;
  /** @throws Error if there is no such notification. */
  notification(notificationId: string, tenant?: string): Promise<Notification>;
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

/** Rows of each kind that are woken in one go. */
const MOST_WOKEN = 10;

/** The functions of the pipeline over one store in memory. Nothing happens by itself: the caller decides what is next. */
export function createWorld(options: WorldOptions = {}): World {
  const store = memoryStore();
  const clock = options.clock ?? manualClock();
  const topic = memoryTopic();
  const providers = { email: memoryProvider(), sms: memoryProvider() };
  const times = { ...TIMES, ...options.times };
  const common: FunctionPorts = {
    store,
    clock,
    timer: clock,
    random: countedRandomness(),
    log: memoryLog(),
    settings: { outboxGraceMs: 60_000, budgetMs: 1000 },
    ...options.ports,
  };
  const ports = (over: Over = {}): FunctionPorts => ({ ...common, ...over });
  const loops = (over?: Over): WakeLoops =>
    loopsOf(ports(over), { publisher: topic, times, ...(options.feed && { feed: options.feed }) });
  return {
    store,
    clock,
    topic,
    providers,
    ports,
    loops,
    async place(order, over) {
      const contact = { name: 'Ada', email: 'ada@example.com' };
      const { orderId } = await placeOrder({ tenant: 'acme', contact, ...order }, ports(over));
      return { orderId, notificationId: `order_${orderId}_1-1` };
    },
    send: (notificationId, { tenant = 'acme', channel = 'email', over, remainingMs = () => 30_000, ...parts } = {}) =>
      sendNotification(
        { tenant, notificationId, metadata: { correlationId: 'correlation', causationId: 'message' } },
        remainingMs,
        senderPorts(ports(over), { provider: providers[channel], ...parts, channel, times }),
      ),
    accept: (acceptance, over) =>
      applyFeedback({ channel: 'email', acceptance }, feedbackPorts(ports(over), options.feedback)),
    async wake(kinds, over) {
      const woken = loops(over);
      for (const kind of kinds) await woken[kind].wake(store, clock.now(), MOST_WOKEN);
    },
    async relay() {
      const due = [...store.outbox.values()].filter(({ dueAt }) => dueAt !== undefined);
      await relay(due, topic, ports());
    },
    notification: async (notificationId, tenant) => {
      const found = await store.read(keyOfNotification(notificationId, tenant));
      if (!found) throw new Error(`There is no notification ${notificationId}.`);
      return found.state as Notification;
    },
  };
}
