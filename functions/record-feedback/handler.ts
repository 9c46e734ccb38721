import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dynamoStore } from '#shared/adapters/aws/dynamo-store.ts';
import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { executorSettings } from '#shared/adapters/aws/executor-settings.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/log.ts';
import { parseSesEvent } from '#shared/adapters/aws/ses-event.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/system.ts';
import { consume } from '#shared/delivery/consume.ts';
import { feedKeeper } from '#shared/delivery/feed-keeper.ts';
import { type FeedbackPorts, recordAcceptance } from '#shared/delivery/feedback.ts';
import { PoisonMessage } from '#shared/messaging/parse.ts';
import { ENV, FUNCTION } from '#shared/names.ts';

const { tableName, feedMarginSeconds } = readEnvironment({
  tableName: [ENV.table, 'text'],
  feedMarginSeconds: [ENV.feedMarginSeconds, 'number'],
});
const store = dynamoStore({ tableName });
const system = { clock: systemClock, timer: systemTimer, random: systemRandomness };
const log = jsonLog();
const ports: FeedbackPorts = {
  ...system,
  store,
  notifications: store,
  feed: feedKeeper(store, 'email'),
  // Finer steps would write more and settle nothing sooner that matters.
  feedStepMs: (feedMarginSeconds * 1000) / 10,
  subscriber: FUNCTION.recordFeedback,
  settings: executorSettings(4000),
};

/** Applies the provider's own events to the rows they are about. */
export const handler = invocable(
  log,
  (event: SQSEvent): Promise<SQSBatchResponse> =>
    consume(event, apply, {
      deadLetters: store,
      clock: system.clock,
      log,
      subscriber: FUNCTION.recordFeedback,
      // The events hold addresses: a dead letter says what was wrong with one, and no more.
      keepsMessage: false,
    }),
);

async function apply(body: string): Promise<void> {
  const event = parseSesEvent(body);
  if (event.kind !== 'send') return log.info('Feedback not recorded', { kind: event.kind });
  const { notificationId, providerMessageId } = event.acceptance;
  const report = await recordAcceptance(event.acceptance, ports);
  log.info('Feedback handled', { notificationId, providerMessageId, report });
  if (report === 'no-such-notification' || report === 'no-such-attempt') {
    const reason = report === 'no-such-attempt' ? 'NO_SUCH_ATTEMPT' : 'NO_SUCH_NOTIFICATION';
    throw new PoisonMessage(reason, `The tags of message ${providerMessageId} name nothing that we sent.`);
  }
}
