import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deadLetterStore } from '#shared/adapters/aws/dynamodb/dead-letters.ts';
import { emailEvents } from '#shared/adapters/aws/providers/email-events.ts';
import { parseTextEvent } from '#shared/adapters/aws/providers/end-user-messaging/event.ts';
import { drainedQueues } from '#shared/adapters/aws/runtime/drained-queues.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { ownTable } from '#shared/adapters/aws/runtime/own-table.ts';
import { eventReader, eventScrubber } from '#shared/adapters/aws/runtime/scrub-event.ts';
import { secretReader } from '#shared/adapters/aws/runtime/secret.ts';
import { systemClock } from '#shared/adapters/aws/runtime/system.ts';
import { EMAIL_FEEDBACK_SUBSCRIBER, ENV, FUNCTION } from '#shared/names.ts';
import { type CollectPorts, collect } from '#shared/once/collect.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';

const { secretId, queues, provider } = readEnvironment({
  secretId: [ENV.secret, 'text'],
  queues: [ENV.deadLetterQueues, 'text'],
  provider: [ENV.emailProvider, 'text'],
});
const secret = secretReader({ secretId });
const { parseEvent } = await emailEvents(provider);
const keys = async () => recipientKey(await secret());
const scrubbers = new Map([
  [EMAIL_FEEDBACK_SUBSCRIBER, eventScrubber(eventReader(parseEvent), keys)],
  [FUNCTION.recordSmsFeedback, eventScrubber(eventReader(parseTextEvent), keys)],
]);
const ports: CollectPorts = {
  deadLetters: deadLetterStore(ownTable()),
  queueOf: drainedQueues(queues),
  scrubOf: (subscriber) => scrubbers.get(subscriber),
  clock: systemClock,
  log: jsonLog(),
};

/** Records what is in the dead-letter queues of all subscribers, so that it waits in the table and not in a queue. */
export const handler = invocable(ports.log, (event: SQSEvent): Promise<SQSBatchResponse> => collect(event, ports));
