import type { Context } from 'aws-lambda';
import { earlierLetterWaker } from '#shared/adapters/aws/dynamodb/adopt-dead-letter.ts';
import { contentStore } from '#shared/adapters/aws/dynamodb/contents.ts';
import { deadLetterStore } from '#shared/adapters/aws/dynamodb/dead-letters.ts';
import { dueIndex } from '#shared/adapters/aws/dynamodb/due.ts';
import { messageLogStore } from '#shared/adapters/aws/dynamodb/message-log.ts';
import { notificationStore } from '#shared/adapters/aws/dynamodb/notifications.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { outboxStore } from '#shared/adapters/aws/dynamodb/outbox.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { statisticsStore } from '#shared/adapters/aws/dynamodb/statistics.ts';
import { emailGateway } from '#shared/adapters/aws/providers/email-gateway.ts';
import { notifying } from '#shared/adapters/aws/runtime/command-ports.ts';
import { cloudWatchCounters } from '#shared/adapters/aws/runtime/counters.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { executorSettings, firstClaimMs } from '#shared/adapters/aws/runtime/executor-settings.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { cloudWatchGauges } from '#shared/adapters/aws/runtime/metrics.ts';
import { ownTable } from '#shared/adapters/aws/runtime/own-table.ts';
import { queueDepth } from '#shared/adapters/aws/runtime/queue-depth.ts';
import { snsPublisher } from '#shared/adapters/aws/runtime/sns-publisher.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/runtime/system.ts';
import { ATTACHMENT, ATTACHMENT_DUE } from '#shared/attachment/attachment.ts';
import { attachmentWaker } from '#shared/attachment/release.ts';
import { CIRCUIT } from '#shared/delivery/circuit.ts';
import { emitGauges } from '#shared/delivery/gauges.ts';
import { erasureWaker } from '#shared/erasure/erase.ts';
import { ERASURE, ERASURE_DUE } from '#shared/erasure/erasure.ts';
import { FALLBACK_DUE } from '#shared/fallback/due.ts';
import { FALLBACK } from '#shared/fallback/fallback.ts';
import { fallbackWaker } from '#shared/fallback/wake.ts';
import { COUNTER, ENV, OUTBOX_SERVICE } from '#shared/names.ts';
import { NOTIFICATION_DUE, UNKNOWN_DUE } from '#shared/notification/due.ts';
import { COUNTED_MESSAGES, earlierAttributes } from '#shared/notification/messages.ts';
import { countedPublisher, countedWaker } from '#shared/once/counters.ts';
import { EARLIER_LETTER_DUE, OUTBOX_DUE } from '#shared/once/due.ts';
import { readableDue } from '#shared/once/readable-due.ts';
import { outboxWaker, wakeLoop, wakeUntil } from '#shared/once/wake.ts';
import { ORDER } from '#shared/order/order.ts';
import { REMINDER_DUE } from '#shared/reminder/due.ts';
import { REMINDER } from '#shared/reminder/reminder.ts';
import { reminderWaker } from '#shared/reminder/wake.ts';
import { FEED } from '#shared/settlement/feed.ts';
import { emailFeedWatch } from '#shared/settlement/feed-watch.ts';
import { onUnknownFrom } from '#shared/settlement/on-unknown.ts';
import { notificationWaker } from '#shared/settlement/wake-notification.ts';
import { STATISTICS_DUE } from '#shared/statistics/due.ts';
import { statisticsWaker } from '#shared/statistics/projection.ts';
import { STATISTICS_REVIEW } from '#shared/statistics/review.ts';

const settings = readEnvironment({
  topicArn: [ENV.topic, 'text'],
  intervalSeconds: [ENV.wakeIntervalSeconds, 'number'],
  ratePerSecond: [ENV.wakeRatePerSecond, 'number'],
  unknownDeadlineSeconds: [ENV.unknownDeadlineSeconds, 'number'],
  onUnknown: [ENV.onUnknown, 'text'],
  inFlightSeconds: [ENV.providerInFlightSeconds, 'number'],
  marginSeconds: [ENV.feedMarginSeconds, 'number'],
  countLagSeconds: [ENV.feedCountLagSeconds, 'number'],
  holdAfterSeconds: [ENV.holdAfterSeconds, 'number'],
  recheckSeconds: [ENV.recheckSeconds, 'number'],
  feedQueues: [ENV.feedQueues, 'text'],
  emailProvider: [ENV.emailProvider, 'text'],
  providerTimeoutMs: [ENV.providerTimeoutMs, 'number'],
});

const { providerFor, probeAddress } = await emailGateway(settings.emailProvider);
const table = ownTable();
const store = onceStore(table);
const notifications = notificationStore(table);
const deadLetters = deadLetterStore(table);
const log = jsonLog();
const due = readableDue(dueIndex(table), { clock: systemClock, log, counters: cloudWatchCounters() });

const publisher = countedPublisher(
  snsPublisher({ topicArn: settings.topicArn }),
  COUNTED_MESSAGES,
  cloudWatchCounters(OUTBOX_SERVICE),
);

const messageLog = messageLogStore(table);
const circuits = stateStore(table, CIRCUIT);

const common = {
  due,
  publisher,
  log,
  clock: systemClock,
  timer: systemTimer,
  random: systemRandomness,
};

const wakeNotifications = notificationWaker({
  ...common,
  store,
  notifications,
  firstClaimMs: firstClaimMs(),
  unknownDeadlineMs: settings.unknownDeadlineSeconds * 1000,
  settling: {
    onUnknown: onUnknownFrom(settings.onUnknown),
    inFlightMs: settings.inFlightSeconds * 1000,
    marginMs: settings.marginSeconds * 1000,
    countLagMs: settings.countLagSeconds * 1000,
    holdAfterMs: settings.holdAfterSeconds * 1000,
    recheckMs: settings.recheckSeconds * 1000,
  },
  feeds: {
    email: emailFeedWatch({
      states: stateStore(table, FEED),
      deadLetters,
      queueDepth: queueDepth(settings.feedQueues.split(' ')),
      provider: providerFor(settings.providerTimeoutMs),
      providerName: settings.emailProvider,
      probeAddress,
      random: systemRandomness,
      log,
    }),
  },
  settings: executorSettings(2000),
});

const wakeOutbox = countedWaker(
  outboxWaker({ ...common, outbox: outboxStore(table), deadLetters, earlierAttributes }),
  COUNTER.outboxWoken,
  cloudWatchCounters(),
);

const wakeAttachments = attachmentWaker({
  ...common,
  store,
  attachments: stateStore(table, ATTACHMENT),
  notifications,
  settings: executorSettings(2000),
});

const wakeErasures = erasureWaker({
  ...common,
  store,
  notifications,
  erasures: stateStore(table, ERASURE),
  messageLog,
  contents: contentStore(table),
  deadLetters,
  settings: executorSettings(2000),
});

const wakeStatistics = statisticsWaker({
  ...common,
  statistics: statisticsStore(table),
  states: stateStore(table, STATISTICS_REVIEW),
  messageLog,
});

const processPorts = {
  ...common,
  ...notifying(table),
  store,
  orders: stateStore(table, ORDER),
  settings: executorSettings(2000),
};

const wakeReminders = reminderWaker({ ...processPorts, reminders: stateStore(table, REMINDER) });

const wakeFallbacks = fallbackWaker({
  ...processPorts,
  fallbacks: stateStore(table, FALLBACK),
  notificationStates: notifications,
});

/** One line for each kind of due rows: the kind, and the waker of the concept that owns the rows. */
const LOOPS = [
  wakeLoop(OUTBOX_DUE, wakeOutbox),
  wakeLoop(NOTIFICATION_DUE, wakeNotifications),
  wakeLoop(UNKNOWN_DUE, wakeNotifications),
  wakeLoop(ATTACHMENT_DUE, wakeAttachments),
  wakeLoop(ERASURE_DUE, wakeErasures),
  wakeLoop(STATISTICS_DUE, wakeStatistics),
  wakeLoop(REMINDER_DUE, wakeReminders),
  wakeLoop(FALLBACK_DUE, wakeFallbacks),
  wakeLoop(EARLIER_LETTER_DUE, earlierLetterWaker(table)),
];

/** Reserved, so that a round that has started can finish before the function times out. */
const ROUND_MS = 8000;

/** The slow lane. It starts every minute and loops within that minute, so that due rows wait seconds, not minutes. */
export const handler = invocable(log, wakeEverything);

async function wakeEverything(_event: unknown, context: Context): Promise<{ woken: number }> {
  const until = systemClock.now() + context.getRemainingTimeInMillis() - ROUND_MS;
  const pace = { intervalMs: settings.intervalSeconds * 1000, ratePerSecond: settings.ratePerSecond };
  const [woken] = await Promise.all([
    wakeUntil(until, LOOPS, pace, { due, clock: systemClock, timer: systemTimer, log }),
    // Beside the waking, so that nothing waits for the counting.
    emitGauges({ due, deadLetters, states: circuits, clock: systemClock, gauges: cloudWatchGauges, log }),
  ]);
  return { woken };
}
