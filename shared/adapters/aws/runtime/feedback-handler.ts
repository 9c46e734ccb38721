import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deadLetterStore } from '#shared/adapters/aws/dynamodb/dead-letters.ts';
import { handledStore } from '#shared/adapters/aws/dynamodb/handled.ts';
import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { outcomeStore } from '#shared/adapters/aws/dynamodb/outcomes.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { suppressionStore } from '#shared/adapters/aws/dynamodb/suppressions.ts';
import { applyAcceptance, type FeedbackPorts, recordAcceptance } from '#shared/feedback/acceptance.ts';
import type { ProviderEvent } from '#shared/feedback/provider-event.ts';
import {
  type Feedback,
  type RecipientFeedbackPorts,
  type RecipientFeedbackReport,
  recordDeliveryEvent,
} from '#shared/feedback/recipient-feedback.ts';
import { absent } from '#shared/messaging/absence.ts';
import type { Log } from '#shared/messaging/system.ts';
import { COUNTER, ENV } from '#shared/names.ts';
import { NOTIFICATION } from '#shared/notification/notification.ts';
import { type ConsumePorts, consume } from '#shared/once/consume.ts';
import type { Counters } from '#shared/once/counters.ts';
import { handledCounter } from '#shared/once/handled.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { FEED } from '#shared/settlement/feed.ts';
import { feedKeeper } from '#shared/settlement/feed-keeper.ts';
import { cloudWatchCounters } from './counters.ts';
import { readEnvironment } from './environment.ts';
import { executorSettings } from './executor-settings.ts';
import { invocable, jsonLog } from './log.ts';
import { handlingTime, ownQueue } from './own-queue.ts';
import { ownTable } from './own-table.ts';
import { eventReader, eventScrubber } from './scrub-event.ts';
import { secretReader } from './secret.ts';
import { systemClock, systemRandomness, systemTimer } from './system.ts';

const BUDGET_MS = 4000;

export type FeedbackHandlerOptions = {
  subscriber: string;
  /** @throws PoisonMessage that does not quote the event. */
  parse: (body: string) => ProviderEvent;
  /** The provider, if a missing event of its feed settles unknown outcomes. The feed's progress is then stored. */
  feedOf?: string;
};

/** The handler of a provider's events. Handlers differ only in the format of the events. */
export function feedbackHandler({ subscriber, parse, feedOf }: FeedbackHandlerOptions) {
  const { secretId, mostReceives } = readEnvironment({
    secretId: [ENV.secret, 'text'],
    mostReceives: [ENV.mostReceives, 'number'],
  });
  const table = ownTable();
  const log = jsonLog();
  const counters = cloudWatchCounters();
  const secret = secretReader({ secretId });
  const ports: RecipientFeedbackPorts = {
    clock: systemClock,
    timer: systemTimer,
    random: systemRandomness,
    store: onceStore(table),
    notifications: stateStore(table, NOTIFICATION),
    outcomes: outcomeStore(table),
    suppressions: suppressionStore(table),
    recipientKey: async () => recipientKey(await secret()),
    subscriber,
    settings: executorSettings(BUDGET_MS),
  };
  const feedPorts = feedOf !== undefined && {
    ...ports,
    feed: feedKeeper(stateStore(table, FEED), 'email', feedOf),
    feedStepMs: feedStepMs(),
  };

  const eventIn = eventReader(parse);
  const apply = (body: string): Promise<void> =>
    handle(eventIn(body), { ports, ...(feedPorts && { feedPorts }), log, counters });
  const consuming: ConsumePorts = {
    deadLetters: deadLetterStore(table),
    clock: systemClock,
    log,
    subscriber,
    // The events contain addresses. A dead letter stores the recipient keys instead of the addresses.
    keepsMessage: false,
    scrub: eventScrubber(eventIn, ports.recipientKey),
    mostReceives,
    returns: ownQueue(),
    handled: handledCounter(subscriber, { clock: systemClock, timer: systemTimer, log, store: handledStore(table) }),
  };
  return invocable(
    log,
    (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
      consume(event, apply, { ...consuming, handlingMs: handlingTime(context) }),
  );
}

/** Smaller steps would cause more writes and would not settle outcomes noticeably sooner. */
function feedStepMs(): number {
  const { marginSeconds } = readEnvironment({ marginSeconds: [ENV.feedMarginSeconds, 'number'] });
  return (marginSeconds * 1000) / 10;
}

type Handling = { ports: RecipientFeedbackPorts; feedPorts?: FeedbackPorts; log: Log; counters: Counters };

/** @throws PoisonMessage, NotSeenYet if the event is about a notification or an attempt that does not exist. */
async function handle(event: ProviderEvent, handling: Handling): Promise<void> {
  const { log, counters } = handling;
  if (event.kind !== 'feedback') return log.info('Feedback not recorded', { kind: event.kind });
  const { acceptance, deliveryEvent } = event.feedback;
  const { notificationId, providerMessageId } = acceptance;
  const report = await record(event.feedback, handling);
  const outcome = deliveryEvent && {
    outcome: deliveryEvent.kind,
    ...(deliveryEvent.code !== undefined && { code: deliveryEvent.code }),
  };
  log.info('Feedback handled', { notificationId, providerMessageId, eventType: event.eventType, ...outcome, report });
  if (event.isUndocumented) await counters.count(COUNTER.feedbackUndocumented, 1);
  if (report === 'unattributed') await counters.count(COUNTER.feedbackUnattributed, 1);
  if (report === 'no-such-notification' || report === 'no-such-attempt') {
    const reason = report === 'no-such-attempt' ? 'NO_SUCH_ATTEMPT' : 'NO_SUCH_NOTIFICATION';
    const detail = `The tags of message ${providerMessageId} match no notification or attempt.`;
    // A restored table lacks the attempts that were made after its point in time, and it may not be on hold yet.
    throw absent({ reason, detail }, acceptance.acceptedAt, handling.ports.clock.now());
  }
}

async function record(feedback: Feedback, { ports, feedPorts }: Handling): Promise<RecipientFeedbackReport> {
  const { acceptance, deliveryEvent } = feedback;
  if (deliveryEvent) return recordDeliveryEvent(feedback, deliveryEvent, ports);
  if (feedPorts) return recordAcceptance(acceptance, feedPorts);
  return (await applyAcceptance(acceptance, ports)).report;
}
