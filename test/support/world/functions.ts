import type { AttachmentLoader } from '#shared/delivery/attachment-loading.ts';
import type { CircuitBreaker } from '#shared/delivery/circuit-breaker.ts';
import type { Pacer } from '#shared/delivery/pacer.ts';
import type { Provider } from '#shared/delivery/provider.ts';
import type { SenderPorts } from '#shared/delivery/sender.ts';
import { erasureWaker } from '#shared/erasure/erase.ts';
import { ERASURE, ERASURE_DUE } from '#shared/erasure/erasure.ts';
import { type FeedbackPorts, recordAcceptance } from '#shared/feedback/acceptance.ts';
import {
  type Feedback,
  type RecipientFeedbackPorts,
  type RecipientFeedbackReport,
  recordDeliveryEvent,
} from '#shared/feedback/recipient-feedback.ts';
import type { MessageLogStore } from '#shared/message-log/ports.ts';
import type { Log } from '#shared/messaging/system.ts';
import { type Channel, EMAIL_FEEDBACK_SUBSCRIBER, FUNCTION } from '#shared/names.ts';
import { NOTIFICATION_DUE, UNKNOWN_DUE } from '#shared/notification/due.ts';
import { earlierAttributes } from '#shared/notification/messages.ts';
import type { ContentStore } from '#shared/notification/ports.ts';
import { settingsReader } from '#shared/notification/settings/settings-reader.ts';
import { OUTBOX_DUE } from '#shared/once/due.ts';
import type { ExecutorPorts } from '#shared/once/execute.ts';
import type { DeadLetterLists, OutboxRecord, Publisher } from '#shared/once/ports.ts';
import { publishOutbox, type Unpublished } from '#shared/once/publish.ts';
import { outboxWaker, type WakeLoop, wakeLoop } from '#shared/once/wake.ts';
import type { RecipientKey } from '#shared/recipient/recipient-key.ts';
import { FEED } from '#shared/settlement/feed.ts';
import { feedKeeper } from '#shared/settlement/feed-keeper.ts';
import { emailFeedWatch } from '#shared/settlement/feed-watch.ts';
import { notificationWaker, type WakeNotificationPorts } from '#shared/settlement/wake-notification.ts';
import type { MemoryStore } from '#test/support/memory/memory-store.ts';
import { closedCircuit } from '../ports.ts';
import { RENDERERS } from '../renderers.ts';
import { TERMS } from '../requested.ts';

/**
 * The functions of the pipeline over ports: what each `functions/<name>/handler.ts` puts together for AWS, put together
 * once for everything that runs in memory. `world.ts` runs them over one store; the simulation runs them over stores
 * and providers that fail.
 */

/** All storage ports in one, as the functions use them; of the message log only what an erasure reads. */
export type WorldStore = Omit<
  MemoryStore,
  'states' | 'outbox' | 'onOutbox' | 'scanNotifications' | keyof MessageLogStore | keyof DeadLetterLists | 'openGauge'
> &
  ContentStore &
  Pick<MessageLogStore, 'listLog' | 'readStates'>;

/** What one environment of a function works with. */
export type FunctionPorts = Omit<ExecutorPorts, 'store'> & { store: WorldStore; log: Log };

/** Times of a stage that more than one function has to know, in milliseconds. */
export type StageTimes = {
  /** How long a notification may stay unclaimed before it is announced again. */
  firstClaimMs: number;
  leaseMs: number;
  providerTimeoutMs: number;
  unknownDeadlineMs: number;
  /** When and how an unknown outcome is settled. */
  settling: WakeNotificationPorts['settling'];
};

export type SenderParts = {
  channel: Channel;
  provider: Provider;
  times: Pick<StageTimes, 'leaseMs' | 'providerTimeoutMs' | 'unknownDeadlineMs'>;
  /** Absent: every call may leave at once. */
  pace?: Pacer;
  /** Absent: the circuit is closed. */
  circuit?: CircuitBreaker;
  /** For channels whose messages have attachments. */
  attachments?: AttachmentLoader;
  /** Absent: all templates. */
  render?: SenderPorts['sender']['render'];
};

const SENDER = {
  email: FUNCTION.sendEmail,
  sms: FUNCTION.sendSms,
  webhook: FUNCTION.postWebhook,
} as const satisfies Record<Channel, string>;
const UNPACED: Pacer = { turn: async () => 'now' };

/** `send-email`, `send-sms` or `post-webhook`. */
export function senderPorts(ports: FunctionPorts, parts: SenderParts): SenderPorts {
  const { channel, provider, times, pace = UNPACED, circuit = closedCircuit, attachments } = parts;
  const { render = RENDERERS[channel] } = parts;
  const { leaseMs, providerTimeoutMs, unknownDeadlineMs } = times;
  const bounds = { leaseMs, providerTimeoutMs, unknownDeadlineMs };
  const sender = { channel, render, subscriber: SENDER[channel], ...bounds };
  return {
    ...ports,
    notifications: ports.store,
    settingsVersion: settingsReader(ports.store).version,
    provider,
    pace,
    circuit,
    ...(attachments && { attachments }),
    sender,
  };
}

export type FeedbackParts = {
  /** Least progress of the feed that is stored, in milliseconds; absent: all. */
  feedStepMs?: number;
  /** Absent: the readable key of the tests. */
  recipientKey?: RecipientKey;
};

/** `record-email-feedback`. */
export function feedbackPorts(
  ports: FunctionPorts,
  { feedStepMs = 0, recipientKey = TERMS.recipientKey }: FeedbackParts = {},
): FeedbackPorts & RecipientFeedbackPorts {
  return {
    ...ports,
    notifications: ports.store,
    outcomes: ports.store,
    suppressions: ports.store,
    recipientKey: async () => recipientKey,
    feed: feedKeeper(ports.store.statesOf(FEED), 'email'),
    feedStepMs,
    subscriber: EMAIL_FEEDBACK_SUBSCRIBER,
  };
}

/** Applies one event of the e-mail provider. */
export const applyFeedback = (
  feedback: Feedback,
  ports: FeedbackPorts & RecipientFeedbackPorts,
): Promise<RecipientFeedbackReport> =>
  feedback.deliveryEvent
    ? recordDeliveryEvent(feedback, feedback.deliveryEvent, ports)
    : recordAcceptance(feedback.acceptance, ports);

/** `relay-outbox`: publishes records as the table's stream hands them over. @returns those that stay due. */
export const relay = (
  records: readonly OutboxRecord[],
  publisher: Publisher,
  ports: FunctionPorts,
): Promise<Unpublished[]> => publishOutbox(records, { ...ports, outbox: ports.store, publisher, earlierAttributes });

export type WakerParts = {
  publisher: Publisher;
  times: Pick<StageTimes, 'firstClaimMs' | 'unknownDeadlineMs' | 'settling'>;
  /** The e-mail provider's feed: its queue's depth, and the provider that a probe is sent to. Absent: there is none. */
  feed?: { queueDepth: () => Promise<number>; provider: Provider };
};

/** The loops of `wake-due`, by the kind of due rows; attachments and statistics are missing, for no world has them. */
export type WakeLoops = Record<'outbox' | 'notification' | 'unknown' | 'erasure', WakeLoop>;

/** `wake-due`. */
export function loopsOf(ports: FunctionPorts, { publisher, times, feed }: WakerParts): WakeLoops {
  const { store, random, log } = ports;
  const { firstClaimMs, unknownDeadlineMs, settling } = times;
  const common = { ...ports, publisher, due: store, notifications: store, deadLetters: store };
  const wakeNotifications = notificationWaker({
    ...common,
    firstClaimMs,
    unknownDeadlineMs,
    settling,
    feeds: feed
      ? {
          email: emailFeedWatch({
            ...feed,
            probeAddress: 'probe@sink.example',
            states: store.statesOf(FEED),
            deadLetters: store,
            random,
            log,
          }),
        }
      : {},
  });
  return {
    outbox: wakeLoop(OUTBOX_DUE, outboxWaker({ ...common, outbox: store, earlierAttributes })),
    notification: wakeLoop(NOTIFICATION_DUE, wakeNotifications),
    unknown: wakeLoop(UNKNOWN_DUE, wakeNotifications),
    erasure: wakeLoop(
      ERASURE_DUE,
      erasureWaker({ ...common, erasures: store.statesOf(ERASURE), messageLog: store, contents: store }),
    ),
  };
}
